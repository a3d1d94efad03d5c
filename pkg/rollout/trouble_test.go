package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func found(st *State) []string {
	var out []string
	for _, f := range st.Findings {
		out = append(out, string(f.Severity)+" "+f.Code)
	}
	return out
}

func probed(w *world, change func(c *corev1.Container)) {
	change(&w.d.Spec.Template.Spec.Containers[0])
	change(&w.sets[1].Spec.Template.Spec.Containers[0])
}

var httpProbe = &corev1.Probe{PeriodSeconds: 3, ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz"}}}

// TestTroubles: what a Pod lacks, as its status and Events say it, is what is waited for and
// found.
func TestTroubles(t *testing.T) {
	for name, c := range map[string]struct {
		make func(w *world, p *corev1.Pod)
		kind WaitKind
		code string // "" for none
		says string
	}{
		"crash loop": {func(_ *world, p *corev1.Pod) { crash(p, 2, "Error", 3, "40s", -10) }, WaitCrash, "error " + explain.CrashLoop, "exit code 2 (Error), 3 restarts, starts again in 30s"},
		"its time has come": {func(_ *world, p *corev1.Pod) { crash(p, 0, "Completed", 1, "10s", -20) }, WaitCrash, "error " + explain.CrashLoop,
			"exit code 0 (Completed), 1 restart, starts again now"},
		"first end": {func(_ *world, p *corev1.Pod) {
			p.Status.ContainerStatuses[0].State = corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 1, Reason: "Error"}}
		}, WaitCrash, "", "ended, exit code 1 (Error), 0 restarts"},
		"memory": {func(_ *world, p *corev1.Pod) { crash(p, 137, "OOMKilled", 2, "20s", -1) }, WaitCrash, "error " + explain.OutOfMemory, "exit code 137 (OOMKilled)"},
		"image": {func(w *world, p *corev1.Pod) {
			waiting(p, "ImagePullBackOff", `Back-off pulling image "web:2"`)
			w.more = func(s *snapshot.Snapshot) {
				s.Rollout.Events = []corev1.Event{warning(p, "Failed", `Failed to pull image "web:2": 401 Unauthorized`, 2), warning(p, "Failed", "Error: ImagePullBackOff", 9)}
			}
		}, WaitPull, "error " + explain.ImageNotPulled, "image web:2 of container app cannot be pulled: ImagePullBackOff: "},
		"config": {func(_ *world, p *corev1.Pod) {
			waiting(p, "CreateContainerConfigError", `configmap "settings" not found`)
		}, WaitConfig, "error " + explain.ContainerNotCreated, `cannot be created: CreateContainerConfigError: configmap "settings" not found`},
		"creating": {func(_ *world, p *corev1.Pod) { waiting(p, "ContainerCreating", "") }, WaitCreating, "", "is being created"},
		"mount": {func(w *world, p *corev1.Pod) {
			waiting(p, "ContainerCreating", "")
			w.more = func(s *snapshot.Snapshot) {
				s.Rollout.Events = []corev1.Event{warning(p, "FailedMount", `secret "tls" not found`, 4)}
			}
		}, WaitVolume, "warning " + explain.VolumeNotReady, `a volume: secret "tls" not found`},
		"no node": {func(_ *world, p *corev1.Pod) {
			p.Spec.NodeName = ""
			p.Status.Conditions[0] = corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/2 nodes are available: 2 Insufficient cpu."}
		}, WaitScheduling, "warning " + explain.NoNodeFits, "a node: 0/2 nodes are available: 2 Insufficient cpu."},
		"claim": {func(_ *world, p *corev1.Pod) {
			p.Spec.NodeName = ""
			p.Status.Conditions[0] = corev1.PodCondition{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable", Message: "0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims."}
		}, WaitVolume, "warning " + explain.VolumeNotReady, "unbound immediate PersistentVolumeClaims"},
		"readiness": {func(w *world, p *corev1.Pod) {
			probed(w, func(c *corev1.Container) { c.ReadinessProbe = httpProbe })
			w.more = func(s *snapshot.Snapshot) {
				s.Rollout.Events = []corev1.Event{warning(p, "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 500", 22)}
			}
		}, WaitReadiness, "warning " + explain.ReadinessFails, "has not passed its readiness probe (HTTP GET /healthz on port 0, every 3 s), 22 times: Readiness probe failed: HTTP probe failed with statuscode: 500"},
		"readiness of the run before": {func(w *world, p *corev1.Pod) {
			probed(w, func(c *corev1.Container) { c.ReadinessProbe = httpProbe })
			old := warning(p, "Unhealthy", "Readiness probe failed: old", 22)
			old.LastTimestamp = at(-55)
			w.more = func(s *snapshot.Snapshot) { s.Rollout.Events = []corev1.Event{old} }
		}, WaitReadiness, "", "has not passed its readiness probe (HTTP GET /healthz on port 0, every 3 s)"},
		"startup": {func(w *world, p *corev1.Pod) {
			probed(w, func(c *corev1.Container) { c.StartupProbe, c.LivenessProbe = httpProbe, httpProbe })
			p.Status.ContainerStatuses[0].Started = ptr(false)
			w.more = func(s *snapshot.Snapshot) {
				s.Rollout.Events = []corev1.Event{warning(p, "Unhealthy", "Startup probe failed: x", 3)}
			}
		}, WaitStartup, "warning " + explain.StartupFails, "has not passed its startup probe"},
		"liveness": {func(w *world, p *corev1.Pod) {
			w.more = func(s *snapshot.Snapshot) {
				s.Rollout.Events = []corev1.Event{warning(p, "Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 500", 2)}
			}
		}, WaitLiveness, "warning " + explain.LivenessFails, "fails its liveness probe, 2 times"},
		"gate": {func(_ *world, p *corev1.Pod) {
			p.Status.ContainerStatuses[0].Ready = true
			p.Status.Conditions[2].Status = corev1.ConditionTrue
			p.Status.Conditions[3].Reason, p.Status.Conditions[3].Message = "ReadinessGatesNotReady", "the status of pod readiness gate \"lb\" is not \"True\""
		}, WaitGate, "warning " + explain.GateNotOpen, "a gate: the status of pod readiness gate"},
		"evicted": {func(_ *world, p *corev1.Pod) {
			p.Status.Phase, p.Status.Reason, p.Status.Message = corev1.PodFailed, "Evicted", "The node was low on resource: memory."
			p.Status.ContainerStatuses = nil
		}, WaitEnded, "warning " + explain.PodEnded, "ended: Evicted: The node was low on resource: memory."},
		"late": {func(_ *world, p *corev1.Pod) { p.DeletionTimestamp = ptr(at(-60)) }, WaitTermination, "warning " + explain.TerminatesTooLong, "killed now at the latest"},
	} {
		w := newWorld(3, 3, 1, "1", "0")
		p := w.pod("new", false)
		c.make(w, p)
		st := w.state()
		if len(st.Waits) != 1 || st.Waits[0].Kind != c.kind {
			t.Errorf("%s: waits %+v, want %s", name, st.Waits, c.kind)
			continue
		}
		if got := found(st); c.code == "" && len(got) > 0 || c.code != "" && !slices.Equal(got, []string{c.code}) {
			t.Errorf("%s: found %v, want %q", name, got, c.code)
		}
		out := text(t, st, Options{})
		if !strings.Contains(out, c.says) || strings.Contains(out, "<unknown>") {
			t.Errorf("%s: %q is not in, or something is unknown in\n%s", name, c.says, out)
		}
	}
}

