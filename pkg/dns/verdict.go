package dns

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// verdict is the answer in one sentence.
func verdict(r *Resolution) (text string) {
	errors := 0
	for _, f := range r.Findings {
		// That a name is not found is what the verdict of one name says already.
		own := f.Code == explain.NameNotFound || f.Code == explain.LookupFails || f.Code == explain.NameNotSent
		if f.Severity == explain.Error && (!own || len(r.Lookups) != 1) {
			errors++
		}
	}
	if r.NotAsked {
		defer func() { text = "The nameservers were not asked. " + text }()
	}
	switch {
	case r.Windows:
		return "Windows has no resolv.conf: which queries a lookup sends is not known."
	case len(r.Lookups) == 1:
		return withErrors(errors, r.Lookups[0].verdict())
	case len(r.Lookups) > 1:
		return withErrors(errors, r.several())
	default:
		return withErrors(errors, r.fileVerdict())
	}
}

func withErrors(n int, text string) string {
	if n == 0 {
		return text
	}
	return plural(n, "error") + ". " + text
}

// verdict says what becomes of one name.
func (l Lookup) verdict() string {
	switch {
	case len(l.InHosts) > 0:
		return fmt.Sprintf("%s is in /etc/hosts, as %s: no DNS server is asked.", l.Name, strings.Join(l.InHosts, ", "))
	case l.Refusal != "":
		return fmt.Sprintf("%s is never asked for: %s.", l.Name, l.Refusal)
	case l.Result == Found.String() && *l.Wasted == 0:
		return fmt.Sprintf("%s is found as %s, with %s.", l.Name, l.FoundAs, queries(l.Queries))
	case l.Result == Found.String():
		return fmt.Sprintf("%s is found as %s, with %s, %d of them wasted.", l.Name, l.FoundAs, queries(l.Queries), *l.Wasted)
	case l.Result == "" && len(l.Rounds) == 1:
		return fmt.Sprintf("%s is asked for as %s only: %s.", l.Name, l.Rounds[0].Name, queries(l.Queries))
	case l.Result == "":
		return fmt.Sprintf("%s is tried as %d names, until one exists: %s.", l.Name, len(l.Rounds), l.span())
	case l.absent():
		return fmt.Sprintf("%s is not found: %s for nothing.", l.Name, queries(l.Queries))
	default:
		return fmt.Sprintf("%s cannot be looked up now, after %s and %s: the servers do not answer.", l.Name, queries(l.Queries), plural(l.Seconds, "second"))
	}
}

// span is how many queries a lookup takes: it may end at a name of which nothing is known,
// or which exists.
func (l Lookup) span() string {
	for _, r := range l.Rounds {
		if r.Reply == "" && r.Total < l.Queries {
			return fmt.Sprintf("%d to %s", r.Total, queries(l.Queries))
		}
	}
	return queries(l.Queries)
}

func (r *Resolution) several() string {
	total, known := 0, true
	for _, l := range r.Lookups {
		total += l.Queries
		known = known && l.Result != ""
	}
	most := ""
	if !known {
		most = "at most "
	}
	return fmt.Sprintf("%d names: %s%s.", len(r.Lookups), most, queries(total))
}

// fileVerdict says what the file makes of names.
func (r *Resolution) fileVerdict() string {
	c := r.Config
	for _, f := range r.Findings {
		if f.Code == explain.ResolverEndsProgram {
			return fmt.Sprintf("A program that looks a name up by %s crashes or hangs.", c.Libc)
		}
		if f.Code == explain.NothingIsAsked {
			return fmt.Sprintf("Every lookup by %s fails: it sends no query.", c.Libc)
		}
	}
	who := fmt.Sprintf("%s asks %s", c.Libc.name(), strings.Join(c.Servers, ", then "))
	if c.Libc == Musl && len(c.Servers) > 1 {
		who = fmt.Sprintf("musl asks %s at the same time", strings.Join(c.Servers, ", "))
	}
	switch {
	case len(c.Search) == 0:
		return who + "; names are asked for as they are."
	case c.Ndots == 0:
		return fmt.Sprintf("%s; every name is tried as it is first.", who)
	default:
		return fmt.Sprintf("%s; behind a name with fewer than %s it tries %s first.", who, plural(c.Ndots, "dot"), plural(len(c.Search), "domain"))
	}
}

func queries(n int) string {
	if n == 1 {
		return "1 query"
	}
	return fmt.Sprintf("%d queries", n)
}
