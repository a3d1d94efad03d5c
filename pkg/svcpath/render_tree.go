package svcpath

import (
	"cmp"
	"fmt"
	"math"
	"net"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// tree draws what becomes of a connection to one address.
func (out *printer) tree(port Port, e Entry) render.Branch {
	root := render.Branch{Label: e.words(port, out.p.Node), Mood: render.Style.Bold}
	d := drawing{port: port, entry: e, path: out.p, wide: out.o.Wide || out.o.Explain}
	if out.o.Explain {
		d.lang = cmp.Or(out.o.Lang, explain.English)
	}
	switch {
	case e.Found == "":
		root.Branches = d.unread()
	case len(e.Steps) == 0 && e.Expected == string(verdictNone):
		root.Branches = []render.Branch{{Label: e.leftOutWords()}}
	case len(e.Steps) == 0:
		root.Branches = []render.Branch{{Label: "no rule on " + out.p.Node.Name + " for this address", Mood: render.Style.Bad}}
	default:
		root.Branches = d.entrances(e.Steps)
	}
	return root
}

func (e Entry) words(port Port, node *Node) string {
	host := e.Address
	if host == "" && node != nil {
		host = node.Name
	} else if host == "" {
		host = "<any node>"
	}
	return fmt.Sprintf("%s/%s", net.JoinHostPort(host, fmt.Sprint(e.Port)), port.Protocol)
}

type drawing struct {
	port  Port
	entry Entry
	path  *Path
	wide  bool
	// lang is that of the sentences under the steps, "" for none.
	lang explain.Lang
}

// entrances draws the chains that a connection enters. Of iptables only one rule of each is
// for the address; the chain of nftables can have one more, for masquerading.
func (d drawing) entrances(steps []Step) []render.Branch {
	var out []render.Branch
	for len(steps) > 0 {
		n := 1
		for steps[0].Chain == nftServicesChain && n < len(steps) && steps[n].Chain == nftServicesChain {
			n++
		}
		b := d.entrance(steps[n-1])
		if n > 1 || steps[0].Table == nftTable && !steps[0].refuses() {
			b.Branches = d.steps(steps[:n])
			if !anyEndpoint(steps[:n]) {
				b.Branches = append(b.Branches, d.missing()...)
			}
		}
		out, steps = append(out, b), steps[n:]
	}
	return out
}

// entrance draws a step of the chain that a connection enters: the chain, and
// below it where its rule leads.
func (d drawing) entrance(s Step) render.Branch {
	to := "to an address of the node"
	if d.entry.Kind != kindNodePort || s.refuses() {
		to = fmt.Sprintf("to %s %s port %d", d.entry.Address, d.port.Protocol, d.entry.Port)
	}
	b := render.Branch{Label: s.Chain, Detail: to, Figure: packets(s.Packets)}
	if s.Table == "filter" {
		b.Label += " (filter)"
	}
	if s.refuses() {
		b.Branches = []render.Branch{d.refusal(s)}
		b.Branches[0].Note = d.sentence(s)
		return b
	}
	b.Note = d.chain(s.Chain)
	b.Branches = []render.Branch{{
		Label: s.Target, Branches: append(d.steps(s.Steps), d.missing()...), Detail: d.unreadWords(s), Note: d.sentence(s),
	}}
	return b
}

// missing draws the endpoints that should have a rule here and have none.
func (d drawing) missing() []render.Branch {
	var out []render.Branch
	for _, e := range d.port.Endpoints {
		if d.entry.Kind == "clusterIP" && d.entry.Expected == "endpoints" && e.Expected && e.OnNode != nil && !*e.OnNode {
			words, _ := d.endpointWords(e.Address)
			out = append(out, render.Branch{Label: fmt.Sprintf("%5s no rule → %s", "0%", e.Address), Detail: words, Mood: render.Style.Bad})
		}
	}
	return out
}

func refusalBranch(s Step) render.Branch {
	switch s.Target {
	case "REJECT":
		return render.Branch{Label: "REJECT", Detail: "the client's connection is refused at once", Mood: render.Style.Bad}
	case "DROP":
		return render.Branch{Label: "DROP", Detail: "the client's connection times out", Mood: render.Style.Bad}
	default:
		return render.Branch{Label: s.Target}
	}
}

func (d drawing) steps(steps []Step) []render.Branch {
	var out []render.Branch
	for _, s := range steps {
		if s.Target == mapTarget {
			out = append(out, d.steps(s.Steps)...)
			continue
		}
		out = append(out, d.step(s))
	}
	return out
}

func (d drawing) step(s Step) render.Branch {
	b := render.Branch{Label: s.Target, Figure: packets(s.Packets), Note: d.sentence(s)}
	details := conditionWords(s.Conditions)
	switch {
	case s.marks():
		details = append(details, "source becomes the node's address")
		b.Detail = strings.Join(details, ": ")
		return b
	case s.chooses():
		b.Label = fmt.Sprintf("%5s %s → %s", shareWords(s), s.Target, orUnknown(s.Endpoint))
		end, bad := d.endpointWords(s.Endpoint)
		details = append(details, end)
		if bad {
			b.Mood = render.Style.Bad
		}
	case s.Target == "DNAT":
		b.Label = "DNAT → " + orUnknown(s.Endpoint)
	case s.remembers():
		b.Label = "update"
		details = append(details, "the client stays here from now on")
	case s.Target == "":
		b.Label = s.aimless()
	}
	if words := d.unreadWords(s); words != "" {
		details = append(details, words)
	}
	b.Detail = strings.Join(details, ", ")
	if d.wide || !s.chooses() {
		b.Branches = d.steps(s.Steps)
	}
	if s.spreads() && anyEndpoint(s.Steps) {
		b.Branches = append(b.Branches, d.missing()...)
	}
	return b
}

// shareWords is the share of connections, blank for a rule of session affinity,
// which does not choose.
func shareWords(s Step) string {
	if s.affinity() {
		return ""
	}
	whole := math.Round(s.Share * 100)
	if math.Abs(s.Share*100-whole) < 1e-4 {
		return fmt.Sprintf("%.0f%%", whole)
	}
	return percent(s.Share)
}

// endpointWords says whose an address is and how it is, and whether sending there
// is wrong.
func (d drawing) endpointWords(address string) (words string, bad bool) {
	for _, e := range d.port.Endpoints {
		if e.Address != address {
			continue
		}
		who, how := d.owner(e), e.State
		if !e.InAPI {
			how = "in no EndpointSlice"
		}
		if e.Node != "" {
			how += ", on " + e.Node
		}
		return who + "  " + how, !e.Expected
	}
	return "<unknown>", true
}

// owner says whose an address is. Whether the Pod of one that no slice lists was looked
// for is in the findings.
func (d drawing) owner(e Endpoint) string {
	switch {
	case e.Pod != "":
		return "Pod " + strings.TrimPrefix(e.Pod, d.path.Service.Namespace+"/")
	case !e.InAPI:
		return "Pod <none>"
	case e.Target != "":
		return "its slice says Pod " + e.Target
	case e.Node != "":
		return "no Pod, an address of the node"
	default:
		return "its slice names no Pod"
	}
}

// unread draws what the API says of a port whose rules were not read.
func (d drawing) unread() []render.Branch {
	if len(d.port.Endpoints) == 0 {
		return []render.Branch{{Label: "no endpoints in the API", Mood: render.Style.Bad}}
	}
	var out []render.Branch
	for _, e := range d.port.Endpoints {
		words, _ := d.endpointWords(e.Address)
		b := render.Branch{Label: e.Address, Detail: words}
		if e.State != "ready" {
			b.Mood = render.Style.Warn
		}
		out = append(out, b)
	}
	return out
}
