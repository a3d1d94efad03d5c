//go:build e2e

package e2e

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

const web = "deployment/web"

// TestRolloutNewImage is the tutorial's 4.3: a new image, with its cause.
func TestRolloutNewImage(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 3", firstVersion)
	s.settled(web)
	s.image(web, secondVersion)
	s.kubectl("annotate", web, "kubernetes.io/change-cause=image updated")
	all := s.watch(web).end(0)
	final := all[len(all)-1]
	r := final.Revisions[0]
	if final.Verdict != rollout.Complete || r.Number != 2 || r.Available != 3 || len(r.Differences) != 1 || r.Differences[0].String() != "container app: image hellok8s:v1 → hellok8s:v2" {
		t.Errorf("%s, %+v", final.Verdict, r)
	}
	if history := s.kubectl("rollout", "history", web); !strings.Contains(history, "image updated") || r.ChangeCause != "image updated" {
		t.Errorf("cause %q; kubectl says\n%s", r.ChangeCause, history)
	}
	// The controller writes what at most may exist on each ReplicaSet.
	most := s.kubectl("get", "rs", "-l", "app=web", "-o", `jsonpath={.items[0].metadata.annotations.deployment\.kubernetes\.io/max-replicas}`)
	for _, st := range all {
		if strconv.Itoa(int(st.Arithmetic.AtMost)) != most || st.Arithmetic.Exist > st.Arithmetic.AtMost || st.Arithmetic.AtLeast != 3 {
			t.Errorf("%+v; the controller says at most %s", st.Arithmetic, most)
		}
	}
	if codes := everFound(all); len(codes) > 0 {
		t.Errorf("found %v in a rollout that went well", codes)
	}
}

// TestRolloutCrash is the tutorial's 4.4: a version that ends at once, seen to fail, and the
// way back as it was printed.
func TestRolloutCrash(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nminReadySeconds: 3", secondVersion)
	s.settled(web)
	s.image(web, problemVersion)
	w := s.watch(web, "--fail-fast")
	all := w.end(2)
	final := all[len(all)-1]
	if final.Verdict != rollout.Progressing || !slices.Contains(everFound(all), explain.CrashLoop) || final.Workload.Available != 2 {
		t.Errorf("%s, found %v, %+v", final.Verdict, everFound(all), final.Workload)
	}
	i := slices.IndexFunc(final.Waits, func(w rollout.Wait) bool { return w.Kind == rollout.WaitCrash })
	if i < 0 || *final.Waits[i].Trouble.ExitCode != 2 {
		t.Fatalf("%+v", final.Waits)
	}
	const panics = "panic: something went wrong"
	eventually(t, 60*time.Second, "the answer has the line of the log that tells why", func() bool {
		once := kk(t, "rollout-watch", web, "-n", s.ns, "--watch=false")
		log := s.kubectl("logs", final.Waits[i].Pod)
		return once.exit == 2 && strings.HasPrefix(log, panics+"\n") && strings.Contains(once.stdout, "its last line: "+panics) && strings.Contains(once.stdout, "starts again in ")
	})
	if final.Undo == nil || !strings.HasPrefix(final.Undo.Command, "kubectl ") {
		t.Fatalf("undo %+v", final.Undo)
	}
	kubectl(t, strings.Fields(final.Undo.Command)[1:]...)
	all = s.watch(web).end(0)
	if st := all[len(all)-1]; st.Revisions[0].Number != 3 || !slices.Equal(st.Revisions[0].Earlier, []int64{1}) {
		t.Errorf("%+v", st.Revisions)
	}
}

// TestRolloutNextStart: the time that is said for the next start is when it comes.
func TestRolloutNextStart(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 3", problemVersion)
	w := s.watch(web)
	var said time.Time
	w.until(60*time.Second, "the second restart is announced", func(st *rollout.State) bool {
		for _, wait := range st.Waits {
			if wait.Kind == rollout.WaitCrash && wait.Trouble.Restarts == 1 && wait.Trouble.Next != nil {
				said = *wait.Trouble.Next
				return true
			}
		}
		return false
	})
	w.until(60*time.Second, "it has restarted twice", func(st *rollout.State) bool {
		return len(st.Revisions[0].Pods) == 1 && st.Revisions[0].Pods[0].Restarts == 2
	})
	began, err := time.Parse(time.RFC3339, s.kubectl("get", "pods", "-o", "jsonpath={.items[0].status.containerStatuses[0].state.*.startedAt}{.items[0].status.containerStatuses[0].lastState.terminated.startedAt}")[:20])
	if err != nil {
		t.Fatal(err)
	}
	if late := began.Sub(said); late < -time.Second || late > 4*time.Second {
		t.Errorf("it was to start at %s and started at %s", said, began)
	}
	w.interrupt()
}

const failingProbe = `httpGet: {host: 20.1.0.1, port: 443, scheme: HTTPS, path: /denied}, periodSeconds: 1`

// TestRolloutReadiness is the tutorial's 4.8, until the deadline: with 403 in place of 500.
func TestRolloutReadiness(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 3\nprogressDeadlineSeconds: 8\nstrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}", secondVersion)
	s.settled(web)
	s.create("Deployment", "replicas: 3\nprogressDeadlineSeconds: 8\nstrategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 1}}", secondVersion+", readinessProbe: {"+failingProbe+"}")
	all := s.watch(web).end(2)
	final := all[len(all)-1]
	if final.Verdict != rollout.Failed || final.Arithmetic.AtMost != 4 || final.Arithmetic.AtLeast != 2 || final.Workload.Available != 2 {
		t.Errorf("%s, %+v, %+v", final.Verdict, final.Arithmetic, final.Workload)
	}
	codes := everFound(all[len(all)-1:])
	if !slices.Contains(codes, explain.DeadlineExceeded) || !slices.Contains(codes, explain.ReadinessFails) {
		t.Errorf("found %v", codes)
	}
	text := kk(t, "rollout-watch", web, "-n", s.ns, "--watch=false").stdout
	if !strings.Contains(text, "HTTP probe failed with statuscode: 403") || !strings.Contains(text, "every 1 s") {
		t.Errorf("%s", text)
	}
	if got := run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "-n", s.ns, "rollout", "status", web, "--timeout=5s"); got.exit == 0 {
		t.Error("kubectl does not call it failed")
	}
}

// TestRolloutLiveness is the tutorial's 4.7: restarts by the probe, and a rollout that is
// called complete all the same.
func TestRolloutLiveness(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", secondVersion+", livenessProbe: {"+failingProbe+", failureThreshold: 2}")
	w := s.watch(web, "--stable-for", "10m")
	w.until(60*time.Second, "the finding, with a restart", func(st *rollout.State) bool {
		return slices.ContainsFunc(st.Findings, func(f explain.Finding) bool {
			return f.Code == explain.LivenessFails && f.Args["restarts"] >= "1" && strings.Contains(f.Args["message"], "403")
		})
	})
	all := w.interrupt()
	if !slices.ContainsFunc(all, func(st rollout.State) bool { return st.Verdict == rollout.Complete }) {
		t.Error("it was never complete")
	}
}

// TestRolloutStableFor: a crash after complete is seen, and a quiet rollout ends.
func TestRolloutStableFor(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	began := time.Now()
	s.watch(web, "--stable-for", "4s").end(0)
	if took := time.Since(began); took < 4*time.Second {
		t.Errorf("it ended after %s", took)
	}
}
