package downward

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// Request is what the user asks.
type Request struct {
	Namespace string
	Target    kube.Target
	// Container is the one that is asked for, "" for all.
	Container string
}

// checkContainer says which containers there are, where the one asked for is none.
func (r Request) checkContainer(pod *corev1.Pod) error {
	var names []string
	for _, c := range containers(&pod.Spec) {
		names = append(names, c.Name)
	}
	if r.Container == "" || slices.Contains(names, r.Container) {
		return nil
	}
	return fmt.Errorf("--container=%s: %s has no such container; %s",
		r.Container, podWords(pod), kube.Offer("its containers", r.Container, names))
}

// podWords names a Pod, of which a manifest may not give the namespace or the name.
func podWords(pod *corev1.Pod) string {
	return strings.TrimSpace("pod " + strings.Trim(pod.Namespace+"/"+pod.Name, "/"))
}
