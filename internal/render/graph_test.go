package render

import (
	"bytes"
	"strings"
	"testing"
)

// TestGraphEscapes: no text of a cluster ends its string, or adds a box of its own.
func TestGraphEscapes(t *testing.T) {
	evil := "a\"]; n9 [label=\"x\\ <b>#`\n\x1b[31m"
	g := Graph{Title: evil, Boxes: []Box{{Lines: []string{evil, "two"}}}, Edges: []Edge{{Label: evil}}}
	var dot, mermaid strings.Builder
	if err := WriteDOT(&dot, g); err != nil {
		t.Fatal(err)
	}
	if err := WriteMermaid(&mermaid, g); err != nil {
		t.Fatal(err)
	}
	if want := `n0 [label="a\"]; n9 [label=\"x\\ <b>#` + "`" + `\\n\\x1b[31m\ntwo"]`; !strings.Contains(dot.String(), want) {
		t.Errorf("DOT lacks %s:\n%s", want, dot.String())
	}
	if want := `n0["a#34;]; n9 [label=#34;x\ #60;b#62;#35;#96;\n\x1b[31m<br/>two"]`; !strings.Contains(mermaid.String(), want) {
		t.Errorf("Mermaid lacks %s:\n%s", want, mermaid.String())
	}
	for _, text := range []string{dot.String(), mermaid.String()} {
		if strings.Contains(text, "\x1b") || strings.Count(text, "\n") > 9 {
			t.Errorf("raw text came through:\n%q", text)
		}
	}
}

// hostile are texts that mean something in a language of drawings, or are too long for it.
var hostile = []string{
	"a\"]; n9 [label=\"x\\ <b>#`\n\x1b[31m", "end", "a|b", `\N \G \l \`, "%% comment", `%%{init: {"theme": "dark"}}%%`, "---", "", "$$x^2$$",
	"<script>", "&amp;", "\u202e中文", "\xff\xfe", strings.Repeat("x", 20_000),
}

// TestMermaidKeepsToItsLimits: what Mermaid takes for a directive or a formula stays text, no
// text is empty, and a drawing that it would refuse is refused.
func TestMermaidKeepsToItsLimits(t *testing.T) {
	for _, text := range hostile {
		var out bytes.Buffer
		if err := WriteMermaid(&out, Graph{Title: text, Boxes: []Box{{Lines: []string{text}}}, Edges: []Edge{{Label: text}}}); err != nil {
			t.Fatal(err)
		}
		_, drawing, _ := strings.Cut(out.String(), "flowchart LR")
		for _, not := range []string{"%%", "$$", `""`, strings.Repeat("x", maxLine+1)} {
			if strings.Contains(drawing, not) || not == "%%" && strings.Contains(out.String(), not) {
				t.Errorf("%.20q: %q is there", text, not)
			}
		}
	}
	if err := WriteMermaid(&bytes.Buffer{}, Graph{Edges: make([]Edge, maxMermaidEdges+1)}); err == nil || !strings.Contains(err.Error(), "-o dot") {
		t.Errorf("501 arrows: %v", err)
	}
}
