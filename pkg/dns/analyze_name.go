package dns

import (
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// name judges one lookup.
func (a *analysis) name(l Lookup) {
	if l.Refusal != "" {
		if l.Refusal == Literal {
			a.find(explain.NameNotSent, explain.Warning, 0, map[string]string{"name": l.Name, "libc": a.libc(), "reason": string(l.Refusal)})
			return
		}
		if l.Refusal != NoAttempts && l.Refusal != NoRoom && l.Refusal != EndlessFile {
			a.find(explain.NameNotSent, explain.Error, 0, map[string]string{"name": l.Name, "libc": a.libc(), "reason": string(l.Refusal)})
		}
		return
	}
	a.records(l)
	a.elsewhere(l)
	a.tooLong(l)
	switch {
	case len(l.InHosts) > 0:
		a.find(explain.NameInHosts, explain.Info, 0, map[string]string{"name": l.Name, "addresses": strings.Join(l.InHosts, ", ")})
	case l.Result == "":
		a.unsure(l)
	case l.Result == Found.String():
		if *l.Wasted > 0 {
			a.find(explain.QueriesWasted, explain.Warning, 0, map[string]string{
				"name": l.Name, "target": l.FoundAs, "wasted": strconv.Itoa(*l.Wasted), "total": strconv.Itoa(l.Queries),
			})
		}
	case l.absent():
		a.find(explain.NameNotFound, explain.Error, 0, map[string]string{"name": l.Name, "libc": a.libc(), "tried": tried(l)})
		a.notSearched(l)
	default:
		a.find(explain.LookupFails, explain.Error, 0, map[string]string{
			"name": l.Name, "libc": a.libc(), "reply": l.trouble(), "seconds": strconv.Itoa(l.Seconds),
		})
	}
}

// unsure judges a lookup that may end at any of its names.
func (a *analysis) unsure(l Lookup) {
	a.notSearched(l)
	dots, rooted := dotsOf(l.Name)
	if rooted {
		return
	}
	if dots == 0 && len(a.r.Config.Search) == 0 {
		a.find(explain.NoSearchList, explain.Warning, 0, map[string]string{"name": l.Name})
		return
	}
	last := l.Rounds[len(l.Rounds)-1]
	if dots == 0 || last.Domain != "" || len(l.Rounds) == 1 {
		return
	}
	args := map[string]string{
		"name": l.Name, "dots": strconv.Itoa(dots), "ndots": strconv.Itoa(a.r.Config.Ndots),
		"before": strconv.Itoa(last.Total - len(last.Queries)), "libc": a.libc(),
	}
	if c := a.r.Cluster; c != nil && strings.HasSuffix(l.Name, "."+c.Domain) {
		a.find(explain.FullNameSearched, explain.Warning, 0, args)
		return
	}
	a.find(explain.SearchedBeforeTyped, explain.Warning, 0, args)
}

// notSearched: musl does not search for a name with enough dots, the others would.
func (a *analysis) notSearched(l Lookup) {
	dots, rooted := dotsOf(l.Name)
	c := a.r.Config
	if c.Libc != Musl || rooted || dots < c.Ndots || dots == 0 || len(c.Search) == 0 {
		return
	}
	a.find(explain.NotSearchedByMusl, explain.Warning, 0, map[string]string{"name": l.Name, "dots": strconv.Itoa(dots), "ndots": strconv.Itoa(c.Ndots)})
}

// tooLong: a name that fits by itself, and does not with a domain behind it.
func (a *analysis) tooLong(l Lookup) {
	c := a.r.Config
	dots, rooted := dotsOf(l.Name)
	if rooted || c.Libc == Musl && dots >= c.Ndots {
		return
	}
	effect := map[Libc]string{
		Glibc: "the domains behind it are not tried either", Musl: "the lookup ends there without an address", Go: "that one is left out",
	}[c.Libc]
	for _, d := range c.Search {
		length := len(l.Name) + 1 + len(strings.TrimSuffix(d, "."))
		if length <= maxName || len(d) > maxName {
			continue
		}
		if c.Libc == Musl && len(d) >= muslLine-len(l.Name)-1 {
			effect = "that one is left out"
		}
		a.find(explain.TooLongWithDomain, explain.Warning, 0, map[string]string{"name": l.Name, "domain": d, "libc": a.libc(), "effect": effect})
		return
	}
}

func tried(l Lookup) string {
	var names []string
	for _, r := range l.Rounds {
		names = append(names, r.Name)
	}
	if len(names) > 4 {
		names = append(names[:3], "… ("+strconv.Itoa(len(l.Rounds))+" names)")
	}
	return strings.Join(names, ", ")
}

// absent says whether servers denied each name that was tried. glibc reports a name as
// not found also where one of its full names had no answer, and the last one was denied.
func (l Lookup) absent() bool {
	return (l.Result == NotFound.String() || l.Result == NoAddress.String()) && l.trouble() == ""
}

// trouble is the first reply that says nothing of a name.
func (l Lookup) trouble() string {
	for _, r := range l.Rounds {
		switch r.Reply {
		case ServFail.String(), Refused.String(), Timeout.String(), Unreachable.String():
			return r.Reply
		}
	}
	return ""
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return strconv.Itoa(n) + " " + word + "s"
}
