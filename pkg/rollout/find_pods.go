package rollout

import (
	"slices"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// findWait judges one thing that is waited for, if it is more than a matter of time.
func (a *analysis) findWait(w Wait) {
	code, severity := judged(w, a.now)
	if code == "" || w.Old && w.Kind != WaitTermination {
		return
	}
	args := map[string]string{"pods": strconv.Itoa(w.Pods), "pod": w.Pod, "revision": a.numberOf(w.Pod)}
	var seen []explain.Evidence
	if t := w.Trouble; t != nil {
		args["container"], args["image"], args["reason"], args["message"] = t.Container, t.Image, t.Reason, t.Message
		args["restarts"], args["probe"] = itoa(t.Restarts), probeWords(w)
		if t.ExitCode != nil {
			args["exit"] = exitWords(t)
		}
		seen = append(seen, a.seen(w))
		if t.Before != "" {
			seen = append(seen, explain.Evidence{Where: "Event of " + w.Pod + " container " + t.Container, What: t.Before})
		}
		if t.Log != "" {
			seen = append(seen, explain.Evidence{Where: "log of " + w.Pod + " container " + t.Container, What: t.Log})
		}
	}
	if w.Kind == WaitTermination {
		args["since"] = w.Until.Format(timeForm)
	}
	a.add(code, severity, args, seen...)
}

const timeForm = "2006-01-02T15:04:05Z"

// verdicts are what is said of each kind that is more than a matter of time.
var verdicts = map[WaitKind]struct {
	code     string
	severity explain.Severity
}{
	WaitCrash: {explain.CrashLoop, explain.Error}, WaitPull: {explain.ImageNotPulled, explain.Error}, WaitConfig: {explain.ContainerNotCreated, explain.Error},
	WaitQuota: {explain.QuotaRefuses, explain.Error}, WaitRefused: {explain.PodRefused, explain.Error},
	WaitScheduling: {explain.NoNodeFits, explain.Warning}, WaitVolume: {explain.VolumeNotReady, explain.Warning},
	WaitReadiness: {explain.ReadinessFails, explain.Warning}, WaitLiveness: {explain.LivenessFails, explain.Warning}, WaitStartup: {explain.StartupFails, explain.Warning},
	WaitGate: {explain.GateNotOpen, explain.Warning}, WaitEnded: {explain.PodEnded, explain.Warning}, WaitTermination: {explain.TerminatesTooLong, explain.Warning},
}

func judged(w Wait, now time.Time) (string, explain.Severity) {
	t, v := w.Trouble, verdicts[w.Kind]
	wrong := true
	switch w.Kind {
	case WaitCrash:
		if wrong = t.Looping; t.Reason == "OOMKilled" {
			v.code = explain.OutOfMemory
		}
	case WaitScheduling:
		wrong = t.Message != ""
	case WaitReadiness, WaitStartup:
		wrong = t.Count >= failsOften
	case WaitTermination:
		// The kubelet gives a container two seconds at least, and needs some to report.
		wrong = w.Until != nil && now.Sub(*w.Until) > lateAfter
	default:
	}
	if !wrong {
		return "", ""
	}
	return v.code, v.severity
}

const (
	lateAfter = 10 * time.Second
	// failsOften: a probe that fails while the program starts is no finding.
	failsOften = 3
)

// probeWords are "HTTP GET /healthz on port 3000, every 3 s".
func probeWords(w Wait) string {
	if w.Probe == "" {
		return ""
	}
	return w.Probe + ", every " + itoa(w.Every) + " s"
}

// exitWords are "exit code 2 (Error)".
func exitWords(t *Trouble) string {
	out := "exit code " + itoa(*t.ExitCode)
	if t.Reason != "" {
		out += " (" + t.Reason + ")"
	}
	return out
}

// seen is where the trouble was read.
func (a *analysis) seen(w Wait) explain.Evidence {
	t := w.Trouble
	if w.Pod == "" {
		return explain.Evidence{Where: a.st.Workload.Kind + " " + a.st.Workload.Namespace + "/" + a.st.Workload.Name, What: t.Reason + ": " + t.Message}
	}
	where := "Pod " + a.st.Workload.Namespace + "/" + w.Pod
	if t.Container != "" {
		where += " container " + t.Container
	}
	what := strings.Trim(t.Reason+": "+t.Message, ": ")
	if t.Count > 1 {
		what += " (" + itoa(t.Count) + " times)"
	}
	return explain.Evidence{Where: where, What: what}
}

// numberOf is the revision that a Pod is of.
func (a *analysis) numberOf(pod string) string {
	for _, r := range a.st.Revisions {
		if slices.ContainsFunc(r.Pods, func(p Pod) bool { return p.Name == pod }) {
			return strconv.FormatInt(r.Number, 10)
		}
	}
	return ""
}

// findRestarts finds Pods of the newest revision that are ready and were restarted before.
func (a *analysis) findRestarts(i int) {
	if !a.st.Revisions[i].New {
		return
	}
	var restarted []*Pod
	var first *corev1.Pod
	restarts := int32(0)
	for j := range a.st.Revisions[i].Pods {
		if p := &a.st.Revisions[i].Pods[j]; p.IsReady && p.Restarts > 0 && !p.Deleting {
			if restarted = append(restarted, p); first == nil {
				first = a.raw[i][j]
			}
			restarts += p.Restarts
		}
	}
	if first == nil {
		return
	}
	args := map[string]string{
		"revision": strconv.FormatInt(a.st.Revisions[i].Number, 10), "pods": strconv.Itoa(len(restarted)), "pod": first.Name,
		"restarts": itoa(restarts),
	}
	args["container"], args["exit"] = lastExit(first)
	if e := a.livenessEvent(first); e != nil {
		container := strings.TrimSuffix(strings.TrimPrefix(e.InvolvedObject.FieldPath, "spec.containers{"), "}")
		args["container"], args["message"] = container, e.Message
		a.add(explain.LivenessFails, explain.Warning, args, explain.Evidence{Where: "Pod " + first.Namespace + "/" + first.Name + " container " + container, What: e.Reason + ": " + e.Message + " (" + itoa(times(e)) + " times)"})
		return
	}
	a.add(explain.RestartedWhileReady, explain.Warning, args)
}

func (a *analysis) livenessEvent(pod *corev1.Pod) *corev1.Event {
	for _, e := range slices.Backward(a.events[pod.UID]) {
		if e.Reason == "Unhealthy" && strings.HasPrefix(e.Message, "Liveness probe") {
			return e
		}
	}
	return nil
}

// lastExit is how a container of a Pod ended before, and which one: the one that ended last.
func lastExit(pod *corev1.Pod) (container, exit string) {
	var last *corev1.ContainerStateTerminated
	for _, s := range statuses(pod) {
		if end := s.LastTerminationState.Terminated; end != nil && (last == nil || end.FinishedAt.After(last.FinishedAt.Time)) {
			code := end.ExitCode
			last, container, exit = end, s.Name, exitWords(&Trouble{ExitCode: &code, Reason: end.Reason})
		}
	}
	return container, exit
}
