package svcpath

import (
	"io"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// WriteDOT writes the path in the language of Graphviz.
func WriteDOT(w io.Writer, p *Path) error { return render.WriteDOT(w, graphOf(p)) }

// WriteMermaid writes the path as a flowchart of Mermaid.
func WriteMermaid(w io.Writer, p *Path) error { return render.WriteMermaid(w, graphOf(p)) }

// graph is a drawing under way. Ways that meet share their boxes.
type graph struct {
	render.Graph
	drawing
	boxes map[string]int
}

func graphOf(p *Path) render.Graph {
	g := &graph{boxes: map[string]int{}, Graph: render.Graph{
		Title: "Service " + p.Service.Namespace + "/" + p.Service.Name + ": " + verdict(p),
	}}
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			g.drawing = drawing{port: port, entry: e, path: p}
			g.way()
		}
	}
	g.names(p)
	return g.Graph
}

// way draws what becomes of a connection to one address.
func (g *graph) way() {
	words := g.entry.words(g.port, g.path.Node)
	from := g.box("entry "+words, render.Box{Lines: []string{words}, Round: true})
	switch {
	case g.entry.Found == "":
		for _, e := range g.port.Endpoints {
			g.edge(render.Edge{From: from, To: g.endpoint(e.Address), Label: "by the API", Dashed: true})
		}
	case len(g.entry.Steps) == 0:
		bad := g.entry.Expected != string(verdictNone)
		g.edge(render.Edge{From: from, To: g.box("no rule", render.Box{Lines: []string{"no rule on " + g.path.Node.Name}, Bad: bad})})
	}
	for _, s := range g.entry.Steps {
		chain := g.chainBox(s)
		g.edge(render.Edge{From: from, To: chain})
		g.steps(chain, []Step{s})
	}
	g.absent()
}

// steps draws the rules of the chain whose box is given.
func (g *graph) steps(from int, steps []Step) {
	for _, s := range steps {
		if s.Target == mapTarget {
			g.steps(from, s.Steps)
			continue
		}
		to := g.target(s)
		g.edge(render.Edge{From: from, To: to, Label: edgeWords(s)})
		if !s.marks() {
			g.steps(to, s.Steps)
		}
	}
}

// absent draws the endpoints that should have a rule and have none.
func (g *graph) absent() {
	for _, e := range g.port.Endpoints {
		if g.entry.Kind == "clusterIP" && g.entry.Expected == string(kubeproxy.VerdictEndpoints) && e.Expected && e.OnNode != nil && !*e.OnNode {
			from := g.boxes["entry "+g.entry.words(g.port, g.path.Node)]
			to := g.endpoint(e.Address)
			g.Boxes[to].Bad = true
			g.edge(render.Edge{From: from, To: to, Label: "no rule", Dashed: true})
		}
	}
}

func (g *graph) target(s Step) int {
	switch {
	case s.Target == "DNAT":
		return g.endpoint(s.Endpoint)
	case s.refuses():
		return g.box(s.Target, render.Box{Lines: []string{s.Target}, Round: true, Bad: s.Chain != proxyFirewallChain})
	case s.marks():
		return g.box(s.Target, render.Box{Lines: []string{s.Target, "source becomes the node's address"}})
	case s.remembers():
		return g.box(s.Chain+s.Rule, render.Box{Lines: []string{"update", "the client stays here"}})
	case s.Target == "":
		return g.box(s.Chain+s.Rule, render.Box{Lines: []string{s.aimless()}})
	default:
		return g.box(g.port.Family+" "+s.Table+" "+s.Target, render.Box{Lines: []string{s.Target}, Bad: s.Unread})
	}
}

// chainBox is the box of the chain that holds a step.
func (g *graph) chainBox(s Step) int {
	lines := []string{s.Chain}
	if s.Table == "filter" {
		lines = append(lines, "(filter)")
	}
	return g.box(g.port.Family+" "+s.Table+" "+s.Chain, render.Box{Lines: lines})
}

func (g *graph) endpoint(address string) int {
	words, bad := g.endpointWords(address)
	lines := append([]string{orUnknown(address)}, strings.Split(words, "  ")...)
	return g.box("endpoint "+address, render.Box{Lines: lines, Round: true, Bad: bad && g.entry.Found != ""})
}

// box returns the number of the box with that key, which it adds where there is none.
func (g *graph) box(key string, b render.Box) int {
	if i, ok := g.boxes[key]; ok {
		return i
	}
	g.boxes[key] = len(g.Boxes)
	g.Boxes = append(g.Boxes, b)
	return len(g.Boxes) - 1
}

func (g *graph) edge(e render.Edge) {
	if !slices.Contains(g.Edges, e) {
		g.Edges = append(g.Edges, e)
	}
}

// edgeWords are a rule's share, conditions and count.
func edgeWords(s Step) string {
	words := conditionWords(s.Conditions)
	if s.chooses() && shareWords(s) != "" {
		words = slices.Insert(words, 0, shareWords(s))
	}
	if s.Packets != nil {
		words = append(words, packets(s.Packets))
	}
	return strings.Join(words, ", ")
}
