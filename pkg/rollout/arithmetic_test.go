package rollout

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// TestBounds are the numbers of the strategy, rounded as the controller does.
func TestBounds(t *testing.T) {
	for _, c := range []struct {
		replicas           int32
		surge, unavailable string
		atMost, atLeast    int32
		bothZero           bool
	}{
		{3, "25%", "25%", 4, 3, false}, {10, "25%", "25%", 13, 8, false}, {1, "25%", "25%", 2, 1, false}, {3, "1", "1", 4, 2, false},
		{3, "0", "0%", 3, 2, true}, {5, "0", "10%", 5, 4, true}, {0, "25%", "25%", 0, 0, true}, {2, "100%", "100%", 4, 0, false},
		{2, "0", "5", 2, 0, false}, {7, "30%", "30%", 10, 5, false},
	} {
		ar := newWorld(c.replicas, 0, c.replicas, c.surge, c.unavailable).state().Arithmetic
		if ar.AtMost != c.atMost || ar.AtLeast != c.atLeast || ar.BothZero != c.bothZero {
			t.Errorf("%+v: at most %d, at least %d, both zero %v", c, ar.AtMost, ar.AtLeast, ar.BothZero)
		}
	}
}

// TestNextStep is what the controller may do, among them the two cases that its own code tells
// (rolling.go, reconcileOldReplicaSets).
func TestNextStep(t *testing.T) {
	for name, c := range map[string]struct {
		w                      *world
		oldAvailable, newReady int32
		create, del            int32
	}{
		"a new Pod first":                  {newWorld(3, 3, 0, "1", "0"), 3, 0, 1, 0},
		"then it waits":                    {newWorld(3, 3, 1, "1", "0"), 3, 0, 0, 0},
		"then an old one goes":             {newWorld(3, 3, 1, "1", "0"), 3, 1, 0, 1},
		"both at once":                     {newWorld(3, 3, 1, "1", "1"), 3, 0, 0, 1},
		"a broken old Pod goes":            {newWorld(3, 3, 1, "1", "0"), 1, 1, 0, 1},
		"one broken old Pod can be spared": {newWorld(3, 3, 1, "1", "1"), 2, 0, 0, 1},
		"10 crash and a node fails":        {newWorld(10, 8, 5, "3", "2"), 7, 0, 0, 0},
		"complete":                         {newWorld(3, 0, 3, "1", "1"), 0, 3, 0, 0},
		"scaling up":                       {newWorld(10, 0, 3, "25%", "25%"), 0, 3, 7, 0},
	} {
		c.w.sets[0].Status.AvailableReplicas, c.w.sets[1].Status.AvailableReplicas = c.oldAvailable, c.newReady
		if ar := c.w.state().Arithmetic; ar.MayCreate != c.create || ar.MayDelete != c.del {
			t.Errorf("%s: may create %d and delete %d, want %d and %d", name, ar.MayCreate, ar.MayDelete, c.create, c.del)
		}
	}
}

// TestRecreate: old Pods count until they have ended, those that terminate too.
func TestRecreate(t *testing.T) {
	w := newWorld(2, 0, 0, "1", "1")
	w.d.Spec.Strategy = appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}
	p, failed := w.pod("old", false), w.pod("old", false)
	p.DeletionTimestamp, failed.Status.Phase = ptr(at(5)), corev1.PodFailed
	if ar := w.state().Arithmetic; ar.OldRunning != 1 || ar.MayCreate != 0 {
		t.Errorf("%+v", ar)
	}
	w.pods = nil
	if ar := w.state().Arithmetic; ar.OldRunning != 0 || ar.MayCreate != 2 {
		t.Errorf("%+v", ar)
	}
}

func TestPausedMayNothing(t *testing.T) {
	w := newWorld(3, 3, 0, "1", "1")
	w.d.Spec.Paused = true
	if ar := w.state().Arithmetic; ar.MayCreate != 0 || ar.MayDelete != 0 {
		t.Errorf("%+v", ar)
	}
}
