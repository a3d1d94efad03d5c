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
		Name: pod.Name, Node: nodeOf(pod), Created: pod.CreationTimestamp.UTC(), Deleting: pod.DeletionTimestamp != nil,
	}
	c := columnsOf(pod)
	p.Status, p.Ready, p.Containers, p.Restarts = c.status, c.ready, c.containers, c.restarts
	if n, err := strconv.Atoi(ordinalText(pod.Name)); err == nil && a.r.StatefulSet != nil {
		p.Ordinal = &n
	}
	if pod.DeletionTimestamp != nil {
		by := pod.DeletionTimestamp.UTC()
		p.GoneBy = &by
	}
	if r := podCondition(pod, corev1.PodReady); r != nil && r.Status == corev1.ConditionTrue {
		p.IsReady = true
		at := r.LastTransitionTime.Add(time.Duration(a.st.Workload.MinReadySeconds) * time.Second).UTC()
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

// sidecar is an init container that goes on running.
func sidecar(pod *corev1.Pod, name string) bool {
	for _, c := range pod.Spec.InitContainers {
		if c.Name == name {
			return c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		}
	}
	return false
}

// holds says whether a condition of the Pod is true.
func holds(pod *corev1.Pod, t corev1.PodConditionType) bool {
	c := podCondition(pod, t)
	return c != nil && c.Status == corev1.ConditionTrue
}

// podColumns are what kubectl get pods shows of a Pod: STATUS, READY and RESTARTS
// (pkg/printers/internalversion/printers.go, printPod).
type podColumns struct {
	status                      string
	ready, containers, restarts int32
}

func columnsOf(pod *corev1.Pod) podColumns {
	c := podColumns{status: string(pod.Status.Phase), containers: int32(len(pod.Spec.Containers))}
	if pod.Status.Reason != "" {
		c.status = pod.Status.Reason
	}
	if s := podCondition(pod, corev1.PodScheduled); s != nil && s.Reason == corev1.PodReasonSchedulingGated {
		c.status = corev1.PodReasonSchedulingGated
	}
	for i := range pod.Spec.InitContainers {
		if sidecar(pod, pod.Spec.InitContainers[i].Name) {
			c.containers++
		}
	}
	ofSidecars, initializing := c.initContainers(pod)
	if !initializing || holds(pod, corev1.PodInitialized) {
		c.restarts = ofSidecars
		c.mainContainers(pod)
	}
	switch {
	case pod.DeletionTimestamp == nil:
	case pod.Status.Reason == "NodeLost":
		c.status = "Unknown"
	case !ended(pod):
		c.status = "Terminating"
	}
	return c
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodFailed || pod.Status.Phase == corev1.PodSucceeded
}

// initContainers counts up to the first one that is not done, whose state it takes.
func (c *podColumns) initContainers(pod *corev1.Pod) (ofSidecars int32, initializing bool) {
	for i, s := range pod.Status.InitContainerStatuses {
		c.restarts += s.RestartCount
		if sidecar(pod, s.Name) {
			ofSidecars += s.RestartCount
		}
		switch end := s.State.Terminated; {
		case end != nil && end.ExitCode == 0:
		case sidecar(pod, s.Name) && s.Started != nil && *s.Started:
			if s.Ready {
				c.ready++
			}
		default:
			c.status = initStatus(&s, i, len(pod.Spec.InitContainers))
			return ofSidecars, true
		}
	}
	return ofSidecars, false
}

func initStatus(s *corev1.ContainerStatus, i, of int) string {
	end, waiting := s.State.Terminated, s.State.Waiting
	switch {
	case end != nil:
		return "Init:" + endWords(end)
	case waiting != nil && waiting.Reason != "" && waiting.Reason != "PodInitializing":
		return "Init:" + waiting.Reason
	default:
		return fmt.Sprintf("Init:%d/%d", i, of)
	}
}

func (c *podColumns) mainContainers(pod *corev1.Pod) {
	running, failed := false, ""
	for i := len(pod.Status.ContainerStatuses) - 1; i >= 0; i-- {
		s := &pod.Status.ContainerStatuses[i]
		c.restarts += s.RestartCount
		switch {
		case s.State.Waiting != nil && s.State.Waiting.Reason != "":
			c.status = s.State.Waiting.Reason
		case s.State.Terminated != nil:
			if c.status = endWords(s.State.Terminated); s.State.Terminated.ExitCode != 0 {
				failed = c.status
			}
		case s.Ready && s.State.Running != nil:
			running = true
			c.ready++
		}
	}
	if c.status == "Completed" {
		c.status = completedStatus(pod, running, failed)
	}
}

// completedStatus is the status of a Pod whose first container has completed.
func completedStatus(pod *corev1.Pod, running bool, failed string) string {
	switch {
	case running && holds(pod, corev1.PodReady):
		return "Running"
	case failed != "":
		return failed
	case running:
		return "NotReady"
	default:
		return "Completed"
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
