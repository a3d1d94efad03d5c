package svcpath

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// slowWay is a cluster of nodes that all give one reading, each after a while.
type slowWay struct {
	reading snapshot.Reading
	latency time.Duration
	// refuse is what it says to a node instead.
	refuse func(node string) error

	at, most, asked atomic.Int32
}

func (w *slowWay) Read(ctx context.Context, target node.Target, _ node.Plan) (*snapshot.Reading, error) {
	w.asked.Add(1)
	w.most.Store(max(w.most.Load(), w.at.Add(1)))
	defer w.at.Add(-1)
	select {
	case <-time.After(w.latency):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if w.refuse != nil {
		if err := w.refuse(target.Node); err != nil {
			return nil, err
		}
	}
	reading := w.reading
	reading.Node = target.Node
	return &reading, nil
}

// manyNodes is the demo's cluster with so many Ready nodes more.
func manyNodes(t *testing.T, n int) (*fake.Clientset, Request, *slowWay) {
	t.Helper()
	s, req := load(t, "../../testdata/demo.json")
	proxy := *kubeproxy.FindPod(s.Pods, s.Readings[0].Node)
	for i := range n {
		proxy.Name, proxy.Spec.NodeName = fmt.Sprintf("kube-proxy-%03d", i), fmt.Sprintf("node-%03d", i)
		s.Pods = append(s.Pods, proxy)
		s.Nodes = append(s.Nodes, corev1.Node{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("node-%03d", i), Labels: map[string]string{"half": fmt.Sprint(i % 2)}},
			Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
		})
	}
	s.Nodes = s.Nodes[1:]
	return cluster(s), req, &slowWay{reading: s.Readings[0], latency: 2 * time.Second}
}

func silent(string) {}

// TestNodesAreReadAtOnce: 100 nodes of 2 s each, ten at a time, take no more than a fifth
// longer than they must; and the API server is asked as often as for one node.
func TestNodesAreReadAtOnce(t *testing.T) {
	requests := map[int]int{}
	for _, n := range []int{1, 100} {
		synctest.Test(t, func(t *testing.T) {
			client, req, way := manyNodes(t, n)
			begun, reports := time.Now(), []int{}
			s, err := GatherNodes(t.Context(), Source{Client: client, Ways: []Way{way}, Warn: silent}, req, Nodes{
				Concurrency: 10, Progress: func(done, _ int) { reports = append(reports, done) },
			})
			if err != nil {
				t.Fatal(err)
			}
			if took, limit := time.Since(begun), 2*time.Second*100/10*12/10; took > limit {
				t.Errorf("%d nodes took %s, limit %s", n, took, limit)
			}
			paths, err := AnalyzeNodes(s, req, "")
			if err != nil {
				t.Fatal(err)
			}
			if want := (Summary{Nodes: n, Agree: n}); paths.Summary != want || way.most.Load() > 10 {
				t.Errorf("%+v, at most %d at a time; want %+v and 10", paths.Summary, way.most.Load(), want)
			}
			if !slices.IsSorted(reports) || len(reports) != n+1 || reports[n] != n {
				t.Errorf("progress %v", reports)
			}
			requests[n] = len(client.Actions())
		})
	}
	if requests[1] != requests[100] || requests[1] > 6 {
		t.Errorf("requests by number of nodes: %v", requests)
	}
}

// TestNodesBySelector: the API server and a recording choose the same nodes.
func TestNodesBySelector(t *testing.T) {
	client, req, way := manyNodes(t, 6)
	way.latency = 0
	s, err := GatherNodes(t.Context(), Source{Client: client, Ways: []Way{way}, Warn: silent}, req, Nodes{Selector: "half=1", Concurrency: 2})
	if err != nil {
		t.Fatal(err)
	}
	if paths, err := AnalyzeNodes(s, req, "half=1"); err != nil || paths.Summary.Nodes != 3 || way.asked.Load() != 3 {
		t.Errorf("%+v, %v, %d nodes read; want 3", paths, err, way.asked.Load())
	}
	if _, err := AnalyzeNodes(s, req, "half=0"); err == nil || !strings.Contains(err.Error(), "no node that matches half=0") {
		t.Errorf("got %v", err)
	}
	if _, err := GatherNodes(t.Context(), Source{Client: client, Warn: silent}, req, Nodes{Selector: "half=2"}); err == nil || !strings.Contains(err.Error(), "none matches --nodes=half=2") {
		t.Errorf("got %v", err)
	}
}

