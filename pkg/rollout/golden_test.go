package rollout

import (
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const demo = "../../testdata/demo-rollout.ndjson.gz"

// played are all snapshots of a recording, with the request that they answer.
func played(t testing.TB, file string) ([]*snapshot.Snapshot, Request) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	reader, err := snapshot.NewSequenceReader(in)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	req := Request{Namespace: reader.Head.Namespace, Target: kube.Target{Kind: reader.Head.Target, Name: reader.Head.Name}, Limit: 5}
	var out []*snapshot.Snapshot
	for {
		s, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out, req
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		out = append(out, s)
	}
}

// last is the state that a recording ends with.
func last(t testing.TB, file string) *State {
	t.Helper()
	all, req := played(t, file)
	return Analyze(all[len(all)-1], req)
}

func text(t testing.TB, st *State, o Options) string {
	t.Helper()
	var out strings.Builder
	if err := Render(&out, st, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.ndjson")
	if err != nil || len(files) < 8 {
		t.Fatalf("recordings %v: %v", files, err)
	}
	return files
}

// TestGolden holds what is said of each recording of the real cluster.
func TestGolden(t *testing.T) {
	for _, file := range recordings(t) {
		st := last(t, file)
		base := strings.TrimSuffix(file, ".ndjson")
		golden.Compare(t, base+".golden.txt", text(t, st, Options{}))
		data, err := json.MarshalIndent(st, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, base+".golden.json", string(data)+"\n")
	}
	st := last(t, "testdata/crash.ndjson")
	golden.Compare(t, "testdata/form-zh.golden.txt", text(t, st, Options{Lang: explain.Chinese}))
	golden.Compare(t, "testdata/form-80x24.golden.txt", text(t, st, Options{Style: render.Style{Width: 79}, Height: 23}))
	golden.Compare(t, "testdata/form-200x50.golden.txt", text(t, st, Options{Style: render.Style{Width: 199}, Height: 49}))
}

// TestDemo tells the whole of the demo, one line each.
func TestDemo(t *testing.T) {
	all, req := played(t, demo)
	var out strings.Builder
	var before *State
	for _, s := range all {
		st := Analyze(s, req)
		for _, c := range Changes(before, st, explain.English) {
			out.WriteString(st.At.Format("15:04:05") + "  " + c.What + "  " + c.Text + "\n")
		}
		before = st
	}
	golden.Compare(t, "testdata/demo.golden.txt", out.String())
}

// TestSchema holds the published schema to the types, and the goldens to it.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.For[State](nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/rolloutstate.json", Kind+" "+APIVersion, schema, files)
}
