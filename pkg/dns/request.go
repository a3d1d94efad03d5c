package dns

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
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
}

// container is where to look from: the one that is named, else the first that runs.
func (r Request) container(pod *corev1.Pod) (string, error) {
	var names []string
	for _, c := range pod.Spec.Containers {
		names = append(names, c.Name)
	}
	if r.Container != "" {
		if !slices.Contains(names, r.Container) {
			return "", fmt.Errorf("--container=%s: pod %s/%s has no such container; %s", r.Container, pod.Namespace, pod.Name, kube.Offer("its containers", r.Container, names))
		}
		return r.Container, nil
	}
	for _, s := range pod.Status.ContainerStatuses {
		if s.State.Running != nil && slices.Contains(names, s.Name) {
			return s.Name, nil
		}
	}
	return "", fmt.Errorf("read resolv.conf in pod %s/%s: none of its containers runs now (the Pod is %s)", pod.Namespace, pod.Name, pod.Status.Phase)
}

// libcOf finds out by the files that the first process of a container has mapped which
// C library looks names up for it. A program without one brings its own resolver, Go's
// most likely: that is an assumption.
func libcOf(maps string) (libc Libc, assumed bool) {
	switch {
	case strings.Contains(maps, "/ld-musl-"), strings.Contains(maps, "/libc.musl-"):
		return Musl, false
	case strings.Contains(maps, "/libc.so.6"), strings.Contains(maps, "/libc-2."):
		return Glibc, false
	case maps == "":
		return Glibc, true
	default:
		return Go, true
	}
}

// ipv4Only says whether a network namespace has no IPv6 address but its own loopback
// (/proc/net/if_inet6: the address, without colons, begins each line).
func ipv4Only(addresses string) bool {
	for line := range strings.Lines(addresses) {
		if !strings.HasPrefix(line, "00000000000000000000000000000001 ") {
			return false
		}
	}
	return true
}
