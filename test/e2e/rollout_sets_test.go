//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// TestRolloutStatefulSet: the highest ordinal first, and none below the partition.
func TestRolloutStatefulSet(t *testing.T) {
	s := newStage(t)
	s.create("StatefulSet", "replicas: 3\nserviceName: web\nupdateStrategy: {rollingUpdate: {partition: 1}}", firstVersion)
	s.settled("statefulset/web")
	s.image("statefulset/web", secondVersion)
	all := s.watch("sts/web").end(0)
	final := all[len(all)-1]
	if final.Workload.Partition != 1 || final.Workload.Updated != 2 || !slices.Equal(everFound(all[len(all)-1:]), []string{explain.PartitionHolds}) {
		t.Errorf("%+v, found %v", final.Workload, everFound(all))
	}
	var order []string
	for _, st := range all {
		if next := st.Arithmetic.Next; next != "" && !slices.Contains(order, next) {
			order = append(order, next)
		}
		for _, r := range st.Revisions {
			for _, p := range r.Pods {
				if r.New && p.Ordinal != nil && *p.Ordinal == 0 {
					t.Errorf("%s of revision %d, below the partition", p.Name, r.Number)
				}
			}
		}
	}
	if !slices.Equal(order, []string{"web-2", "web-1"}) && !slices.Equal(order, []string{"web-1"}) {
		t.Errorf("order %v", order)
	}
	for _, r := range final.Revisions {
		for _, p := range r.Pods {
			if hash := s.kubectl("get", "pod", p.Name, "-o", `jsonpath={.metadata.labels.controller-revision-hash}`); hash != r.Name {
				t.Errorf("%s is shown under %s, its label says %s", p.Name, r.Name, hash)
			}
		}
	}
}

// TestRolloutBrokenStatefulSet: going back is not enough; the Pods must be deleted, as it says.
func TestRolloutBrokenStatefulSet(t *testing.T) {
	s := newStage(t)
	s.create("StatefulSet", "replicas: 2\nserviceName: web\nminReadySeconds: 2", firstVersion)
	s.settled("statefulset/web")
	s.image("statefulset/web", problemVersion)
	all := s.watch("sts/web", "--fail-fast").end(2)
	if !slices.Contains(everFound(all), explain.CrashLoop) {
		t.Errorf("found %v", everFound(all))
	}
	s.kubectl("rollout", "undo", "statefulset/web")
	w := s.watch("sts/web")
	var deleted []string
	w.until(90*time.Second, "it is complete", func(st *rollout.State) bool {
		for _, f := range st.Findings {
			// Each Pod once: this state may be an old one.
			if f.Code == explain.BrokenPodBlocks && !slices.Contains(deleted, f.Args["pod"]) {
				deleted = append(deleted, f.Args["pod"])
				kubectl(t, strings.Fields(f.Next[0])[1:]...)
			}
		}
		return st.Verdict == rollout.Complete
	})
	if len(deleted) == 0 {
		t.Error("nothing had to be deleted, so this test shows nothing")
	}
	w.end(0)
}

// TestRolloutDaemonSet: a tainted node gets no Pod, and says why.
func TestRolloutDaemonSet(t *testing.T) {
	s := newStage(t)
	s.create("DaemonSet", "minReadySeconds: 1", firstVersion)
	s.settled("daemonset/web")
	s.image("daemonset/web", secondVersion)
	all := s.watch("ds/web").end(0)
	final := all[len(all)-1]
	if final.Workload.Desired != 2 || final.Workload.Updated != 2 || len(final.Nodes) != 0 || final.Revisions[0].Number != 2 || len(final.Revisions[0].Pods) != 2 {
		t.Errorf("%+v, nodes %+v", final.Workload, final.Nodes)
	}
	for _, st := range all {
		if st.Arithmetic.MaxUnavailable.Value != 1 || st.Arithmetic.AtLeast != st.Workload.Desired-1 {
			t.Errorf("%+v", st.Arithmetic)
		}
	}
	s.kubectl("patch", "daemonset", "web", "--type=merge", "-p", `{"spec":{"template":{"spec":{"nodeSelector":{"kubernetes.io/hostname":"`+workNode+`"}}}}}`)
	all = s.watch("ds/web").end(0)
	final = all[len(all)-1]
	if len(final.Nodes) != 1 || final.Nodes[0].Name != otherNode || final.Nodes[0].ShouldRun || final.Nodes[0].Why != "selector" || final.Workload.Desired != 1 {
		t.Errorf("%+v, nodes %+v", final.Workload, final.Nodes)
	}
}

