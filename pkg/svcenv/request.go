package svcenv

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Request is what the user asks.
type Request struct {
	Namespace string
	Target    kube.Target
	// Container is the one that is asked for, "" for the one that kubectl would take.
	Container string
	// ShowValues keeps the values of variables that are no Service's in the answer.
	ShowValues bool
}

// container chooses one of the Pod's: the one that is asked for, else the one that the Pod
// names for that, else its first, as kubectl does (podcmd.FindOrDefaultContainerByName).
func (r Request) container(pod *corev1.Pod) (*corev1.Container, error) {
	all := containers(&pod.Spec)
	find := func(name string) int {
		return slices.IndexFunc(all, func(c *corev1.Container) bool { return c.Name == name })
	}
	if r.Container == "" {
		if i := find(pod.Annotations[snapshot.DefaultContainer]); i >= 0 {
			return all[i], nil
		}
		if len(pod.Spec.Containers) > 0 {
			return &pod.Spec.Containers[0], nil
		}
		return nil, fmt.Errorf("pod %s/%s: it has no container", pod.Namespace, pod.Name)
	}
	if i := find(r.Container); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return nil, fmt.Errorf("--container=%s: pod %s/%s has no such container; %s",
		r.Container, pod.Namespace, pod.Name, kube.Offer("its containers", r.Container, names))
}

// containers are all containers of a Pod, init containers first.
func containers(spec *corev1.PodSpec) []*corev1.Container {
	var out []*corev1.Container
	for i := range spec.InitContainers {
		out = append(out, &spec.InitContainers[i])
	}
	for i := range spec.Containers {
		out = append(out, &spec.Containers[i])
	}
	for i := range spec.EphemeralContainers {
		c := corev1.Container(spec.EphemeralContainers[i].EphemeralContainerCommon)
		out = append(out, &c)
	}
	return out
}

// fieldValues are the values of the variables of a container that take a field of the Pod,
// by name; those that cannot be known from what was read are missing.
func fieldValues(s *snapshot.Snapshot, pod *corev1.Pod, container string) map[string]string {
	out := map[string]string{}
	v, err := downward.Analyze(s, downward.Request{
		Namespace: pod.Namespace, Target: kube.Target{Kind: "Pod", Name: pod.Name}, Container: container,
	})
	if err != nil {
		return out
	}
	for _, u := range v.Uses {
		if u.As == "env" && u.Should.State == "" {
			out[fieldKey(u.Name, u.Field, u.Of, u.Divisor)] = u.Should.Text
		}
	}
	return out
}

// fieldKey tells the uses of a field by one variable apart: a name may be there twice.
func fieldKey(parts ...string) string { return strings.Join(parts, "\x00") }
