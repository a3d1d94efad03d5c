package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// row is the line of one node.
func (p *Path) row() []string {
	agrees := map[Agreement]string{Agrees: "yes", Differs: "no"}[p.Agreement]
	n := p.Node
	proxy, backend := "<none>", or(n.Backend, "<none>")
	if n.Proxy != nil {
		proxy = strings.TrimPrefix(n.Proxy.Version+" "+n.Proxy.State, " ")
	}
	if n.Via == "" {
		backend = "<unknown>"
	}
	return []string{n.Name, or(agrees, "<unknown>"), p.onNodeWords(), backend, proxy, p.foundWords()}
}

// onNodeWords counts the endpoints that should be reached through the node and are, and
// those that should not be.
func (p *Path) onNodeWords() string {
	expected, there, more := 0, 0, 0
	for _, port := range p.Ports {
		for _, e := range port.Endpoints {
			on := e.OnNode != nil && *e.OnNode
			switch {
			case e.Expected && on:
				expected, there = expected+1, there+1
			case e.Expected:
				expected++
			case on:
				more++
			}
		}
	}
	if p.Agreement == NotChecked {
		return fmt.Sprintf("<unknown> of %d", expected)
	}
	text := fmt.Sprintf("%d of %d", there, expected)
	if more > 0 {
		text += fmt.Sprintf(", %d more", more)
	}
	return text
}

// foundWords are the codes of the findings, each once, or why the node was not read.
func (p *Path) foundWords() string {
	times := map[string]int{}
	var codes []string
	for _, f := range p.Findings {
		if f.Code == explain.NodeNotChecked {
			return "not read: " + f.Args["reason"]
		}
		if times[f.Code]++; times[f.Code] == 1 {
			codes = append(codes, f.Code)
		}
	}
	for i, code := range codes {
		if n := times[code]; n > 1 {
			codes[i] = fmt.Sprintf("%s ×%d", code, n)
		}
	}
	return or(strings.Join(codes, ", "), "<none>")
}
