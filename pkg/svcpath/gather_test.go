package svcpath

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/fake"
	testclient "k8s.io/client-go/testing"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// recordedWay gives the readings it was made with, one after the other.
type recordedWay struct {
	readings []*snapshot.Reading
	looks    int
}

func (w *recordedWay) Read(context.Context, node.Target, node.Plan) (*snapshot.Reading, error) {
	reading := w.readings[min(w.looks, len(w.readings)-1)]
	w.looks++
	return reading, nil
}

// readings gives each node what was recorded of it.
type readings []snapshot.Reading

func (r readings) Read(_ context.Context, target node.Target, _ node.Plan) (*snapshot.Reading, error) {
	for i := range r {
		if r[i].Node == target.Node {
			return &r[i], nil
		}
	}
	return nil, errors.New("not recorded")
}

// refusingWay is a cluster that says no.
type refusingWay struct{}

func (refusingWay) Read(context.Context, node.Target, node.Plan) (*snapshot.Reading, error) {
	return nil, &node.Refused{Missing: snapshot.Missing{What: "create a debug pod", Why: "not here"}}
}

// cluster is the recorded cluster behind a client.
func cluster(s *snapshot.Snapshot) *fake.Clientset {
	var objects []runtime.Object
	for i := range s.Services {
		objects = append(objects, &s.Services[i])
	}
	for i := range s.EndpointSlices {
		objects = append(objects, &s.EndpointSlices[i])
	}
	for i := range s.Pods {
		objects = append(objects, &s.Pods[i])
	}
	for i := range s.Nodes {
		objects = append(objects, &s.Nodes[i])
	}
	for i := range s.ConfigMaps {
		objects = append(objects, &s.ConfigMaps[i])
	}
	return fake.NewClientset(objects...)
}

func gathered(t *testing.T, file string, ways ...Way) (*fake.Clientset, *Path) {
	t.Helper()
	s, req := load(t, file)
	client := cluster(s)
	got, err := Gather(context.Background(), Source{Client: client, Ways: ways, Warn: func(string) {}, Pause: time.Millisecond}, req)
	if err != nil {
		t.Fatal(err)
	}
	path, err := Analyze(got, req)
	if err != nil {
		t.Fatal(err)
	}
	return client, path
}

func reading(t *testing.T, file string) *snapshot.Reading {
	t.Helper()
	s, _ := load(t, file)
	return &s.Readings[0]
}

// TestGatherAsksWhatIsAllowed holds the requests to the rules of plugins.yaml, for a
// node that agrees and for one with an address that nobody lists.
func TestGatherAsksWhatIsAllowed(t *testing.T) {
	for _, file := range []string{"../../testdata/demo.json", "testdata/stale.json"} {
		client, _ := gathered(t, file, &recordedWay{readings: []*snapshot.Reading{reading(t, file)}})
		onlyAllowed(t, file, client.Actions())
	}
}

func onlyAllowed(t *testing.T, what string, requests []testclient.Action) {
	t.Helper()
	command, ok := kk.Command("svcpath")
	if !ok {
		t.Fatal("plugins.yaml has no svcpath")
	}
	if n := len(requests); n < 6 {
		t.Errorf("%s: only %d requests were seen", what, n)
	}
	for _, action := range requests {
		allowed := false
		for _, access := range command.RBAC {
			of := action.GetNamespace()
			inTarget := access.Namespace == "target" && of != "" && of != proxyNamespace
			if access.Way == "" && (access.Namespace == "" || access.Namespace == of || inTarget) {
				allowed = allowed || slices.ContainsFunc(access.Rules, func(r rbacv1.PolicyRule) bool {
					return slices.Contains(r.Verbs, action.GetVerb()) && slices.Contains(r.Resources, action.GetResource().Resource) &&
						slices.Contains(r.APIGroups, action.GetResource().Group)
				})
			}
		}
		if !allowed {
			t.Errorf("%s: %s %s in %q is not in plugins.yaml", what, action.GetVerb(), action.GetResource().Resource, action.GetNamespace())
		}
	}
}

// TestSecondLook: a rule that is there a moment later was only late. One that is still
// not there is missing.
func TestSecondLook(t *testing.T) {
	late := reading(t, "../../testdata/demo.json")
	empty := *late
	empty.Outputs = slices.Clone(late.Outputs)
	for i := range empty.Outputs {
		if o := &empty.Outputs[i]; o.Argv[len(o.Argv)-1] == "KUBE-SERVICES" {
			o.Text = ""
		}
	}
	way := &recordedWay{readings: []*snapshot.Reading{&empty, late}}
	if _, path := gathered(t, "../../testdata/demo.json", way); way.looks != 2 || len(path.Findings) != 0 {
		t.Errorf("%d looks, findings %v; want two and none", way.looks, path.Findings)
	}
	way = &recordedWay{readings: []*snapshot.Reading{&empty}}
	if _, path := gathered(t, "../../testdata/demo.json", way); way.looks != 2 || len(path.Findings) != 1 || path.Findings[0].Code != explain.DispatchRuleAbsent {
		t.Errorf("%d looks, findings %v; want two and %s", way.looks, path.Findings, explain.DispatchRuleAbsent)
	}
	way = &recordedWay{readings: []*snapshot.Reading{late}}
	if gathered(t, "../../testdata/demo.json", way); way.looks != 1 {
		t.Errorf("%d looks at a node that agrees", way.looks)
	}
}

// TestRefusedWays: the next way is tried, and the first is not asked again.
func TestRefusedWays(t *testing.T) {
	way := &recordedWay{readings: []*snapshot.Reading{reading(t, "testdata/stale.json")}}
	_, path := gathered(t, "testdata/stale.json", refusingWay{}, way)
	if way.looks != 2 || len(path.NotChecked) != 1 || path.NotChecked[0].Why != "not here" {
		t.Errorf("%d looks, not checked %v", way.looks, path.NotChecked)
	}
	_, path = gathered(t, "testdata/stale.json", refusingWay{}, refusingWay{})
	if path.Agreement != NotChecked || len(path.NotChecked) != 2 {
		t.Errorf("agreement %q, not checked %v", path.Agreement, path.NotChecked)
	}
}

// TestInterruptedWhileItWaits: the pause before a second look ends with the context.
func TestInterruptedWhileItWaits(t *testing.T) {
	s, req := load(t, "testdata/stale.json")
	ctx, cancel := context.WithCancel(context.Background())
	way := &recordedWay{readings: []*snapshot.Reading{reading(t, "testdata/stale.json")}}
	begun := time.Now()
	time.AfterFunc(50*time.Millisecond, cancel)
	_, err := Gather(ctx, Source{Client: cluster(s), Ways: []Way{way}, Warn: func(string) {}, Pause: time.Minute}, req)
	if err == nil || time.Since(begun) > 10*time.Second {
		t.Errorf("%v after %s", err, time.Since(begun))
	}
}
