package svcpath

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// walked is a recording with the question it was made for.
func walked(t *testing.T, name string) *Path {
	t.Helper()
	s, req := load(t, "testdata/walks/"+name+".json")
	switch name {
	case "all":
		req.Walks = true
	case "outside":
		req.From, req.ToNode = from(t, "203.0.113.7"), "k8s-node1"
	case "hairpin":
		for _, slice := range s.EndpointSlices {
			for _, e := range slice.Endpoints {
				if pod := s.PodWithIP(e.Addresses[0]); pod != nil && len(s.Pods) > 0 && pod.Name == s.Pods[0].Name {
					req.From = from(t, "pod/"+pod.Name)
				}
			}
		}
	default:
		req.From = from(t, "pod/curl")
	}
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func from(t *testing.T, text string) From {
	t.Helper()
	f, err := ParseFrom(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestGoldenWalks holds the whole answer to each recording of walks.
func TestGoldenWalks(t *testing.T) {
	for _, name := range []string{"pod", "hairpin", "outside", "all", "dropped"} {
		path := walked(t, name)
		object, err := json.MarshalIndent(path, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, "testdata/walks/"+name+".golden.json", string(object)+"\n")
		golden.Compare(t, "testdata/walks/"+name+".golden.txt", text(t, path, Options{}))
	}
}

// TestWalksSchema holds the goldens of walks to the published schema.
func TestWalksSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/walks/*.golden.json")
	if err != nil || len(files) != 5 {
		t.Fatalf("%d goldens (%v)", len(files), err)
	}
	golden.Schema(t, "../../docs/schema/servicepath.json", Kind+" "+APIVersion, inferred(t), files)
}

// TestStoppedIsFound: a rule of somebody else is an error with that rule as evidence, and
// names who is stopped and on the way where; kube-proxy's own refusals are none.
func TestStoppedIsFound(t *testing.T) {
	path := walked(t, "dropped")
	var found []explain.Finding
	for _, f := range path.Findings {
		if f.Code == explain.StoppedAfterTranslation {
			found = append(found, f)
		}
	}
	if len(found) != 1 || !path.HasErrors() {
		t.Fatalf("%+v", path.Findings)
	}
	f := found[0]
	if f.Args["chain"] != "FORWARD" || f.Args["table"] != "filter" || f.Args["verdict"] != "DROP" || f.Args["clients"] != "pod/default/curl" ||
		!strings.Contains(f.Evidence[0].What, "no web here") {
		t.Errorf("%+v", f)
	}
	w := path.Walks[0]
	if w.Verdict != netfilter.DNAT || len(w.Endpoints) != 1 || len(w.Others) != 1 || f.Args["endpoints"] == w.Endpoints[0].Address {
		t.Errorf("%+v", w)
	}
	other := walked(t, "pod")
	if other.HasErrors() {
		t.Errorf("%+v", other.Findings)
	}
}

// TestHairpin: an endpoint that is sent to itself must not see its own address as the
// source, so that way alone is masqueraded.
func TestHairpin(t *testing.T) {
	path := walked(t, "hairpin")
	w := path.Walks[0]
	if len(w.Endpoints) != 2 {
		t.Fatalf("%+v", w)
	}
	for _, e := range w.Endpoints {
		itself := strings.HasPrefix(e.Address, path.Client.Addresses[0]+":")
		if e.Masquerade != itself {
			t.Errorf("to %s masquerade is %v; the client has %v", e.Address, e.Masquerade, path.Client.Addresses)
		}
	}
}
