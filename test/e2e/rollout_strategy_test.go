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

// TestRolloutScale is the tutorial's 4.6: more Pods, and no new revision.
func TestRolloutScale(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	s.kubectl("scale", web, "--replicas=4")
	all := s.watch(web).end(0)
	final := all[len(all)-1]
	if len(final.Revisions) != 1 || final.Revisions[0].Number != 1 || final.Workload.Available != 4 || len(final.Revisions[0].Pods) != 4 {
		t.Errorf("%+v", final.Revisions)
	}
}

// TestRolloutPause is the tutorial's 4.9: two changes while it is paused are one revision.
func TestRolloutPause(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2", firstVersion)
	s.settled(web)
	s.kubectl("rollout", "pause", web)
	s.image(web, secondVersion)
	s.kubectl("set", "env", web, "MODE=canary")
	w := s.watch(web)
	w.until(20*time.Second, "paused, with two changes that wait", func(st *rollout.State) bool {
		r := st.Revisions[0]
		return st.Verdict == rollout.Paused && r.Number == 0 && len(r.Differences) == 2 && len(st.Findings) == 1 && st.Findings[0].Code == explain.PausedWithChanges
	})
	if strings.Contains(w.out.String(), "canary") {
		t.Error("the value of a variable is shown")
	}
	s.kubectl("rollout", "resume", web)
	all := w.end(0)
	if final := all[len(all)-1]; final.Revisions[0].Number != 2 || len(final.Revisions[0].Differences) != 2 || len(final.Revisions) != 2 {
		t.Errorf("%+v", final.Revisions)
	}
}

// TestRolloutBothZero is the tutorial's 4.5 at its edge: the controller takes one down.
func TestRolloutBothZero(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nstrategy: {rollingUpdate: {maxSurge: 0%, maxUnavailable: 10%}}", firstVersion)
	s.settled(web)
	s.image(web, secondVersion)
	all := s.watch(web).end(0)
	for _, st := range all {
		if ar := st.Arithmetic; !ar.BothZero || ar.AtMost != 2 || ar.AtLeast != 1 || ar.Exist > 2 {
			t.Errorf("%+v", ar)
		}
	}
	if !slices.Equal(everFound(all), []string{explain.BothBoundsZero}) {
		t.Errorf("found %v", everFound(all))
	}
}

// TestRolloutRecreate: no new Pod while an old one runs.
func TestRolloutRecreate(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nstrategy: {type: Recreate}", firstVersion)
	s.settled(web)
	s.image(web, secondVersion)
	all := s.watch(web).end(0)
	waited := false
	for _, st := range all {
		if st.Arithmetic.OldRunning > 0 {
			waited = true
			if r := st.Revisions[0]; r.Number == 2 && len(r.Pods) > 0 {
				t.Errorf("a new Pod beside %d old ones", st.Arithmetic.OldRunning)
			}
		}
	}
	if !waited || all[len(all)-1].Workload.Strategy != "Recreate" {
		t.Error("no state waits for old Pods")
	}
}

// TestRolloutQuota: a quota leaves no room for the surge Pod.
func TestRolloutQuota(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2", firstVersion)
	s.settled(web)
	s.kubectl("create", "quota", "two", "--hard=pods=2")
	eventually(t, 20*time.Second, "the quota counts", func() bool {
		return s.kubectl("get", "quota", "two", "-o", "jsonpath={.status.used.pods}") == "2"
	})
	s.image(web, secondVersion)
	w := s.watch(web)
	w.until(30*time.Second, "the quota is named", func(st *rollout.State) bool {
		return slices.ContainsFunc(st.Findings, func(f explain.Finding) bool {
			return f.Code == explain.QuotaRefuses && strings.Contains(f.Args["message"], "exceeded quota: two")
		})
	})
	s.kubectl("delete", "quota", "two")
	w.end(0)
}
