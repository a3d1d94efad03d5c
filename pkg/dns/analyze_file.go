package dns

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// file judges the file by itself: what the resolver leaves out, and what it trips over.
func (a *analysis) file() {
	c := a.r.Config
	returns := false
	for _, i := range a.r.Ignored {
		if i.Why == CarriageReturn {
			if !returns {
				a.find(explain.CarriageReturns, explain.Error, i.Line, map[string]string{"libc": a.libc(), "value": strings.TrimRight(i.Value, "\r")})
			}
			returns = true
			continue
		}
		a.ignored(i)
	}
	if c.Loopback && !returns {
		a.find(explain.NoNameserver, explain.Error, 0, map[string]string{"libc": a.libc(), "asked": strings.Join(c.Servers, ", ")})
	}
	a.fatal()
	a.domains()
}

// ignored is one thing that the resolver leaves out.
func (a *analysis) ignored(i Ignored) {
	line := a.r.Lines[i.Line-1]
	args := map[string]string{"libc": a.libc(), "value": i.Value}
	switch {
	case i.Why == NotAnAddress:
		a.find(explain.NameserverIgnored, explain.Warning, i.Line, args)
	case i.Why == TooManyServers:
		a.find(explain.TooManyNameservers, explain.Warning, i.Line, args)
	case i.Why == LineTooLong && (line.Keyword == "search" || line.Keyword == "domain"):
		a.find(explain.SearchLineTooLong, explain.Error, i.Line, map[string]string{"length": strconv.Itoa(len(line.Text) + 1)})
	case i.Why == OverruledLine:
		a.find(explain.LineOverruled, explain.Warning, i.Line, map[string]string{"line": strconv.Itoa(i.Line), "by": strconv.Itoa(a.searched)})
	case i.Why == RootDomain:
		// Go leaves it out, and tries the name as it is at the end anyway.
	case line.Keyword == "options" && i.Value != line.Text:
		used := i.Used
		if used == "" {
			used = "<none>"
		}
		a.find(explain.OptionNotAsWritten, explain.Info, i.Line, map[string]string{"libc": a.libc(), "option": i.Value, "reason": string(i.Why), "used": used})
	default:
		a.find(explain.LineIgnored, explain.Warning, i.Line, map[string]string{"libc": a.libc(), "line": strconv.Itoa(i.Line), "reason": string(i.Why)})
	}
}

// searchLine is the line that the search list is from.
func searchLine(f File) int {
	last := 0
	for _, line := range f.Lines {
		if line.Keyword == "search" || line.Keyword == "domain" {
			last = line.Number
		}
	}
	return last
}

// fatal is what keeps every lookup from working.
func (a *analysis) fatal() {
	c := a.r.Config
	switch {
	case c.Libc == Glibc && c.Hangs:
		a.find(explain.ResolverEndsProgram, explain.Error, a.lineOf("sortlist", ""), map[string]string{"libc": a.libc(), "reason": string(EndlessFile)})
	case c.Libc == Glibc && glibcAborts(c.Search):
		a.find(explain.ResolverEndsProgram, explain.Error, a.searched, map[string]string{"libc": a.libc(), "reason": string(NoRoom)})
	case c.Libc == Musl && c.Attempts == 0:
		a.find(explain.ResolverEndsProgram, explain.Error, a.lineOf("options", "attempts:"), map[string]string{"libc": a.libc(), "reason": "it divides by attempts:0"})
	case c.Attempts == 0:
		a.find(explain.NothingIsAsked, explain.Error, a.lineOf("options", "attempts:"), map[string]string{"libc": a.libc(), "option": "attempts"})
	case c.Libc == Musl && c.Timeout == 0:
		a.find(explain.NothingIsAsked, explain.Error, a.lineOf("options", "timeout:"), map[string]string{"libc": a.libc(), "option": "timeout"})
	}
}

// lineOf is the last line with a keyword and a text in it.
func (a *analysis) lineOf(keyword, text string) int {
	last := 0
	for _, line := range a.r.Lines {
		if line.Keyword == keyword && strings.Contains(line.Text, text) {
			last = line.Number
		}
	}
	return last
}

// domains judges the entries of the search list.
func (a *analysis) domains() {
	line := a.searched
	var unfit []string
	for _, d := range a.r.Config.Search {
		switch {
		case strings.HasSuffix(d, "\r"):
			// Said already.
		case d == "." && a.f.Libc == Musl:
			a.find(explain.RootInSearchList, explain.Error, line, map[string]string{"example": "web.."})
		case strings.Trim(d, ".") == "" && a.f.Libc != Musl:
		case a.unfit(d), !sendable(d):
			unfit = append(unfit, d)
		}
	}
	if len(unfit) > 0 {
		a.find(explain.SearchDomainUnfit, explain.Warning, line, map[string]string{"libc": a.libc(), "domain": strings.Join(unfit, " "), "effect": a.unfitEffect(unfit)})
	}
}

// unfit says whether nothing can be asked for with a domain. All but musl forgive a dot
// at its start, or it goes the way of an empty label.
func (a *analysis) unfit(d string) bool {
	if a.f.Libc == Glibc {
		d = strings.TrimPrefix(d, ".")
	}
	return wire(d) != ""
}

// sendable says whether a domain has only what names have; others are sent as they
// are, and cannot exist.
func sendable(domain string) bool { return !strings.ContainsFunc(domain, notHostname) }

// unfitEffect says what such domains do to a lookup.
func (a *analysis) unfitEffect(domains []string) string {
	switch {
	case !slices.ContainsFunc(domains, a.unfit):
		return "every search asks for a name that cannot exist"
	case a.f.Libc == Musl:
		return "every search ends there with no address, whatever comes behind it"
	case a.f.Libc == Glibc:
		return "the domains behind it are never tried"
	default:
		return "it is left out"
	}
}
