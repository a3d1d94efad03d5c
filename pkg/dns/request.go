package dns

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Request is what the user asks about a live Pod.
type Request struct {
	Namespace string
	Target    kube.Target
	// Container is the one to look from, "" for the first that runs.
	Container string
	Names     []string
	// Libc is the resolver that the user says the program uses, "" to find out.
	Libc Libc
	// Live asks the nameservers themselves, from the Pod's network.
	Live bool
}

// container is where to look from: the one that is named, else the one that the Pod names
// for that, else the first that runs, else the first.
func (r Request) container(pod *corev1.Pod) (string, error) {
	names := containerNames(pod)
	own := pod.Annotations[snapshot.DefaultContainer]
	switch {
	case r.Container != "" && !slices.Contains(names, r.Container):
		return "", fmt.Errorf("--container=%s: pod %s/%s has no such container; %s", r.Container, pod.Namespace, pod.Name, kube.Offer("its containers", r.Container, names))
	case r.Container != "":
		return r.Container, nil
	case slices.Contains(names, own):
		return own, nil
	case len(names) == 0:
		return "", fmt.Errorf("pod %s/%s: it has no container", pod.Namespace, pod.Name)
	}
	for _, c := range pod.Spec.Containers {
		if notRunning(pod, c.Name) == "" {
			return c.Name, nil
		}
	}
	return names[0], nil
}

// containerNames are all of a Pod's, those that run all the time first.
func containerNames(pod *corev1.Pod) []string {
	var names []string
	for _, c := range slices.Concat(pod.Spec.Containers, pod.Spec.InitContainers) {
		names = append(names, c.Name)
	}
	for i := range pod.Spec.EphemeralContainers {
		names = append(names, pod.Spec.EphemeralContainers[i].Name)
	}
	return names
}

// notRunning says why nothing can be read in a container, "" where it runs.
func notRunning(pod *corev1.Pod, container string) string {
	if windows(pod) {
		return "a Windows container has no resolv.conf"
	}
	for _, s := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses) {
		switch state := s.State; {
		case s.Name != container:
		case state.Running != nil:
			return ""
		case state.Waiting != nil && state.Waiting.Reason != "":
			return "container " + container + " does not run: " + state.Waiting.Reason
		case state.Terminated != nil:
			return "container " + container + " has ended: " + state.Terminated.Reason
		}
	}
	return "container " + container + " does not run, the Pod is " + string(pod.Status.Phase)
}

// windows says whether the Pod is made for Windows: by spec.os, or by the label that
// sends it to such a node.
func windows(pod *corev1.Pod) bool {
	if pod.Spec.OS != nil {
		return pod.Spec.OS.Name == corev1.Windows
	}
	return pod.Spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows)
}
