package svcpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// fromClient is the answer for one client: what becomes of its packets first.
func (out *printer) fromClient() {
	out.answers(true)
	out.line(out.o.Style.Dim(render.Escape("client: " + out.p.Client.words())))
	out.header()
	out.line("")
	out.connections()
	out.unsettled()
	out.findings()
	out.line(out.o.Style.Bold(render.Escape(verdict(out.p))))
}

// words say who the client is, and why this node's rules count.
func (c *Client) words() string {
	at := strings.Join(c.Addresses, ", ")
	switch {
	case c.HostNetwork:
		return fmt.Sprintf("%s, on the host network of node %s: its packets are the node's", c.Name, c.Node)
	case c.Kind == walk.Pod:
		return fmt.Sprintf("%s, %s on node %s", c.Name, at, c.Node)
	case c.Kind == walk.Node:
		return fmt.Sprintf("%s, %s", c.Name, at)
	default:
		return fmt.Sprintf("%s, from outside through node %s", at, c.Node)
	}
}

// walks is the section of clients that nobody named, who fare alike together.
func (out *printer) walks() {
	if !out.p.walked {
		out.differences()
		return
	}
	if len(out.p.Walks) > 0 {
		out.line(out.o.Style.Bold("Packets to each address, by where they come from"))
		out.line("")
	}
	out.answers(out.o.Wide)
}

// differences are the addresses where it matters from where a packet comes.
func (out *printer) differences() {
	differ := slices.DeleteFunc(slices.Clone(out.p.answers), func(a *walk.Walks) bool { return !a.Differ() })
	if len(differ) == 0 {
		return
	}
	out.line(out.o.Style.Bold("It matters where packets come from") + out.o.Style.Dim(" (--walks shows by which rules)"))
	if out.err == nil {
		out.err = walk.RenderBrief(out.w, differ, out.o.Style)
	}
	out.line("")
	out.walkNotes()
}

func (out *printer) answers(rules bool) {
	for _, answer := range out.p.answers {
		if out.err == nil {
			out.err = walk.RenderOwned(out.w, answer, out.o.Style, rules, out.p.podAt)
		}
		out.line("")
	}
	out.walkNotes()
}

// walkNotes say what the walks rest on besides the rules that were read.
func (out *printer) walkNotes() {
	for _, note := range out.p.WalkNotes {
		for _, line := range render.Wrap(render.Escape("note: "+note), out.o.Style.Width) {
			out.line(line)
		}
		out.line("")
	}
}

// podAt names the Pod that has an address of an endpoint, with its node.
func (p *Path) podAt(address string) string {
	for _, port := range p.Ports {
		for _, e := range port.Endpoints {
			if e.Address != address {
				continue
			}
			who := strings.TrimPrefix(e.Pod, p.Service.Namespace+"/")
			if who == "" {
				who = "<none>"
			}
			if e.Node != "" {
				who += " on " + e.Node
			}
			return who
		}
	}
	return "<unknown>"
}