// TestOneCauseOnce: many Pods with one trouble are one entry, and troubles of old Pods none.
func TestOneCauseOnce(t *testing.T) {
	w := newWorld(50, 40, 12, "12", "10")
	for range 12 {
		waiting(w.pod("new", false), "ImagePullBackOff", "Back-off pulling image")
	}
	for range 3 {
		crash(w.pod("old", false), 1, "Error", 9, "5m0s", -1)
	}
	st := w.state()
	if len(st.Waits) != 1 || st.Waits[0].Pods != 12 || !slices.Equal(found(st), []string{"error " + explain.ImageNotPulled}) {
		t.Errorf("waits %+v, found %v", st.Waits, found(st))
	}
}

// TestMinReady: a Pod that is ready counts after minReadySeconds, and until then they are waited for.
func TestMinReady(t *testing.T) {
	w := newWorld(1, 0, 1, "1", "0")
	w.d.Spec.MinReadySeconds = 40
	w.pod("new", true) // ready for 30 seconds
	st := w.state()
	if p := st.Revisions[0].Pods[0]; p.Available || !p.IsReady || p.AvailableAt == nil || p.AvailableAt.Sub(now) != 10*time.Second {
		t.Errorf("%+v", p)
	}
	if len(st.Waits) != 1 || st.Waits[0].Kind != WaitMinReady || !strings.Contains(text(t, st, Options{}), "counts as available in 10s (minReadySeconds 40)") {
		t.Errorf("%+v", st.Waits)
	}
	w.d.Spec.MinReadySeconds = 30
	if p := w.state().Revisions[0].Pods[0]; !p.Available {
		t.Errorf("%+v", p)
	}
}

