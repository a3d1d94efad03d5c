package dns

import (
	"bytes"
	"io"
	"os"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// recordings are those of a real cluster, which hack/generate.sh makes, and the names
// that were asked for.
var recordings = map[string][]string{
	"pod": nil, "live": {"kube-dns.kube-system", "www.example.com"}, "computed": {"hellok8s"},
	"traps": {"address", "only-there", "web"}, "policy": nil,
}

// replayed answers from a recording, for its first Pod.
func replayed(data []byte, names []string) (*Resolution, error) {
	s, err := snapshot.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	req := Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: "web"}, Names: names}
	if len(s.Pods) > 0 {
		req.Namespace, req.Target.Name = s.Pods[0].Namespace, s.Pods[0].Name
	}
	f, err := FactsOf(s, req)
	if err != nil {
		return nil, err
	}
	return Analyze(f), nil
}

func recorded(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/recordings/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestRecordings holds the answers to what was read of a real cluster.
func TestRecordings(t *testing.T) {
	for name, names := range recordings {
		r, err := replayed(recorded(t, name), names)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		complete(t, r)
		held(t, "recordings/"+name+".golden.txt", text(t, r, Options{}))
		held(t, "recordings/"+name+".wide.golden.txt", text(t, r, Options{Wide: true}))
	}
}

// FuzzRecording: whatever stands in a file that somebody sends, there is an answer or an
// error.
func FuzzRecording(f *testing.F) {
	for name := range recordings {
		f.Add(recorded(f, name), "web.shop")
	}
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		if CheckName(name) != nil {
			return
		}
		r, err := replayed(data, []string{name})
		if err != nil {
			return
		}
		for _, wide := range []bool{false, true} {
			if err := Render(io.Discard, r, Options{Wide: wide}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
