package downward

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// SnippetRequest is what to write into a manifest.
type SnippetRequest struct {
	// Fields are fieldPaths and resources, in the words of the Downward API.
	Fields []string
	// As is "env", "volume", or "" for a variable where that can be.
	As string
	// Divisor is the unit of resources, "" for 1.
	Divisor string
	// Container is who gets them, "" for the Pod's default container.
	Container string
}

// wanted is one field of a request, checked.
type wanted struct {
	path     fieldPath
	env      bool
	resource bool
}

// Snippet returns the YAML that goes into the manifest of a Pod, so that a container gets
// the fields: variables and mounts for the container, and, in a second document, volumes
// for the spec. Names that the Pod has already are left alone. Its error says which field
// cannot be had that way, why, and which way does; minor is the Kubernetes version.
func Snippet(pod *corev1.Pod, req SnippetRequest, minor int) (string, error) {
	all, divisor, err := req.check(minor)
	if err != nil {
		return "", err
	}
	c, err := containerFor(pod, req.Container)
	if err != nil {
		return "", err
	}
	return writeSnippet(pod, c, all, divisor)
}

// Check says what cannot be had, as far as that can be told without a Pod.
func (r SnippetRequest) Check() error {
	_, _, err := r.check(0)
	return err
}

func (r SnippetRequest) check(minor int) (all []wanted, divisor resource.Quantity, err error) {
	if len(r.Fields) == 0 {
		return nil, divisor, errors.New("--yaml: name the fields, such as metadata.name limits.cpu; kubectl kk downward --list shows them all")
	}
	for _, field := range r.Fields {
		w, err := want(field, r.As, minor)
		if err != nil {
			return nil, divisor, err
		}
		if !slices.Contains(all, w) {
			all = append(all, w)
		}
	}
	if r.Divisor != "" && !slices.ContainsFunc(all, func(w wanted) bool { return w.resource }) {
		return nil, divisor, fmt.Errorf("--divisor=%s: it is for resources, such as limits.memory; none is asked for", r.Divisor)
	}
	divisor, err = r.divisor(all)
	return all, divisor, err
}

// want checks one field.
func want(field, as string, minor int) (wanted, error) {
	p := typedPath(field)
	r, known := ruleOf(p)
	switch {
	case !known:
		return wanted{}, fmt.Errorf("%s: the Downward API offers no such field; near: %s; all: kubectl kk downward --list", field, nearestField(p.base))
	case strings.HasSuffix(strings.TrimSuffix(field, "SIZE"), hugepages):
		return wanted{}, fmt.Errorf("%s: name the size of the pages, such as limits.hugepages-2Mi", field)
	case p.keyed && p.keyProblem() != "":
		return wanted{}, fmt.Errorf("%s: %s", field, p.keyProblem())
	case minor > 0 && minor < r.since:
		return wanted{}, fmt.Errorf("%s: it came with Kubernetes 1.%d (before, with the feature gate %s), and this is 1.%d", field, r.since, r.gate, minor)
	case as == "env" && !r.byEnv():
		return wanted{}, fmt.Errorf("%s: a map does not fit into a variable; take one key of it, such as %s, or all as a file: --as volume", field, keyed(p.base, "KEY"))
	case as == "volume" && !r.byVolume():
		return wanted{}, fmt.Errorf("%s: files offer no fields of spec and status; take it as a variable: --as env", field)
	}
	return wanted{path: p, env: r.byEnv() && as != "volume", resource: r.group == Resources}, nil
}

func (r SnippetRequest) divisor(all []wanted) (resource.Quantity, error) {
	text := or(r.Divisor, "1")
	var divisor resource.Quantity
	var err error
	if !boundless(text) {
		divisor, err = resource.ParseQuantity(text)
	}
	if err != nil || boundless(text) {
		return divisor, fmt.Errorf("--divisor=%s: not a unit; cpu takes %s, the others %s", text, strings.Join(cpuDivisors, ", "), strings.Join(byteDivisors, ", "))
	}
	if r.Divisor != "" && divisor.IsZero() {
		return divisor, fmt.Errorf("--divisor=%s: nothing is counted in units of 0", text)
	}
	for _, w := range all {
		if !w.resource {
			continue
		}
		if problem := divisorProblem(w.path.base, divisor); problem != "" {
			return divisor, fmt.Errorf("--divisor=%s: it does not fit: %s", text, problem)
		}
	}
	return divisor, nil
}

// containerFor is the container that is named, else the one that kubectl takes: by its
// annotation, else the first. A debug container is in no manifest.
func containerFor(pod *corev1.Pod, name string) (*corev1.Container, error) {
	spec := corev1.PodSpec{InitContainers: pod.Spec.InitContainers, Containers: pod.Spec.Containers}
	byAnnotation := pod.Annotations[snapshot.DefaultContainer]
	var names []string
	var first *corev1.Container
	for _, c := range containers(&spec) {
		if c.Name == cmp.Or(name, byAnnotation) {
			return c, nil
		}
		names = append(names, c.Name)
	}
	if len(pod.Spec.Containers) > 0 {
		first = &pod.Spec.Containers[0]
	}
	switch {
	case name != "":
		return nil, fmt.Errorf("--container=%s: %s has no such container; %s", name, podWords(pod), kube.Offer("its containers", name, names))
	case first == nil:
		return nil, fmt.Errorf("--yaml: pod %s has no container", pod.Name)
	default:
		return first, nil
	}
}

// SnippetFor is Snippet for a Pod that was read.
func SnippetFor(s *snapshot.Snapshot, req Request, what SnippetRequest) (string, error) {
	pod, err := s.PodOf(req.Namespace, req.Target.String())
	if err != nil {
		return "", err
	}
	if err := req.checkContainer(pod); err != nil {
		return "", err
	}
	return Snippet(pod, what, minorOf(kubernetesVersion(s, pod)))
}
