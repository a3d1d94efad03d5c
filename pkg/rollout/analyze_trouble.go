package rollout

import (
	"regexp"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// trouble is why a Pod is not ready: of its containers the one that is worst off, else what
// the Pod's own conditions and Events say.
func (a *analysis) trouble(pod *corev1.Pod, t *corev1.PodTemplateSpec) *Trouble {
	if ended(pod) {
		return &Trouble{Kind: WaitEnded, Reason: columnsOf(pod).status, Message: pod.Status.Message}
	}
	if pod.Spec.NodeName == "" && !holds(pod, corev1.PodScheduled) {
		return a.unscheduled(pod, podCondition(pod, corev1.PodScheduled))
	}
	worst := a.worstContainer(pod, t)
	if worst == nil || worst.Kind == WaitCreating || worst.Kind == WaitInit {
		if t := a.notSetUp(pod); t != nil {
			return t
		}
	}
	if worst != nil {
		return worst
	}
	return a.otherwise(pod)
}

// otherwise is the trouble of a Pod of which no container says anything.
func (a *analysis) otherwise(pod *corev1.Pod) *Trouble {
	r := podCondition(pod, corev1.PodReady)
	switch {
	case holds(pod, corev1.ContainersReady) && r != nil && r.Reason == "ReadinessGatesNotReady":
		return &Trouble{Kind: WaitGate, Reason: r.Reason, Message: r.Message}
	case len(pod.Status.ContainerStatuses) == 0 && pod.Status.StartTime == nil && a.now.Sub(boundAt(pod)) > lateAfter:
		// The kubelet writes this time when it takes a Pod (pkg/kubelet/kubelet_pods.go).
		return &Trouble{Kind: WaitCreating, Message: "its node " + pod.Spec.NodeName + " has not taken it yet"}
	case len(pod.Status.ContainerStatuses) == 0:
		return &Trouble{Kind: WaitCreating}
	default:
		return &Trouble{Kind: WaitUnready}
	}
}

// boundAt is when a Pod got its node.
func boundAt(pod *corev1.Pod) time.Time {
	if c := podCondition(pod, corev1.PodScheduled); c != nil {
		return c.LastTransitionTime.Time
	}
	return pod.CreationTimestamp.Time
}

func (a *analysis) worstContainer(pod *corev1.Pod, t *corev1.PodTemplateSpec) *Trouble {
	var worst *Trouble
	for i := range pod.Status.InitContainerStatuses {
		worst = worse(worst, a.containerTrouble(pod, &pod.Status.InitContainerStatuses[i], t, true))
	}
	for i := range pod.Status.ContainerStatuses {
		worst = worse(worst, a.containerTrouble(pod, &pod.Status.ContainerStatuses[i], t, false))
	}
	return worst
}

// notSetUp is what keeps the kubelet from starting any container, by its Events.
func (a *analysis) notSetUp(pod *corev1.Pod) *Trouble {
	if holds(pod, corev1.PodReadyToStartContainers) {
		// What such Events tell of is over: volumes are mounted before the sandbox is made.
		return nil
	}
	e := a.lastEvent(pod, "", "FailedMount", "FailedAttachVolume", "FailedMapVolume", "FailedCreatePodSandBox")
	if e == nil {
		return nil
	}
	kind := WaitVolume
	if e.Reason == "FailedCreatePodSandBox" {
		kind = WaitConfig
	}
	return &Trouble{Kind: kind, Reason: e.Reason, Message: e.Message, Count: times(e)}
}

var severities = []WaitKind{
	WaitCrash, WaitPull, WaitConfig, WaitVolume, WaitStartup, WaitLiveness, WaitReadiness, WaitInit, WaitCreating,
}

func worse(x, y *Trouble) *Trouble {
	if x == nil || y != nil && slices.Index(severities, y.Kind) < slices.Index(severities, x.Kind) {
		return y
	}
	return x
}

func (a *analysis) unscheduled(pod *corev1.Pod, c *corev1.PodCondition) *Trouble {
	out := &Trouble{Kind: WaitScheduling}
	if c == nil {
		return out
	}
	out.Reason, out.Message = c.Reason, c.Message
	lower := strings.ToLower(c.Message)
	switch {
	case c.Reason == corev1.PodReasonSchedulingGated:
		out.Kind = WaitGate
	case strings.Contains(lower, "persistentvolumeclaim"):
		out.Kind = WaitVolume
	}
	if e := a.lastEvent(pod, "", "FailedScheduling"); e != nil {
		out.Count = times(e)
	}
	return out
}

// The reasons for which a container waits (pkg/kubelet/images/types.go,
// pkg/kubelet/kuberuntime/kuberuntime_container.go, k8s.io/cri-api/pkg/errors).
var (
	pullReasons = []string{
		"ImagePullBackOff", "ErrImagePull", "ErrImageNeverPull", "InvalidImageName", "ImageInspectError", "RegistryUnavailable",
		"SignatureValidationFailed",
	}
	newReasons = []string{"ContainerCreating", "PodInitializing", ""}
)

func (a *analysis) containerTrouble(pod *corev1.Pod, s *corev1.ContainerStatus, t *corev1.PodTemplateSpec, init bool) *Trouble {
	out := &Trouble{Container: s.Name, Image: s.Image, Restarts: s.RestartCount}
	if spec := specOf(t, s.Name); spec != nil {
		out.Image = spec.Image
	}
	switch w := s.State.Waiting; {
	case w == nil:
		return a.startedTrouble(pod, s, t, init, out)
	case w.Reason == "CrashLoopBackOff":
		out.Kind, out.Reason, out.Message, out.Looping = WaitCrash, w.Reason, w.Message, true
		if end := s.LastTerminationState.Terminated; end != nil {
			out.waits(end)
			out.Before = a.beforeEnd(pod, s.Name, end)
		}
		a.lastLog(pod, s, out)
	case slices.Contains(pullReasons, w.Reason):
		out.Kind, out.Reason, out.Message = WaitPull, w.Reason, w.Message
		if e := a.lastEvent(pod, s.Name, "Failed"); e != nil && strings.HasPrefix(e.Message, "Failed to pull image") {
			out.Message = e.Message
		}
	case slices.Contains(newReasons, w.Reason) && init:
		return nil
	case slices.Contains(newReasons, w.Reason):
		out.Kind, out.Reason = WaitCreating, w.Reason
	default:
		out.Kind, out.Reason, out.Message = WaitConfig, w.Reason, w.Message
	}
	return out
}

func (t *Trouble) ended(end *corev1.ContainerStateTerminated) {
	code := end.ExitCode
	t.ExitCode, t.Reason = &code, end.Reason
}

// waits: the kubelet names how long it waits, from the end of the last run on.
func (t *Trouble) waits(end *corev1.ContainerStateTerminated) {
	t.ended(end)
	if pause, ok := backOff(t.Message); ok {
		next := end.FinishedAt.Add(pause).UTC()
		t.Next = &next
	}
}

// startedTrouble is that of a container that runs, or has ended and is about to start again.
func (a *analysis) startedTrouble(pod *corev1.Pod, s *corev1.ContainerStatus, t *corev1.PodTemplateSpec, init bool, out *Trouble) *Trouble {
	switch end := s.State.Terminated; {
	case end != nil && init && end.ExitCode == 0:
		return nil
	case end != nil:
		out.Kind, out.Looping = WaitCrash, s.RestartCount > 0
		out.ended(end)
		out.Before = a.beforeEnd(pod, s.Name, end)
		a.lastLog(pod, s, out)
		return out
	case s.State.Running == nil || s.Ready:
		return nil
	case init && !sidecar(pod, s.Name):
		out.Kind = WaitInit
		return out
	default:
		return a.probeTrouble(pod, s, specOf(t, s.Name), out)
	}
}

// probeTrouble is that of a container that runs and is not ready: until the startup probe has
// passed no other one is asked.
func (a *analysis) probeTrouble(pod *corev1.Pod, s *corev1.ContainerStatus, spec *corev1.Container, out *Trouble) *Trouble {
	if spec == nil {
		spec = &corev1.Container{}
	}
	switch {
	case s.Started != nil && !*s.Started && spec.StartupProbe != nil:
		out.Kind = WaitStartup
		a.probeEvent(pod, s, "Startup", out)
	case a.probeEvent(pod, s, "Liveness", out):
		out.Kind = WaitLiveness
	case spec.ReadinessProbe != nil:
		out.Kind = WaitReadiness
		a.probeEvent(pod, s, "Readiness", out)
	default:
		return nil
	}
	return out
}

var backOffForm = regexp.MustCompile(`^back-off ([0-9hms.]+) restarting failed container`)

// backOff reads how long a container waits for its next start, which the kubelet counts
// from the end of the last one (kuberuntime_manager.go, doBackOff).
func backOff(message string) (time.Duration, bool) {
	m := backOffForm.FindStringSubmatch(message)
	if m == nil {
		return 0, false
	}
	d, err := time.ParseDuration(m[1])
	return d, err == nil
}

func (a *analysis) lastLog(pod *corev1.Pod, s *corev1.ContainerStatus, out *Trouble) {
	for _, l := range a.r.Logs {
		if l.Pod == pod.Name && l.Container == s.Name {
			out.Log, out.LogNotRead = l.Text, l.NotRead
		}
	}
}
