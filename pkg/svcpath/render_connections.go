package svcpath

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// connections lists those that the node translates now, by endpoint.
func (out *printer) connections() {
	asked := false
	var rows [][]string
	for _, port := range out.p.Ports {
		asked = asked || port.Connections != nil
		for _, c := range port.Connections {
			rows = append(rows, []string{
				portNumber(port.Number) + "/" + port.Protocol, c.Endpoint, port.standing(c), fmt.Sprint(c.Count), fmt.Sprint(c.Clients), stateWords(c.States),
			})
		}
	}
	switch {
	case !asked || out.err != nil:
		return
	case rows == nil:
		out.line("No connection to this Service is in the table of " + render.Escape(out.p.Node.Name) + " now.")
	default:
		out.line("Connections in the table of " + render.Escape(out.p.Node.Name) + " now:")
		out.err = render.WriteTable(out.w, []string{"PORT", "ENDPOINT", "IT IS", "CONNECTIONS", "CLIENTS", "STATES"}, rows)
	}
	out.line("")
}

// standing says what the API knows of the endpoint of connections.
func (p Port) standing(c Connections) string {
	switch {
	case !c.Translated:
		return "not translated"
	case c.Gone:
		return "gone"
	}
	for _, e := range p.Endpoints {
		if e.Address == c.Endpoint {
			return e.State
		}
	}
	return "<unknown>"
}

func stateWords(states map[string]int) string {
	var words []string
	for _, state := range slices.Sorted(maps.Keys(states)) {
		words = append(words, fmt.Sprintf("%d %s", states[state], state))
	}
	return or(strings.Join(words, ", "), "<none>")
}

// tracked counts the connections that the node translates now, -1 where that was not read.
func (p *Path) tracked() int {
	n := -1
	for _, port := range p.Ports {
		if port.Connections != nil {
			n = max(n, 0)
		}
		for _, c := range port.Connections {
			n += c.Count
		}
	}
	return n
}

func (p *Path) trackedWords() string {
	if n := p.tracked(); n >= 0 {
		return fmt.Sprint(n)
	}
	return "<unknown>"
}
