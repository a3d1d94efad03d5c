package svcpath

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// RenderNodes writes the answer for many nodes for a person: one line for each, and what
// was found, once for all nodes on which it is the same.
func RenderNodes(w io.Writer, p *Paths, o Options) error {
	if p.Summary.Nodes == 0 {
		return Render(w, p.Items[0], o)
	}
	out := &nodesPrinter{printer: printer{w: w, o: o, p: p.Items[0]}, paths: p}
	if p.HasErrors() {
		out.line(o.Style.Bold(render.Escape(nodesVerdict(p))))
		out.line("")
	}
	out.header()
	out.table()
	out.groups()
	out.unread()
	out.unsettled()
	if !p.HasErrors() {
		out.line(o.Style.Bold(render.Escape(nodesVerdict(p))))
	}
	return out.err
}

type nodesPrinter struct {
	printer
	paths *Paths
}

func (out *nodesPrinter) header() {
	for _, line := range render.Wrap(render.Escape(out.p.headerWords()), out.o.Style.Width) {
		out.line(line)
	}
	s := out.paths.Summary
	out.line(out.o.Style.Dim(fmt.Sprintf("read on %d of %s", s.Nodes-s.NotRead, count(s.Nodes, "node"))))
	out.line("")
}

func (out *nodesPrinter) table() {
	var rows [][]string
	header := []string{"NODE", "AGREES", "ENDPOINTS", "BACKEND", "KUBE-PROXY", "FOUND"}
	asked := slices.ContainsFunc(out.paths.Items, func(p *Path) bool { return p.tracked() >= 0 })
	if asked {
		header = slices.Insert(header, 3, "CONNECTIONS")
	}
	for _, p := range out.paths.Items {
		row := p.row()
		if asked {
			row = slices.Insert(row, 3, p.trackedWords())
		}
		rows = append(rows, row)
	}
	if out.err == nil {
		out.err = render.WriteTable(out.w, header, rows)
	}
	out.line("")
}

// groups writes the findings: first those that every node has, then, together, nodes that
// have the same ones. Why a node was not read stands in its line.
func (out *nodesPrinter) groups() {
	everywhere := shared(out.paths.Items)
	if len(everywhere) > 0 {
		out.group("On every node", everywhere)
	}
	seen := map[string]int{}
	var groups [][]*Path
	for _, p := range out.paths.Items {
		key := signature(besides(p.Findings, everywhere))
		if key == "" {
			continue
		}
		i, ok := seen[key]
		if !ok {
			i = len(groups)
			seen[key] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], p)
	}
	// Errors first, else in the order of the nodes.
	slices.SortStableFunc(groups, func(a, b []*Path) int { return min(b[0].errors(), 1) - min(a[0].errors(), 1) })
	for _, group := range groups {
		out.group(groupWords(group), besides(group[0].Findings, everywhere))
	}
}

func (out *nodesPrinter) group(heading string, findings []explain.Finding) {
	out.line(out.o.Style.Bold(render.Escape(heading)))
	if out.err == nil {
		out.err = explain.Write(out.w, out.o.Style, findings, out.o.Lang)
	}
}

// shared are the findings that name no node and that every node has.
func shared(items []*Path) []explain.Finding {
	var out []explain.Finding
	for _, f := range items[0].Findings {
		_, ofNode := f.Args["node"]
		if !ofNode && !slices.ContainsFunc(items, func(p *Path) bool { return !contains(p.Findings, f) }) {
			out = append(out, f)
		}
	}
	return out
}

func contains(list []explain.Finding, f explain.Finding) bool {
	return slices.ContainsFunc(list, func(have explain.Finding) bool {
		return have.Code == f.Code && have.Subject == f.Subject && sameArgs(have.Args, f.Args)
	})
}

// besides are the findings of a node without those that are said elsewhere.
func besides(list, elsewhere []explain.Finding) []explain.Finding {
	return slices.DeleteFunc(slices.Clone(list), func(f explain.Finding) bool {
		return f.Code == explain.NodeNotChecked || contains(elsewhere, f)
	})
}

// signature is the same for findings that say the same of different nodes.
func signature(findings []explain.Finding) string {
	var out strings.Builder
	for _, f := range findings {
		out.WriteString(f.Code)
		for _, name := range slices.Sorted(maps.Keys(f.Args)) {
			if name != "node" && name != "pod" && name != "proxy" {
				fmt.Fprintf(&out, " %s=%q", name, f.Args[name])
			}
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// maxNamed is how many nodes a heading names.
const maxNamed = 10

func groupWords(group []*Path) string {
	if len(group) == 1 {
		return "On " + group[0].Node.Name
	}
	var names []string
	for i, p := range group {
		if i == maxNamed {
			names = append(names, "…")
			break
		}
		names = append(names, p.Node.Name)
	}
	return fmt.Sprintf("On %d nodes (%s); in the words for %s", len(group), strings.Join(names, ", "), names[0])
}

// unread says what to do about the first node that was not read; the others are alike.
func (out *nodesPrinter) unread() {
	for _, p := range out.paths.Items {
		for _, f := range p.Findings {
			if f.Code == explain.NodeNotChecked && len(f.Next) > 0 {
				out.line("To see more of a node that was not read:")
				out.line("  next  " + render.Escape(f.Next[0]))
				out.line("  more  kubectl kk explain " + f.Code)
				out.line("")
				return
			}
		}
	}
}

// nodesVerdict is the answer in one sentence, or two.
func nodesVerdict(p *Paths) string {
	s := p.Summary
	var parts []string
	if s.Differ > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s %s not agree with the API", s.Differ, count(s.Nodes, "node"), verb(s.Differ, "does", "do")))
	} else if s.Agree > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s %s with the API", s.Agree, count(s.Nodes, "node"), verb(s.Agree, "agrees", "agree")))
	}
	if s.NotRead > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be read", s.NotRead))
	}
	if n := s.NotChecked - s.NotRead; n > 0 {
		parts = append(parts, fmt.Sprintf("%d %s rules that are not followed", n, verb(n, "has", "have")))
	}
	return strings.Join(parts, "; ") + "."
}

func verb(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
