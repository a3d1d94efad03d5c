package dns

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// maxDrawn is how many branches of a kind a tree shows, but the last ones.
const maxDrawn = 8

// fileTree draws the file, line by line, with what the resolver makes of it.
func (r *Resolution) fileTree() render.Branch {
	root := render.Branch{Label: "resolv.conf", Mood: render.Style.Bold}
	ignored := map[int][]Ignored{}
	for _, i := range r.Ignored {
		ignored[i.Line] = append(ignored[i.Line], i)
	}
	asked := 0
	for _, line := range r.Lines {
		if line.Keyword == "" {
			continue
		}
		b := render.Branch{Label: strconv.Itoa(line.Number) + "  " + line.Keyword + " " + short(strings.Join(line.Values, " "))}
		left := ignored[line.Number]
		switch {
		case len(left) > 0 && left[0].Value == line.Text:
			b.Detail, b.Mood = "ignored: "+string(left[0].Why), render.Style.Warn
		case line.Keyword == "nameserver" && len(left) > 0:
			b.Detail, b.Mood = "ignored: "+string(left[0].Why), render.Style.Warn
		case line.Keyword == "nameserver":
			b.Detail = r.serverWords(asked)
			asked++
		case line.Keyword == "options":
			b.Branches = r.optionBranches(line, left)
		case line.Keyword == "search", line.Keyword == "domain":
			b.Branches = r.domainBranches()
		}
		root.Branches = append(root.Branches, b)
	}
	if len(root.Branches) == 0 {
		root.Branches = []render.Branch{{Label: "nothing in it", Mood: render.Style.Warn}}
	}
	root.Branches = abridge(root.Branches, 5*maxDrawn)
	return root
}

// abridge leaves out the middle of a long list, and says how much.
func abridge(list []render.Branch, most int) []render.Branch {
	const end = 2
	if len(list) <= most+end+1 {
		return list
	}
	left := render.Branch{Label: fmt.Sprintf("… %d more", len(list)-most-end)}
	return slices.Concat(list[:most], []render.Branch{left}, list[len(list)-end:])
}

// short keeps a line of the tree a line; the whole of it is below, or in -o json.
func short(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

func (r *Resolution) serverWords(asked int) string {
	switch {
	case r.Config.Libc == Musl:
		return "asked, all at the same time"
	case r.Config.Rotate:
		return "asked in turns"
	case asked == 0:
		return "asked first"
	default:
		return fmt.Sprintf("asked if the ones before do not answer, after %s each", plural(r.Config.Timeout, "second"))
	}
}

// domainBranches are the domains that are tried behind a name.
func (r *Resolution) domainBranches() []render.Branch {
	var out []render.Branch
	for _, d := range r.Config.Search {
		out = append(out, render.Branch{Label: d, Detail: r.domainWords(strings.TrimSuffix(d, "."))})
	}
	return abridge(out, maxDrawn)
}

func (r *Resolution) domainWords(domain string) string {
	c := r.Cluster
	switch {
	case c == nil:
		return ""
	case domain == c.Namespace+".svc."+c.Domain:
		return "Services of " + c.Namespace + ": web"
	case domain == "svc."+c.Domain:
		return "Services of any namespace: web.shop"
	case domain == c.Domain:
		return "anything of the cluster: web.shop.svc"
	default:
		return "not of the cluster: from the node, or from dnsConfig"
	}
}

// optionBranches say what each option changes.
func (r *Resolution) optionBranches(line Line, ignored []Ignored) []render.Branch {
	var out []render.Branch
	for _, o := range line.Values {
		b := render.Branch{Label: o, Detail: r.optionWords(o)}
		for _, i := range ignored {
			if i.Value != o {
				continue
			}
			b.Detail, b.Mood = "ignored: "+string(i.Why), render.Style.Warn
			if i.Used != "" {
				b.Detail = "taken as " + i.Used + ": " + string(i.Why)
			}
		}
		out = append(out, b)
	}
	return out
}

// optionWords is what resolv.conf(5) says of an option, and what that means here.
func (r *Resolution) optionWords(option string) string {
	c := r.Config
	switch name, _, _ := strings.Cut(option, ":"); name {
	case "ndots":
		return fmt.Sprintf("names with fewer than %s are searched before they are tried as they are", plural(c.Ndots, "dot"))
	case "timeout":
		return fmt.Sprintf("waits %s for an answer", plural(c.Timeout, "second"))
	case "attempts":
		return fmt.Sprintf("asks up to %s", plural(c.Attempts, "time"))
	default:
		return flagWords[name]
	}
}

// flagWords are the options without a value.
var flagWords = map[string]string{
	"rotate":                "begins with another nameserver each time",
	"single-request":        "asks for AAAA when A is answered, not together with it",
	"single-request-reopen": "asks for AAAA when A is answered, from another port",
	"use-vc":                "asks by TCP, never by UDP",
	"edns0":                 "allows answers of more than 512 bytes by UDP",
	"trust-ad":              "believes a server that says an answer is signed",
	"no-aaaa":               "asks for IPv4 addresses only",
	"no-tld-query":          "never tries a name without a dot as it is",
	"no-reload":             "does not read the file again when it changes",
}

// lookupTree draws the names that are tried, in order.
func (r *Resolution) lookupTree(l Lookup, wide bool) render.Branch {
	root := render.Branch{Label: l.Name, Detail: r.orderWords(l), Mood: render.Style.Bold}
	for _, round := range l.Rounds {
		b := render.Branch{Label: round.Name, Detail: round.words(), Figure: "after " + queries(round.Total)}
		if wide {
			b.Branches = round.queryBranches()
		}
		root.Branches = append(root.Branches, b)
	}
	if !wide {
		root.Branches = abridge(root.Branches, maxDrawn)
	}
	return root
}

func (r *Resolution) orderWords(l Lookup) string {
	dots, rooted := dotsOf(l.Name)
	n := plural(r.Config.Ndots, "dot")
	switch {
	case rooted:
		return "ends in a dot: nothing is put behind it"
	case len(r.Config.Search) == 0:
		return "no search list"
	case dots >= r.Config.Ndots && r.Config.Libc == Musl:
		return fmt.Sprintf("%s, ndots is %d: as typed, and musl never searches then", plural(dots, "dot"), r.Config.Ndots)
	case dots >= r.Config.Ndots:
		return fmt.Sprintf("%s, ndots is %d: as typed first", plural(dots, "dot"), r.Config.Ndots)
	default:
		return fmt.Sprintf("%s, fewer than %s: searched first", plural(dots, "dot"), n)
	}
}

func (round LookupRound) words() string {
	words := round.Means.words()
	if round.Domain == "" {
		words = strings.TrimSuffix("as typed, "+words, ", ")
	}
	if round.Reply != "" {
		words += ": " + round.Reply
	}
	return words
}

func (round LookupRound) queryBranches() []render.Branch {
	var out []render.Branch
	for _, q := range round.Queries {
		b := render.Branch{Label: fmt.Sprintf("%-4s @%s", q.Type, q.Server), Detail: q.Reply}
		if q.Together {
			b.Detail = strings.TrimSuffix("together with the one before, "+q.Reply, ", ")
		}
		if q.Broken {
			b.Detail, b.Mood = "a name that ends in two dots: no question for a server", render.Style.Bad
		}
		out = append(out, b)
	}
	return out
}
