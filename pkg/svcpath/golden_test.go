package svcpath

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// recordings are what svcpath read on a real cluster, by hack/generate.sh.
func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d recordings in testdata (%v)", len(files), err)
	}
	var out []string
	for _, file := range append(files, "../../testdata/demo.json") {
		if !strings.HasSuffix(file, ".golden.json") {
			out = append(out, file)
		}
	}
	return out
}

func load(t *testing.T, file string) (*snapshot.Snapshot, Request) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	svc := s.Services[0]
	return s, Request{Namespace: svc.Namespace, Name: svc.Name}
}

// TestGolden holds the whole answer to each recording, for people and for programs.
func TestGolden(t *testing.T) {
	for _, file := range recordings(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			s, req := load(t, file)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			object, err := json.MarshalIndent(path, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "testdata/"+name+".golden.json", string(object)+"\n")
			golden.Compare(t, "testdata/"+name+".golden.txt", text(t, path, Options{}))
		})
	}
}

// TestGoldenForms is one answer in each form: with every rule, narrow, in Chinese.
func TestGoldenForms(t *testing.T) {
	s, req := load(t, "testdata/stale.json")
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/form-wide.golden.txt", text(t, path, Options{Wide: true}))
	golden.Compare(t, "testdata/form-narrow.golden.txt", text(t, path, Options{Style: render.Style{Width: 60}}))
	golden.Compare(t, "testdata/form-zh.golden.txt", text(t, path, Options{Lang: explain.Chinese}))
	golden.Compare(t, "testdata/form-explain.golden.txt", text(t, path, Options{Explain: true}))
	golden.Compare(t, "testdata/form-explain-zh.golden.txt", text(t, path, Options{Explain: true, Lang: explain.Chinese, Style: render.Style{Width: 80}}))
}

// TestGoldenGraphs is a path with all that a graph can show: a NodePort, an endpoint
// that is missing, one that is stale, a refusal, and a node that was not read.
func TestGoldenGraphs(t *testing.T) {
	for _, name := range []string{"nodeport", "missing", "stale", "no-match", "api-only"} {
		s, req := load(t, "testdata/"+name+".json")
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		compareGraphs(t, name, path)
	}
}

func text(t *testing.T, p *Path, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, p, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// compareGraphs holds the drawings of a path to their goldens.
func compareGraphs(t *testing.T, name string, path *Path) {
	t.Helper()
	for kind, write := range map[string]func(io.Writer, *Path) error{"dot": WriteDOT, "mermaid": WriteMermaid} {
		var out bytes.Buffer
		if err := write(&out, path); err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "testdata/"+name+".golden."+kind, out.String())
	}
}
