package svcpath

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// Options say how a Path is shown.
type Options struct {
	Style render.Style
	Lang  explain.Lang
	// Wide shows every rule, and the endpoints as a table.
	Wide bool
	// Explain puts a sentence of the catalog under each step.
	Explain bool
}

// Render writes the answer for a person: what is wrong first, then the way.
func Render(w io.Writer, p *Path, o Options) error {
	out := &printer{w: w, o: o, p: p}
	if p.Client != nil {
		out.fromClient()
		return out.err
	}
	if p.HasErrors() {
		out.line(o.Style.Bold(render.Escape(verdict(p))))
		out.line("")
	}
	out.header()
	out.line("")
	if p.HasErrors() {
		out.findings()
	}
	out.trees()
	if o.Wide {
		out.table()
	}
	out.connections()
	out.walks()
	out.unsettled()
	if !p.HasErrors() {
		out.findings()
		out.line(o.Style.Bold(render.Escape(verdict(p))))
	}
	return out.err
}

type printer struct {
	w   io.Writer
	o   Options
	p   *Path
	err error
}

func (out *printer) line(text string) {
	if out.err == nil {
		_, out.err = fmt.Fprintln(out.w, text)
	}
}

func (out *printer) findings() {
	if out.err == nil {
		out.err = explain.Write(out.w, out.o.Style, out.p.Findings, out.o.Lang)
	}
}

// unsettled says what was not judged because it did not hold still.
func (out *printer) unsettled() {
	if len(out.p.Unsettled) == 0 {
		return
	}
	text := "Not judged, because it changed while the node was read: " + strings.Join(out.p.Unsettled, ", ") + ". Ask again in a moment."
	for _, line := range render.Wrap(render.Escape(text), out.o.Style.Width) {
		out.line(out.o.Style.Warn(line))
	}
	out.line("")
}

// header says what was asked, and what was read for it.
func (out *printer) header() {
	for _, line := range render.Wrap(render.Escape(out.p.headerWords()), out.o.Style.Width) {
		out.line(line)
	}
	if words := out.p.Service.settingWords(); words != "" {
		for _, line := range render.Wrap(render.Escape(words), out.o.Style.Width) {
			out.line(line)
		}
	}
	if read := out.p.readWords(); read != "" {
		out.line(out.o.Style.Dim(render.Escape(read)))
	}
}

// headerWords are what was asked.
func (p *Path) headerWords() string {
	s := p.Service
	parts := []string{"Service " + s.Namespace + "/" + s.Name, strings.TrimSpace(s.Type + " " + strings.Join(s.ClusterIPs, ", "))}
	if s.ExternalName != "" {
		parts = append(parts, "→ "+s.ExternalName)
	}
	if only := p.onePort(); only != nil {
		parts = append(parts, only.words())
	}
	return strings.Join(parts, "  ")
}

// onePort is the port of a Service that has one, which then stands in the header.
func (p *Path) onePort() *Port {
	for i := range p.Ports {
		if p.Ports[i].Number != p.Ports[0].Number || p.Ports[i].Protocol != p.Ports[0].Protocol {
			return nil
		}
	}
	if len(p.Ports) == 0 {
		return nil
	}
	return &p.Ports[0]
}

func (p Port) words() string {
	name := ""
	if p.Name != "" {
		name = p.Name + " "
	}
	text := fmt.Sprintf("port %s%d/%s → targetPort %s", name, p.Number, p.Protocol, p.TargetPort)
	if p.NodePort != 0 {
		text += fmt.Sprintf("  NodePort %d", p.NodePort)
	}
	return text
}

func (p *Path) readWords() string {
	n := p.Node
	switch {
	case p.Agreement == NoRules:
		return ""
	case n == nil || n.Via == "":
		return "read: the API only, no node"
	case n.Via == "debug":
		return fmt.Sprintf("read on %s: %s, by pod %s", n.Name, n.backendWords(), n.Pod)
	case n.Via == "exec":
		return fmt.Sprintf("read on %s: %s, by exec in pod %s", n.Name, n.backendWords(), n.Pod)
	default:
		return fmt.Sprintf("read on %s: %s, from a file", n.Name, n.backendWords())
	}
}

func (n *Node) backendWords() string {
	tool, kind, two := strings.Cut(n.Backend, "-")
	switch {
	case two:
		return strings.Replace(tool, "ip6tables", "iptables", 1) + " (" + kind + ")"
	case tool == "":
		return "no iptables"
	default:
		return tool
	}
}

func (out *printer) trees() {
	several := out.p.onePort() == nil
	for _, port := range out.p.Ports {
		if several {
			out.line(out.o.Style.Bold(render.Escape(port.words())))
		}
		for _, e := range port.Entries {
			if out.err == nil {
				out.err = render.WriteTree(out.w, out.o.Style, out.tree(port, e))
			}
			out.line("")
		}
		out.unused(port)
	}
	out.names()
	out.healthChecks()
}
