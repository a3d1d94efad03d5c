//go:build e2e

package e2e

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// TestGraphvizReads has Graphviz read the drawings of Services of every type, and one whose
// texts mean something in its language, or are too long for it.
func TestGraphvizReads(t *testing.T) {
	for _, name := range []string{"kubernetes", clusterIPService, "service-hellok8s-nodeport", "service-hellok8s-dual", "service-hellok8s-headless", "service-hellok8s-externalname"} {
		got := kk(t, "svcpath", name, "-o", "dot")
		if got.exit == 1 {
			t.Fatalf("%s: %s", name, got.stderr)
		}
		graphviz(t, name, got.stdout, strings.Count(got.stdout, " [label="))
	}
	for _, text := range []string{
		"a\"]; n9 [label=\"x\\ <b>#`\n\x1b[31m", "end", "a|b", `\N \G \l \`, "---", "", "<script>", "&amp;", "\u202e中文", "\xff\xfe", strings.Repeat("x", 20_000),
	} {
		var out bytes.Buffer
		g := render.Graph{Title: text, Boxes: []render.Box{{Lines: []string{text, "two"}}, {Lines: []string{text}, Round: true}}, Edges: []render.Edge{{To: 1, Label: text}}}
		if err := render.WriteDOT(&out, g); err != nil {
			t.Fatal(err)
		}
		graphviz(t, text, out.String(), 3)
	}
}

// graphviz holds what it draws to the number of boxes and arrows that were written.
func graphviz(t *testing.T, what, drawing string, want int) {
	t.Helper()
	cmd := exec.Command("dot", "-Tplain")
	cmd.Stdin = strings.NewReader(drawing)
	said, err := cmd.CombinedOutput()
	if got := bytes.Count(said, []byte("\nnode ")) + bytes.Count(said, []byte("\nedge ")); err != nil || got != want {
		t.Errorf("%.30q: %d boxes and arrows of %d, %v: %s", what, got, want, err, said)
	}
}
