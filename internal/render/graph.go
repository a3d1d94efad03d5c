package render

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Graph is boxes and arrows, to be drawn by another program.
type Graph struct {
	Title string
	Boxes []Box
	Edges []Edge
}

// Box is one box of a Graph. Its number is its place in Boxes.
type Box struct {
	// Lines are its text.
	Lines []string
	// Round is for where a connection comes from and where it ends.
	Round bool
	// Bad is for what is wrong.
	Bad bool
}

// Edge is an arrow between two boxes.
type Edge struct {
	From, To int
	Label    string
	// Dashed is for an arrow that should be there and is not, or that was not read.
	Dashed bool
}

// WriteDOT writes the graph in the language of Graphviz. Texts are escaped.
func WriteDOT(w io.Writer, g Graph) error {
	var out strings.Builder
	fmt.Fprintf(&out, "digraph {\n  label=%s labelloc=t rankdir=LR\n  node [shape=box fontname=monospace]\n  edge [fontname=monospace]\n", dotText(g.Title))
	for i, b := range g.Boxes {
		fmt.Fprintf(&out, "  n%d [label=%s%s%s]\n", i, dotText(b.Lines...), when(b.Round, " style=rounded"), when(b.Bad, " color=red"))
	}
	for _, e := range g.Edges {
		fmt.Fprintf(&out, "  n%d -> n%d [label=%s%s]\n", e.From, e.To, dotText(e.Label), when(e.Dashed, " style=dashed"))
	}
	out.WriteString("}\n")
	_, err := io.WriteString(w, out.String())
	return err
}

// dotText is a quoted string: a backslash and a quotation mark mean something in it.
func dotText(lines ...string) string {
	var out []string
	for _, line := range lines {
		out = append(out, strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(short(line)))
	}
	return `"` + strings.Join(out, `\n`) + `"`
}

// maxLine is how much of a line is drawn. Graphviz reads no text of more than 16384 bytes.
const maxLine = 400

func short(line string) string { return Fit(Escape(line), maxLine) }

// maxMermaid is how many arrows Mermaid draws, and bytes it reads; a picture cannot ask for
// more (maxEdges and maxTextSize of its configuration).
const (
	maxMermaidEdges = 500
	maxMermaidText  = 50_000
)

// WriteMermaid writes the graph as a flowchart of Mermaid. Texts are escaped. Its error says
// that Mermaid would not draw it.
func WriteMermaid(w io.Writer, g Graph) error {
	text := mermaid(g)
	if len(g.Edges) > maxMermaidEdges || len(text) > maxMermaidText {
		return fmt.Errorf("the drawing has %d arrows in %d bytes, and Mermaid draws %d in %d at most: use -o dot", len(g.Edges), len(text), maxMermaidEdges, maxMermaidText)
	}
	_, err := io.WriteString(w, text)
	return err
}

func mermaid(g Graph) string {
	var out strings.Builder
	// Two percent signs begin a directive, wherever they stand.
	title := strings.ReplaceAll(strconv.Quote(short(g.Title)), "%%", `\x25\x25`)
	fmt.Fprintf(&out, "---\ntitle: %s\n---\nflowchart LR\n", title)
	for i, b := range g.Boxes {
		open, end := "[", "]"
		if b.Round {
			open, end = "([", "])"
		}
		fmt.Fprintf(&out, "  n%d%s%s%s\n", i, open, mermaidText(b.Lines...), end)
	}
	for _, e := range g.Edges {
		arrow := "-->"
		if e.Dashed {
			arrow = "-.->"
		}
		label := ""
		if e.Label != "" {
			label = "|" + mermaidText(e.Label) + "|"
		}
		fmt.Fprintf(&out, "  n%d %s%s n%d\n", e.From, arrow, label, e.To)
	}
	for i, b := range g.Boxes {
		if b.Bad {
			fmt.Fprintf(&out, "  style n%d stroke:red\n", i)
		}
	}
	return out.String()
}

// mermaidText is a quoted string, in which characters are written by number as #34;
// and everything else may be HTML. An empty one is no text to it.
func mermaidText(lines ...string) string {
	escape := strings.NewReplacer("#", "#35;", `"`, "#34;", "<", "#60;", ">", "#62;", "&", "#38;", "`", "#96;", "%%", "#37;#37;", "$$", "#36;#36;")
	var out []string
	for _, line := range lines {
		out = append(out, escape.Replace(short(line)))
	}
	return `"` + cmp.Or(strings.Join(out, "<br/>"), " ") + `"`
}

func when(yes bool, text string) string {
	if yes {
		return text
	}
	return ""
}