// TestRolloutTaintedNode: an update of a DaemonSet while one of three nodes is tainted, and
// goes on to it when the taint is gone.
func TestRolloutTaintedNode(t *testing.T) {
	p := newPlane(t)
	for _, name := range []string{"a", "b", "c"} {
		p.node(name, "[]")
	}
	s := bareStage(t)
	s.create("DaemonSet", "updateStrategy: {rollingUpdate: {maxUnavailable: 50%}}", firstVersion)
	updated := func(n string) {
		t.Helper()
		eventually(t, 60*time.Second, n+" Pods are updated and ready", func() bool {
			s.ready()
			return s.kubectl("get", "ds", "web", "-o", "jsonpath={.status.updatedNumberScheduled} {.status.numberAvailable} {.status.desiredNumberScheduled}") == n+" "+n+" "+n
		})
	}
	updated("3")
	p.node("b", `[{"key":"dedicated","value":"db","effect":"NoSchedule"}]`)
	s.image("daemonset/web", secondVersion)
	eventually(t, 20*time.Second, "two nodes are wanted", func() bool {
		return s.kubectl("get", "ds", "web", "-o", "jsonpath={.status.desiredNumberScheduled}") == "2"
	})
	w := s.watch("ds/web")
	w.until(20*time.Second, "the taint is named", func(st *rollout.State) bool {
		return len(st.Nodes) > 0 && st.Nodes[0].Name == "b" && st.Nodes[0].Why == "taint" && st.Nodes[0].What == "dedicated=db:NoSchedule" && !st.Nodes[0].ShouldRun
	})
	// A Pod that is there stays; it is deleted only as an old one.
	updated("2")
	all := w.end(0)
	final := all[len(all)-1]
	if final.Workload.Desired != 2 || final.Arithmetic.AtLeast != 1 || final.Arithmetic.MaxUnavailable.Value != 1 || final.Arithmetic.MaxUnavailable.Rounded != "up" {
		t.Errorf("%+v, %+v", final.Workload, final.Arithmetic)
	}
	p.node("b", "[]")
	eventually(t, 20*time.Second, "three nodes are wanted", func() bool {
		return s.kubectl("get", "ds", "web", "-o", "jsonpath={.status.desiredNumberScheduled}") == "3"
	})
	w = s.watch("ds/web")
	updated("3")
	all = w.end(0)
	if final := all[len(all)-1]; len(final.Nodes) != 0 || final.Workload.Available != 3 {
		t.Errorf("%+v, nodes %+v", final.Workload, final.Nodes)
	}
}

// TestRolloutReplicaSet: a bare one, and one of a Deployment that says so.
func TestRolloutReplicaSet(t *testing.T) {
	s := newStage(t)
	s.create("ReplicaSet", "replicas: 2", firstVersion)
	all := s.watch("rs/web").end(0)
	if final := all[len(all)-1]; final.Workload.Available != 2 || len(final.Findings) != 0 {
		t.Errorf("%+v, %v", final.Workload, final.Findings)
	}
	s.kubectl("delete", "rs", "web", "--wait=true")
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	name := s.kubectl("get", "rs", "-o", "jsonpath={.items[0].metadata.name}")
	all = s.watch("rs/" + name).end(0)
	if codes := everFound(all); !slices.Equal(codes, []string{explain.OwnedByAnother}) {
		t.Errorf("found %v", codes)
	}
	s.kubectl("delete", web, "--cascade=orphan", "--wait=true")
	// The garbage collector takes the owner away from it a moment later.
	got := kk(t, "rollout-watch", "rs/"+name, "-n", s.ns, "--watch=false")
	if got.exit != 0 || strings.Contains(got.stdout, explain.OwnedByAnother) {
		t.Errorf("exit %d\n%s", got.exit, got.stdout)
	}
}

// TestRolloutMadeAgain: the workload is deleted and created again while it is watched.
func TestRolloutMadeAgain(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 6", firstVersion)
	w := s.watch(web)
	s.kubectl("delete", web, "--wait=true")
	w.until(20*time.Second, "it is gone", func(st *rollout.State) bool { return st.Verdict == rollout.Gone })
	s.create("Deployment", "replicas: 2", secondVersion)
	all := w.end(0)
	final := all[len(all)-1]
	if final.Workload.Available != 2 || final.Workload.UID == all[0].Workload.UID || len(final.Revisions) != 1 {
		t.Errorf("%+v, %+v", final.Workload, final.Revisions)
	}
}
