package svcpath

import (
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestGoldenFields is the other forms of what only some Services have: a load balancer with
// source ranges, one that keeps its address, an address that another Service has, names.
func TestGoldenFields(t *testing.T) {
	for _, name := range []string{"field-lb", "field-lb-proxy", "field-claims-a", "field-names", "field-alias"} {
		s, req := load(t, "testdata/"+name+".json")
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		compareGraphs(t, name, path)
		golden.Compare(t, "testdata/"+name+"-explain.golden.txt", text(t, path, Options{Explain: true}))
		golden.Compare(t, "testdata/"+name+"-zh.golden.txt", text(t, path, Options{Lang: explain.Chinese}))
	}
}
