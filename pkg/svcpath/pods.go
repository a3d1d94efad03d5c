package svcpath

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

const stateRunning = "running"

// podState says in Kubernetes' own words what a Pod is doing, "running" where it
// runs and is ready.
func podState(pod *corev1.Pod) string {
	switch {
	case pod.DeletionTimestamp != nil:
		return "terminating"
	case pod.Status.Reason != "":
		return pod.Status.Reason
	}
	if reason := containerTrouble(pod); reason != "" {
		return reason
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason
		}
		if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
			return stateRunning
		}
	}
	if pod.Status.Phase != corev1.PodRunning {
		return string(pod.Status.Phase)
	}
	return "readiness probe fails"
}

// containerTrouble names the first container that does not run, and why.
func containerTrouble(pod *corev1.Pod) string {
	for _, c := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
		if why := stopped(c.State); why != "" {
			return fmt.Sprintf("container %s: %s", c.Name, why)
		}
	}
	for _, c := range pod.Status.ContainerStatuses {
		if c.State.Running != nil && !c.Ready {
			return fmt.Sprintf("container %s: not ready", c.Name)
		}
	}
	for _, c := range pod.Status.Conditions {
		// Readiness gates: every container is ready, and the Pod is not.
		if c.Type == corev1.ContainersReady && c.Status == corev1.ConditionTrue && !isReady(pod) {
			return "readiness gate: " + gateReason(pod)
		}
	}
	return ""
}

// stopped says why a container does not run, "" where it does, or where it is done or
// only has to wait for those before it.
func stopped(state corev1.ContainerState) string {
	if w := state.Waiting; w != nil && w.Reason != "PodInitializing" {
		return w.Reason
	}
	if t := state.Terminated; t != nil && t.ExitCode != 0 {
		return fmt.Sprintf("%s, exit code %d", t.Reason, t.ExitCode)
	}
	return ""
}

func gateReason(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Reason
		}
	}
	return "<unknown>"
}

func isReady(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// maxListed is how many Pods a sentence lists.
const maxListed = 5

// listed words Pods with the reason why each is not ready.
func listed(pods []*corev1.Pod) string {
	var words []string
	for i, pod := range pods {
		if i == maxListed {
			words = append(words, "…")
			break
		}
		words = append(words, pod.Name+" ("+podState(pod)+")")
	}
	return strings.Join(words, ", ")
}

// matching returns the Pods that the Service's selector picks, finished ones left
// out as the slice controller does (endpointslice/util ShouldPodBeInEndpoints).
func (a *analysis) matching() []*corev1.Pod {
	if len(a.svc.Spec.Selector) == 0 {
		return nil
	}
	var out []*corev1.Pod
	for i := range a.s.Pods {
		pod := &a.s.Pods[i]
		finished := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if pod.Namespace == a.svc.Namespace && !finished && selects(a.svc.Spec.Selector, pod.Labels) {
			out = append(out, pod)
		}
	}
	return out
}

func selects(selector, labels map[string]string) bool {
	for k, v := range selector {
		if have, ok := labels[k]; !ok || have != v {
			return false
		}
	}
	return true
}
