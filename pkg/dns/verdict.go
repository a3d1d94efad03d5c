package dns

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// verdict is the answer in one sentence.
func verdict(r *Resolution) string {
	errors := 0
	for _, f := range r.Findings {
		if f.Severity == explain.Error {
			errors++
		}
	}
	switch {
	case len(r.Lookups) == 1:
		return r.Lookups[0].verdict()
	case errors > 0:
		return plural(errors, "error") + ": see below."
	case len(r.Lookups) > 1:
		return r.several()
	default:
		return r.fileVerdict()
	}
}

// verdict says what becomes of one name.
func (l Lookup) verdict() string {
	switch {
	case l.Refusal != "":
		return fmt.Sprintf("%s is never asked for: %s.", l.Name, l.Refusal)
	case l.Result == Found.String() && *l.Wasted == 0:
		return fmt.Sprintf("%s is found as %s, with %s.", l.Name, l.FoundAs, queries(l.Queries))
	case l.Result == Found.String():
		return fmt.Sprintf("%s is found as %s, with %s, %d of them wasted.", l.Name, l.FoundAs, queries(l.Queries), *l.Wasted)
	case l.Result == "" && len(l.Rounds) == 1:
		return fmt.Sprintf("%s is asked for as %s only: %s.", l.Name, l.Rounds[0].Name, queries(l.Queries))
	case l.Result == "":
		return fmt.Sprintf("%s is tried as %d names, until one exists: %d to %s.", l.Name, len(l.Rounds), l.Rounds[0].Total, queries(l.Queries))
	case l.Result == NotFound.String() || l.Result == NoAddress.String():
		return fmt.Sprintf("%s is not found: %s for nothing.", l.Name, queries(l.Queries))
	default:
		return fmt.Sprintf("%s cannot be looked up now, after %s and %s: the servers do not answer.", l.Name, queries(l.Queries), plural(l.Seconds, "second"))
	}
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
	who := fmt.Sprintf("%s asks %s", c.Libc, strings.Join(c.Servers, ", then "))
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