// TestRefused: a quota, and another refusal.
func TestRefused(t *testing.T) {
	for message, code := range map[string]string{
		`pods "web-x" is forbidden: exceeded quota: two, requested: pods=1, used: pods=2, limited: pods=2`: explain.QuotaRefuses,
		`pods "web-x" is forbidden: violates PodSecurity "restricted:latest"`:                              explain.PodRefused,
	} {
		w := newWorld(3, 3, 1, "1", "0")
		w.sets[1].Status.Conditions = append(w.sets[1].Status.Conditions, failure(message))
		st := w.state()
		if !slices.Equal(found(st), []string{"error " + code}) || !strings.Contains(text(t, st, Options{}), message) {
			t.Errorf("%s: found %v", message, found(st))
		}
	}
}

// TestBeforeTheEnd: what failed in the run that ended is told with its end, and what failed in
// another run is not.
func TestBeforeTheEnd(t *testing.T) {
	w := rolling()
	p := w.pods[3]
	crash(p, 137, "Error", 3, "40s", 0)
	p.Status.ContainerStatuses[0].LastTerminationState.Terminated.StartedAt = at(-10)
	w.more = func(s *snapshot.Snapshot) {
		s.Rollout.Events = append(s.Rollout.Events, warning(p, "Unhealthy", "Startup probe failed: HTTP probe failed with statuscode: 503\n", 3))
	}
	if out := text(t, w.state(), Options{}); !strings.Contains(out, "exit code 137 (Error), 3 restarts, starts again in 40s; before that: Startup probe failed: HTTP probe failed with statuscode: 503\n") ||
		!strings.Contains(out, "seen  Event of "+p.Name+" container app: Startup probe failed") {
		t.Errorf("%s", out)
	}
	end := p.Status.ContainerStatuses[0].LastTerminationState.Terminated
	end.StartedAt = at(0)
	if out := text(t, w.state(), Options{}); !strings.Contains(out, "before that: in an earlier run, Startup probe failed") {
		t.Errorf("%s", out)
	}
	end.ExitCode = 2
	if out := text(t, w.state(), Options{}); strings.Contains(out, "before that") {
		t.Errorf("%s", out)
	}
}

// TestNotTaken: a Pod whose node does nothing about it is not being created.
func TestNotTaken(t *testing.T) {
	w := rolling()
	p := w.pods[3]
	p.Status = corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue, LastTransitionTime: at(-11)}}}
	if out := text(t, w.state(), Options{}); !strings.Contains(out, p.Name+": its node node-1 has not taken it yet") {
		t.Errorf("%s", out)
	}
	p.Status.Conditions[0].LastTransitionTime = at(-9)
	if out := text(t, w.state(), Options{}); !strings.Contains(out, "is being created") {
		t.Errorf("%s", out)
	}
}

// TestSidecarThatRestarted is named, with how it ended.
func TestSidecarThatRestarted(t *testing.T) {
	w := rolling()
	p := w.pod("new", true)
	p.Spec.InitContainers = []corev1.Container{{Name: "proxy", RestartPolicy: ptr(corev1.ContainerRestartPolicyAlways)}}
	p.Status.InitContainerStatuses = []corev1.ContainerStatus{{Name: "proxy", Ready: true, Started: ptr(true), RestartCount: 2, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}},
		LastTerminationState: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: 5, Reason: "Error", FinishedAt: at(-20)}}}}
	if out := text(t, w.state(), Options{}); !strings.Contains(out, "the last end: exit code 5 (Error)") || !strings.Contains(out, "logs "+p.Name+" -c proxy --previous") {
		t.Errorf("%s", out)
	}
}
