package rollout

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func without(s *snapshot.Snapshot, resource string) {
	s.Missing = append(s.Missing, snapshot.Missing{What: "list and watch " + resource + " in namespace shop", Why: resource + " is forbidden"})
}

// TestWithoutReplicaSets: the status alone tells that a Deployment is complete, and nothing is
// said of what the controller may do.
func TestWithoutReplicaSets(t *testing.T) {
	w := newWorld(3, 0, 3, "1", "0")
	w.sets = nil
	w.more = func(s *snapshot.Snapshot) { without(s, "replicasets") }
	st := w.state()
	if st.Verdict != Progressing || len(st.Revisions) != 0 || !st.Arithmetic.Unknown || !slices.Contains(found(st), "warning "+explain.RevisionsNotRead) {
		t.Errorf("%s, %+v, %v", st.Verdict, st.Arithmetic, found(st))
	}
	if out := text(t, st, Options{}); !strings.Contains(out, "what the controller may do now is not known") || strings.Contains(out, "not made yet") {
		t.Errorf("%s", out)
	}
	w.d.Status.Conditions = []appsv1.DeploymentCondition{{Type: appsv1.DeploymentReplicaFailure, Status: corev1.ConditionTrue, Message: "exceeded quota: two"}}
	if st := w.state(); !slices.Contains(found(st), "error "+explain.QuotaRefuses) {
		t.Errorf("the Deployment's own condition is not heard: %v", found(st))
	}
	w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = 3, 3, 3
	if st := w.state(); st.Verdict != Complete {
		t.Errorf("%s", st.Verdict)
	}
}

// TestRecreateWithoutPods: that no old Pod runs is not said where none was read.
func TestRecreateWithoutPods(t *testing.T) {
	w := newWorld(3, 0, 0, "1", "0")
	w.d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
	w.more = func(s *snapshot.Snapshot) { without(s, "pods") }
	if out := text(t, w.state(), Options{}); !strings.Contains(out, "whether one is left is not known") || strings.Contains(out, "no old Pod runs") {
		t.Errorf("%s", out)
	}
}

// TestStatefulSetWithoutPods: of revisions without a status of their own nothing is counted.
func TestStatefulSetWithoutPods(t *testing.T) {
	w := newSet(3)
	w.more = func(s *snapshot.Snapshot) { s.Pods = nil; without(s, "pods") }
	st := w.state()
	if !st.Arithmetic.Unknown || st.Undo != nil || !st.Revisions[0].Unknown || !st.Revisions[1].Unknown {
		t.Errorf("%+v, %+v, %+v", st.Arithmetic, st.Undo, st.Revisions)
	}
	if out := text(t, st, Options{}); strings.Contains(out, "no Pods") || strings.Count(out, "its Pods are not known") != 2 {
		t.Errorf("%s", out)
	}
}

// TestNoWayBackOfHealthy: what is the matter with the workload's owner, or with the rights, is
// no reason to go back.
func TestNoWayBackOfHealthy(t *testing.T) {
	w := rolling()
	w.d.OwnerReferences = append(w.d.OwnerReferences, w.sets[0].OwnerReferences...)
	w.d.OwnerReferences[0].Kind = "App"
	st := w.state()
	if !slices.Contains(found(st), "warning "+explain.OwnedByAnother) || st.Undo != nil {
		t.Errorf("%v, %+v", found(st), st.Undo)
	}
	crash(w.pods[3], 2, "Error", 3, "40s", -1)
	if st := w.state(); st.Undo == nil {
		t.Error("no way back of a version that crashes")
	}
}

// TestOldEventsOfSandbox: that a volume could not be mounted at first does not count while an
// init container runs.
func TestOldEventsOfSandbox(t *testing.T) {
	w := rolling()
	p := w.pods[3]
	p.Status.ContainerStatuses[0].Ready = false
	waiting(p, "PodInitializing", "")
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "init", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(-5)}}}}
	p.Spec.InitContainers = []corev1.Container{{Name: "init"}}
	w.more = func(s *snapshot.Snapshot) {
		s.Rollout.Events = append(s.Rollout.Events, warning(p, "FailedMount", "configmap not found", 3))
	}
	if st := w.state(); !slices.Contains(found(st), "warning "+explain.VolumeNotReady) {
		t.Errorf("%v", found(st))
	}
	p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue})
	if st := w.state(); slices.Contains(found(st), "warning "+explain.VolumeNotReady) || st.Waits[0].Kind != WaitInit {
		t.Errorf("%v, %+v", found(st), st.Waits)
	}
}

// TestRightTakenAway: a workload that may not be read any more is not one that is gone.
func TestRightTakenAway(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	s.watched(t)
	s.mu.Lock()
	s.refused["deployments"] = true
	s.mu.Unlock()
	s.cut()
	st := eventually(t, c, req, "it says that it cannot read", func(st *State) bool { return st.Lost != nil })
	if st.Verdict == Gone || !strings.Contains(st.Lost.Why, "deployments is forbidden") || pods(st) != 4 {
		t.Errorf("%s, %+v, %d Pods", st.Verdict, st.Lost, pods(st))
	}
}
