package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// names draws what the names of a Service without rules have. An endpoint's own name
// stands beside its address.
func (out *printer) names() {
	if out.p.DNS == nil {
		return
	}
	own := map[string]string{}
	for _, n := range out.p.DNS.Names[1:] {
		for _, a := range n.Addresses {
			own[a.Address] = n.Name
		}
	}
	for i, n := range out.p.DNS.Names {
		root := render.Branch{Label: n.Name, Branches: n.branches(out.p, own)}
		switch {
		case i == 0:
			root.Detail, root.Mood = "by DNS", render.Style.Bold
			root.Branches = append(root.Branches, leftOut(out.p)...)
		case n.Ports == nil:
			continue
		}
		if out.err == nil {
			out.err = render.WriteTree(out.w, out.o.Style, root)
		}
	}
	out.line("")
}

func (n Name) branches(p *Path, own map[string]string) []render.Branch {
	var out []render.Branch
	if n.CNAME != "" {
		out = append(out, render.Branch{Label: "CNAME → " + n.CNAME, Branches: []render.Branch{{
			Label: "HTTP Host and TLS name", Detail: "stay as the client wrote them, such as " + p.Service.Name + ": the server behind has to know them",
		}}})
	}
	for _, a := range n.Addresses {
		out = append(out, render.Branch{Label: a.Address, Detail: a.words(p) + "; its own name: " + own[a.Address]})
	}
	for _, port := range n.Ports {
		out = append(out, render.Branch{Label: fmt.Sprintf("SRV port %d", port)})
	}
	if out == nil {
		out = append(out, render.Branch{Label: "no address: the name does not exist (NXDOMAIN)", Mood: render.Style.Bad})
	}
	return out
}

func leftOut(p *Path) []render.Branch {
	var out []render.Branch
	for _, a := range p.DNS.LeftOut {
		out = append(out, render.Branch{Label: a.Address, Detail: a.words(p) + ": not in the answer", Mood: render.Style.Warn})
	}
	return out
}

func (a Address) words(p *Path) string {
	words := a.State
	if a.Pod != "" {
		words = "Pod " + strings.TrimPrefix(a.Pod, p.Service.Namespace+"/") + "  " + words
	}
	if a.Node != "" {
		words += ", on " + a.Node
	}
	return words
}

// names draws them as a graph.
func (g *graph) names(p *Path) {
	if p.DNS == nil {
		return
	}
	for _, n := range p.DNS.Names {
		if n.Ports != nil {
			continue
		}
		from := g.box("name "+n.Name, render.Box{Lines: []string{n.Name}, Round: true})
		if n.CNAME != "" {
			g.edge(render.Edge{From: from, To: g.box("name "+n.CNAME, render.Box{Lines: []string{n.CNAME}, Round: true}), Label: "CNAME"})
		}
		for _, a := range n.Addresses {
			lines := append([]string{a.Address}, strings.Split(a.words(p), "  ")...)
			g.edge(render.Edge{From: from, To: g.box("address "+a.Address, render.Box{Lines: lines, Round: true}), Label: "DNS"})
		}
	}
}
