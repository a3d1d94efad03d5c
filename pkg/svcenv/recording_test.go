package svcenv

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// replayed answers from a recording, for its first Pod.
func replayed(data []byte) (*View, error) {
	s, err := snapshot.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	r := Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}, ShowValues: true}
	if len(s.Pods) > 0 {
		r.Namespace, r.Target.Name = s.Pods[0].Namespace, s.Pods[0].Name
	}
	return Analyze(s, r)
}

// TestGolden holds the answers to recordings of a real cluster, which hack/generate.sh makes.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, file := range files {
		if strings.HasSuffix(file, ".golden.json") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		v, err := replayed(data)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		name := strings.TrimSuffix(file, ".json")
		golden.Compare(t, name+".golden.json", asJSON(t, v)+"\n")
		golden.Compare(t, name+".golden.txt", rendered(t, v, Options{}))
		compared++
	}
	if compared == 0 {
		t.Fatal("there is no recording; run hack/generate.sh env on the test cluster")
	}
}

// TestReplay: a recording answers twice the same, byte for byte.
func TestReplay(t *testing.T) {
	data := encoded(t, busy(t))
	first, err := replayed(data)
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		again, err := replayed(data)
		if err != nil || asJSON(t, again) != asJSON(t, first) {
			t.Fatalf("another answer: %v", err)
		}
	}
}

func encoded(t testing.TB, w *world) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := snapshot.Encode(&out, w.snapshot()); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// FuzzRecording: whatever stands in a file that somebody sends, there is an answer or an error.
func FuzzRecording(f *testing.F) {
	f.Add(encoded(f, busy(f)))
	quiet := newWorld(f)
	quiet.fromSecret("REDIS_")
	quiet.key("A", "settings", "a", false)
	quiet.notRead, quiet.absent = "it waits", []string{"ConfigMap shop/settings"}
	f.Add(encoded(f, quiet))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := replayed(data)
		if err != nil {
			return
		}
		for _, o := range []Options{{}, {Wide: true, ShowValues: true}} {
			if err := Render(io.Discard, v, o); err != nil {
				t.Fatal(err)
			}
		}
	})
}
