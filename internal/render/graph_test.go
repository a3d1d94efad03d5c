package render

import (
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