// TestNodesThatCannotBeRead are in the answer with the reason, and the others are too.
func TestNodesThatCannotBeRead(t *testing.T) {
	client, req, way := manyNodes(t, 3)
	down, _ := client.CoreV1().Nodes().Get(t.Context(), "node-001", metav1.GetOptions{})
	down.Status.Conditions[0] = corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionUnknown, Reason: "NodeStatusUnknown", Message: "Kubelet stopped posting node status."}
	if _, err := client.CoreV1().Nodes().UpdateStatus(t.Context(), down, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
	way.latency, way.refuse = 0, func(name string) error {
		if name == "node-002" {
			return errors.New("its disk is full")
		}
		return nil
	}
	s, err := GatherNodes(t.Context(), Source{Client: client, Ways: []Way{way}, Warn: silent}, req, Nodes{Concurrency: 3})
	if err != nil {
		t.Fatal(err)
	}
	paths, err := AnalyzeNodes(s, req, "")
	if err != nil {
		t.Fatal(err)
	}
	if want := (Summary{Nodes: 3, Agree: 1, NotChecked: 2, NotRead: 2}); paths.Summary != want || paths.HasErrors() {
		t.Errorf("%+v, want %+v", paths.Summary, want)
	}
	for i, why := range []string{"<none>", "not read: it is not Ready (NodeStatusUnknown: Kubelet stopped posting node status.)", "not read: its disk is full"} {
		if got := paths.Items[i].foundWords(); got != why {
			t.Errorf("%s: %s, want %s", paths.Items[i].Node.Name, got, why)
		}
	}
}

// TestClosedWayIsNotTriedOnEveryNode: what RBAC forbids on one node it forbids on all,
// and the user is told once. A node without a kube-proxy pod says nothing about others.
func TestClosedWayIsNotTriedOnEveryNode(t *testing.T) {
	client, req, exec := manyNodes(t, 50)
	exec.latency = time.Millisecond
	exec.refuse = func(name string) error {
		if name == "node-007" {
			return &node.Refused{Missing: snapshot.Missing{What: "exec", Why: "no kube-proxy pod was found on this node"}}
		}
		return nil
	}
	debug := &slowWay{latency: time.Millisecond, refuse: func(string) error {
		return &node.Refused{Missing: snapshot.Missing{What: "create a debug pod", Why: "forbidden", Allow: &rbacv1.PolicyRule{Verbs: []string{"create"}}}}
	}}
	var told atomic.Int32
	s, err := GatherNodes(t.Context(), Source{Client: client, Ways: []Way{debug, exec}, Warn: func(string) { told.Add(1) }}, req, Nodes{Concurrency: 5})
	if err != nil {
		t.Fatal(err)
	}
	paths, err := AnalyzeNodes(s, req, "")
	if err != nil {
		t.Fatal(err)
	}
	if debug.asked.Load() > 5 || told.Load() != 1 || paths.Summary.Agree != 49 || paths.Summary.NotRead != 1 {
		t.Errorf("a closed way was tried %d times, told %d times, %+v", debug.asked.Load(), told.Load(), paths.Summary)
	}
	if got := paths.Items[7].foundWords(); got != "not read: no kube-proxy pod was found on this node" {
		t.Errorf("node-007: %s", got)
	}
}

// TestInterruptedNodes: no reading goes on when the answer is given up.
func TestInterruptedNodes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, req, way := manyNodes(t, 30)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		_, err := GatherNodes(ctx, Source{Client: client, Ways: []Way{way}, Warn: silent}, req, Nodes{Concurrency: 4})
		if err == nil || way.at.Load() != 0 || way.asked.Load() > 8 {
			t.Errorf("%v with %d readings under way, %d begun", err, way.at.Load(), way.asked.Load())
		}
	})
}

// lateWay is a cluster in which one node has no rules of Services when it is first read.
type lateWay struct {
	Way
	late  string
	looks map[string]int
	mu    sync.Mutex
}

func (w *lateWay) Read(ctx context.Context, target node.Target, plan node.Plan) (*snapshot.Reading, error) {
	reading, err := w.Way.Read(ctx, target, plan)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.looks[target.Node]++; err == nil && target.Node == w.late && w.looks[w.late] == 1 {
		reading.Outputs = slices.Clone(reading.Outputs)
		for i := range reading.Outputs {
			if o := &reading.Outputs[i]; o.Argv[len(o.Argv)-1] == servicesChain {
				o.Text = ""
			}
		}
	}
	return reading, err
}

// TestSecondLookAtOneNodeOfMany: only the node that differs is read again, after one pause.
func TestSecondLookAtOneNodeOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, req, way := manyNodes(t, 20)
		late, begun := &lateWay{Way: way, late: "node-011", looks: map[string]int{}}, time.Now()
		s, err := GatherNodes(t.Context(), Source{Client: client, Ways: []Way{late}, Warn: silent, Pause: 5 * time.Second}, req, Nodes{Concurrency: 20})
		if err != nil {
			t.Fatal(err)
		}
		if took := time.Since(begun); took != 9*time.Second {
			t.Errorf("it took %s, want two looks of 2 s and one pause of 5 s", took)
		}
		if paths, err := AnalyzeNodes(s, req, ""); err != nil || paths.Summary.Agree != 20 || late.looks["node-011"] != 2 || late.looks["node-010"] != 1 {
			t.Errorf("%+v, %v, looks %v", paths.Summary, err, late.looks)
		}
	})
}
