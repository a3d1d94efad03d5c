package rollout

import (
	"fmt"
	"strconv"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// pod is what is shown of a Pod.
func (a *analysis) pod(pod *corev1.Pod, t *corev1.PodTemplateSpec) Pod {
	p := Pod{
		Name: pod.Name, Node: nodeOf(pod), Created: pod.CreationTimestamp.UTC(), Status: podStatus(pod),
		Deleting: pod.DeletionTimestamp != nil,
	}
	p.Ready, p.Containers, p.Restarts = podCounts(pod)
	if n, err := strconv.Atoi(ordinalText(pod.Name)); err == nil && a.r.StatefulSet != nil {
		p.Ordinal = &n
	}
	if pod.DeletionTimestamp != nil {
		by := pod.DeletionTimestamp.UTC()
		p.GoneBy = &by
	}
	if c := podCondition(pod, corev1.PodReady); c != nil && c.Status == corev1.ConditionTrue {
		p.IsReady = true
		at := c.LastTransitionTime.Add(time.Duration(a.st.Workload.MinReadySeconds) * time.Second).UTC()
		// podutil.IsPodAvailable: ready, and for minReadySeconds.
		if p.Available = a.st.Workload.MinReadySeconds == 0 || !a.now.Before(at); !p.Available {
			p.AvailableAt = &at
		}
	}
	if !p.Deleting && !p.IsReady {
		p.Trouble = a.trouble(pod, t)
	}
	return p
}

// nodeOf is the node of a Pod, and of a DaemonSet's Pod also before it is bound.
func nodeOf(pod *corev1.Pod) string {
	if pod.Spec.NodeName != "" || pod.Spec.Affinity == nil || pod.Spec.Affinity.NodeAffinity == nil {
		return pod.Spec.NodeName
	}
	required := pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution
	if required == nil {
		return ""
	}
	for _, term := range required.NodeSelectorTerms {
		for _, f := range term.MatchFields {
			if f.Key == "metadata.name" && len(f.Values) == 1 {
				return f.Values[0]
			}
		}
	}
	return ""
}

func podCondition(pod *corev1.Pod, t corev1.PodConditionType) *corev1.PodCondition {
	for i := range pod.Status.Conditions {
		if pod.Status.Conditions[i].Type == t {
			return &pod.Status.Conditions[i]
		}
	}
	return nil
}

// podCounts are kubectl's READY and RESTARTS.
func podCounts(pod *corev1.Pod) (ready, containers, restarts int32) {
	containers = int32(len(pod.Spec.Containers))
	for _, s := range pod.Status.InitContainerStatuses {
		restarts += s.RestartCount
		if sidecar(pod, s.Name) {
			containers++
			if s.Ready && s.Started != nil && *s.Started {
				ready++
			}
		}
	}
	for _, s := range pod.Status.ContainerStatuses {
		restarts += s.RestartCount
		if s.Ready && s.State.Running != nil {
			ready++
		}
	}
	return ready, containers, restarts
}

// sidecar is an init container that goes on running.
func sidecar(pod *corev1.Pod, name string) bool {
	for _, c := range pod.Spec.InitContainers {
		if c.Name == name {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}

// podStatus is kubectl's STATUS (pkg/printers/internalversion/printers.go, printPod).
func podStatus(pod *corev1.Pod) string {
	phase := pod.Status.Phase
	switch {
	case pod.DeletionTimestamp != nil && pod.Status.Reason == "NodeLost":
		return "Unknown"
	case pod.DeletionTimestamp != nil && phase != corev1.PodFailed && phase != corev1.PodSucceeded:
		return "Terminating"
	}
	reason := string(phase)
	if pod.Status.Reason != "" {
		reason = pod.Status.Reason
	}
	if c := podCondition(pod, corev1.PodScheduled); c != nil && c.Reason == corev1.PodReasonSchedulingGated {
		reason = corev1.PodReasonSchedulingGated
	}
	init := initStatus(pod)
	initialized := podCondition(pod, corev1.PodInitialized)
	if init != "" && (initialized == nil || initialized.Status != corev1.ConditionTrue) {
		return init
	}
	return mainStatus(pod, reason)
}

// initStatus is the state of the first init container that is not done, "" when all are.
func initStatus(pod *corev1.Pod) string {
	for i, s := range pod.Status.InitContainerStatuses {
		end, waiting := s.State.Terminated, s.State.Waiting
		switch {
		case end != nil && end.ExitCode == 0:
		case sidecar(pod, s.Name) && s.Started != nil && *s.Started:
		case end != nil:
			return "Init:" + endWords(end)
		case waiting != nil && waiting.Reason != "" && waiting.Reason != "PodInitializing":
			return "Init:" + waiting.Reason
		default:
			return fmt.Sprintf("Init:%d/%d", i, len(pod.Spec.InitContainers))
		}
	}
	return ""
}

func mainStatus(pod *corev1.Pod, reason string) string {
	running, failed := false, ""
	for i := len(pod.Status.ContainerStatuses) - 1; i >= 0; i-- {
		s := &pod.Status.ContainerStatuses[i]
		switch {
		case s.State.Waiting != nil && s.State.Waiting.Reason != "":
			reason = s.State.Waiting.Reason
		case s.State.Terminated != nil:
			if reason = endWords(s.State.Terminated); s.State.Terminated.ExitCode != 0 {
				failed = reason
			}
		case s.Ready && s.State.Running != nil:
			running = true
		}
	}
	if reason != "Completed" {
		return reason
	}
	ready := podCondition(pod, corev1.PodReady)
	switch {
	case running && ready != nil && ready.Status == corev1.ConditionTrue:
		return "Running"
	case failed != "":
		return failed
	case running:
		return "NotReady"
	default:
		return reason
	}
}

func endWords(end *corev1.ContainerStateTerminated) string {
	switch {
	case end.Reason != "":
		return end.Reason
	case end.Signal != 0:
		return fmt.Sprintf("Signal:%d", end.Signal)
	default:
		return fmt.Sprintf("ExitCode:%d", end.ExitCode)
	}
}
