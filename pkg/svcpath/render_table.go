package svcpath

import (
	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// table lists the endpoints of every port.
func (out *printer) table() {
	rows := [][]string{}
	for _, port := range out.p.Ports {
		for _, e := range port.Endpoints {
			step := port.stepTo(e.Address)
			share, counted := "<none>", "<none>"
			if step != nil {
				share, counted = shareWords(*step), or(packets(step.Packets), "<none>")
			}
			rows = append(rows, []string{
				portNumber(port.Number) + "/" + port.Protocol, e.Address, or(e.Pod, "<none>"), or(e.Node, "<none>"), or(e.State, "<none>"),
				yes(&e.InAPI), yes(&e.Expected), yes(e.OnNode), share, counted,
			})
		}
	}
	if len(rows) == 0 || out.err != nil {
		return
	}
	out.err = render.WriteTable(out.w, []string{"PORT", "ENDPOINT", "POD", "NODE", "STATE", "IN API", "EXPECTED", "ON NODE", "SHARE", "PACKETS"}, rows)
	out.line("")
}

// stepTo is the rule that chooses an endpoint for connections to the clusterIP.
func (p Port) stepTo(address string) *Step {
	for _, e := range p.Entries {
		if e.Kind == "clusterIP" {
			return stepTo(e.Steps, address)
		}
	}
	return nil
}

func stepTo(steps []Step, address string) *Step {
	for i := range steps {
		s := &steps[i]
		if s.Endpoint == address && s.chooses() && shareWords(*s) != "" {
			return s
		}
		if deeper := stepTo(s.Steps, address); deeper != nil {
			return deeper
		}
	}
	return nil
}

func yes(b *bool) string {
	switch {
	case b == nil:
		return "<unknown>"
	case *b:
		return "yes"
	default:
		return "no"
	}
}

func or(s, none string) string {
	if s == "" {
		return none
	}
	return s
}
