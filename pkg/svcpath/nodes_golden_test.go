package svcpath

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// stalePaths is a recording of two nodes, on one of which kube-proxy had stopped.
func stalePaths(t *testing.T) (*snapshot.Snapshot, Request) {
	t.Helper()
	return load(t, "testdata/nodes/stale.json")
}

func nodesText(t *testing.T, s *snapshot.Snapshot, req Request, o Options) string {
	t.Helper()
	paths, err := AnalyzeNodes(s, req, "")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := RenderNodes(&out, paths, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestGoldenNodes is the answer for a node that agrees beside one that does not.
func TestGoldenNodes(t *testing.T) {
	s, req := stalePaths(t)
	paths, err := AnalyzeNodes(s, req, "")
	if err != nil {
		t.Fatal(err)
	}
	object, err := json.MarshalIndent(paths, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/nodes/stale.golden.json", string(object)+"\n")
	golden.Compare(t, "testdata/nodes/stale.golden.txt", nodesText(t, s, req, Options{}))
	golden.Compare(t, "testdata/nodes/stale-zh.golden.txt", nodesText(t, s, req, Options{Lang: explain.Chinese}))
}

// TestGoldenManyNodes: nodes of which the same is to be said share the words, and a node
// that was not read stands there with its reason.
func TestGoldenManyNodes(t *testing.T) {
	s, req := stalePaths(t)
	for _, like := range []string{"k8s-node1", "k8s-master"} {
		n, r := *s.Node(like), *s.Reading(like)
		n.Name, r.Node = like+"-twin", like+"-twin"
		s.Nodes, s.Readings = append(s.Nodes, n), append(s.Readings, r)
		proxy := *kubeproxy.FindPod(s.Pods, like)
		proxy.Spec.NodeName = like + "-twin"
		s.Pods = append(s.Pods, proxy)
	}
	down := *s.Node("k8s-master")
	down.Name = "k8s-down"
	s.Nodes = append(s.Nodes, down)
	s.Missing = append(s.Missing, snapshot.Missing{What: "read node k8s-down", Why: "it is not Ready (NodeStatusUnknown: Kubelet stopped posting node status.)", Reading: true, Node: "k8s-down"})
	golden.Compare(t, "testdata/nodes/many.golden.txt", nodesText(t, s, req, Options{}))
}

// TestNodesOfAServiceWithoutRules: nothing is asked of any node.
func TestNodesOfAServiceWithoutRules(t *testing.T) {
	s, req := load(t, "testdata/headless.json")
	got, err := GatherNodes(t.Context(), Source{Client: cluster(s), Warn: silent}, req, Nodes{Concurrency: 1})
	if err != nil {
		t.Fatal(err)
	}
	if text := nodesText(t, got, req, Options{}); !strings.Contains(text, "No node has rules for this Service") {
		t.Errorf("it says:\n%s", text)
	}
}

// TestNodesSchema holds the published schema to the types, and the golden to the schema.
func TestNodesSchema(t *testing.T) {
	path := inferred(t)
	defs := path.Defs
	path.Defs = nil
	schema, err := jsonschema.For[Paths](&jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Path](): {Ref: "#/$defs/Path"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	schema.Properties["items"].Items = &jsonschema.Schema{Ref: "#/$defs/Path"}
	schema.Defs = map[string]*jsonschema.Schema{"Path": path, "Step": defs["Step"]}
	golden.Schema(t, "../../docs/schema/servicepathlist.json", ListKind+" "+APIVersion, schema, []string{"testdata/nodes/stale.golden.json"})
}

// TestNodesAskWhatIsAllowed holds the requests for many nodes to the rules of plugins.yaml.
func TestNodesAskWhatIsAllowed(t *testing.T) {
	s, req := stalePaths(t)
	client := cluster(s)
	ways := []Way{readings(s.Readings)}
	got, err := GatherNodes(t.Context(), Source{Client: client, Ways: ways, Warn: silent}, req, Nodes{Concurrency: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.AddressesAsked, []string{"192.0.2.1"}) {
		t.Errorf("asked for the owners of %v", got.AddressesAsked)
	}
	onlyAllowed(t, "nodes", client.Actions())
}
