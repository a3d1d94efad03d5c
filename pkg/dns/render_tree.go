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
			b.Branches = r.serverBranches(strings.Join(line.Values, " "))
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
		out = append(out, render.Branch{Label: d, Detail: r.from(d, r.domainWords(strings.TrimSuffix(d, ".")))})
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
	case strings.HasSuffix(domain, ".svc."+c.Domain):
		return "Services of " + strings.TrimSuffix(domain, ".svc."+c.Domain) + ": web"
	case len(r.Origins) > 0:
		return "not of the cluster"
	default:
		return "not of the cluster: from the node, or from dnsConfig"
	}
}

// optionBranches say what each option changes.
func (r *Resolution) optionBranches(line Line, ignored []Ignored) []render.Branch {
	var out []render.Branch
	for _, o := range line.Values {
		b := render.Branch{Label: o, Detail: r.from(o, r.optionWords(o))}
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

// from puts behind what an entry means where it comes from.
func (r *Resolution) from(value, words string) string {
	i := slices.IndexFunc(r.Origins, func(e Entry) bool { return e.Value == value })
	if i < 0 {
		return words
	}
	return strings.TrimPrefix(words+"; from "+string(r.Origins[i].From), "; ")
}

// serverBranches say who is at the address of a nameserver.
func (r *Resolution) serverBranches(address string) []render.Branch {
	i := slices.IndexFunc(r.Nameservers, func(n Nameserver) bool { return n.Address == address })
	if i < 0 {
		return nil
	}
	n := r.Nameservers[i]
	who := render.Branch{Label: n.words(), Detail: r.from(address, "")}
	for _, p := range n.Pods {
		pod := render.Branch{Label: "Pod " + p.Name, Detail: p.Address, Figure: "ready"}
		if p.Name == "" {
			pod.Label = "endpoint"
		}
		if p.Node != "" {
			pod.Detail += " on " + p.Node
		}
		if !p.Ready {
			pod.Figure, pod.Mood = "not ready", render.Style.Warn
		}
		who.Branches = append(who.Branches, pod)
	}
	who.Branches = abridge(who.Branches, maxDrawn)
	return []render.Branch{who}
}

// words say who is at the address.
func (n Nameserver) words() string {
	switch n.Kind {
	case ServerService:
		words := "Service " + n.Service
		if n.Fate != "" {
			words += fmt.Sprintf(", %d of %s ready", n.Ready, plural(len(n.Pods), "endpoint"))
		}
		return words
	case ServerLocal:
		return "a link-local address: NodeLocal DNSCache has one on each node"
	case ServerLoopback:
		return "the Pod's own network namespace"
	case ServerNode:
		return "the Pod's node"
	case ServerOther:
		return "no Service has this address"
	default:
		return "whether a Service has this address is not known"
	}
}
