package rollout

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// probeEvent finds the last failure of a probe, as the kubelet's Events tell it. Those of a
// run of the container before this one do not count.
func (a *analysis) probeEvent(pod *corev1.Pod, s *corev1.ContainerStatus, probe string, out *Trouble) bool {
	for _, e := range slices.Backward(a.events[pod.UID]) {
		if e.Reason != "Unhealthy" || !ofContainer(e, s.Name) {
			continue
		}
		if r := s.State.Running; r != nil && lastSeen(e).Before(r.StartedAt.Time) {
			return false
		}
		if strings.HasPrefix(e.Message, probe+" probe") {
			out.Message, out.Count = e.Message, times(e)
			return true
		}
	}
	return false
}

// beforeEnd finds what failed in a run that has ended: a probe for whose failures the kubelet
// ends a container, or the hook of its start. The kubelet soon stops repeating such an Event:
// where a container was killed, one of a run before counts, too.
func (a *analysis) beforeEnd(pod *corev1.Pod, container string, end *corev1.ContainerStateTerminated) string {
	for _, e := range slices.Backward(a.events[pod.UID]) {
		killing := e.Reason == "FailedPostStartHook" || e.Reason == "Unhealthy" && (strings.HasPrefix(e.Message, "Liveness") || strings.HasPrefix(e.Message, "Startup"))
		switch {
		case !killing || !ofContainer(e, container) || lastSeen(e).After(end.FinishedAt.Time):
		case !lastSeen(e).Before(end.StartedAt.Time):
			return strings.TrimSpace(e.Message)
		case end.ExitCode == 137 || end.ExitCode == 143:
			return "in an earlier run, " + strings.TrimSpace(e.Message)
		}
	}
	return ""
}

// lastEvent is the last one of a Pod, or of one of its containers, with one of the reasons.
func (a *analysis) lastEvent(pod *corev1.Pod, container string, reasons ...string) *corev1.Event {
	for _, e := range slices.Backward(a.events[pod.UID]) {
		if slices.Contains(reasons, e.Reason) && (container == "" || ofContainer(e, container)) {
			return e
		}
	}
	return nil
}

// ofContainer: the kubelet names the container as spec.containers{web}.
func ofContainer(e *corev1.Event, container string) bool {
	return strings.HasSuffix(e.InvolvedObject.FieldPath, "{"+container+"}")
}

func specOf(t *corev1.PodTemplateSpec, container string) *corev1.Container {
	for i := range t.Spec.Containers {
		if t.Spec.Containers[i].Name == container {
			return &t.Spec.Containers[i]
		}
	}
	for i := range t.Spec.InitContainers {
		if t.Spec.InitContainers[i].Name == container {
			return &t.Spec.InitContainers[i]
		}
	}
	return nil
}
