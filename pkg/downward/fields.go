package downward

import (
	"maps"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// fields are the rows of a Pod, in the order of the groups; of resources each container's
// together.
func (a *analysis) fields(uses []use, only string) []Field {
	out := []Field{}
	for _, r := range rules {
		if r.group == Resources {
			continue
		}
		for _, name := range a.pathsOf(r, uses) {
			out = append(out, a.podField(r, name, uses))
		}
	}
	for _, c := range slices.Concat(a.pod.Spec.InitContainers, a.pod.Spec.Containers) {
		if only != "" && only != c.Name {
			continue
		}
		for _, r := range rules {
			if r.group != Resources {
				continue
			}
			for _, name := range pagesOf(r, &c, uses) {
				out = append(out, a.resourceField(r, name, &c, uses))
			}
		}
	}
	return out
}

// pathsOf are the fields of a rule that this Pod has: one, or one for each key, also
// those that are used and are not there.
func (a *analysis) pathsOf(r rule, uses []use) []string {
	p := parsePath(r.path)
	if !p.keyed {
		return []string{r.path}
	}
	keys := map[string]bool{}
	have := a.pod.Labels
	if p.base == annotations {
		have = a.pod.Annotations
	}
	for key := range have {
		keys[key] = true
	}
	delete(keys, corev1.MirrorPodAnnotationKey)
	if p.base == annotations && !isMirror(a.pod) {
		keys[sourceAnnotation], keys[seenAnnotation] = true, true
	}
	for _, u := range uses {
		if used := parsePath(u.field); used.keyed && used.base == p.base {
			keys[used.key] = true
		}
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		out = append(out, keyed(p.base, key))
	}
	return out
}

func (a *analysis) podField(r rule, name string, uses []use) Field {
	f := r.field(a.minor)
	f.Field = name
	v := a.values.fieldRef(parsePath(name))
	if f.Env.Allowed {
		f.Env.Value = &v
	}
	if f.Volume.Allowed {
		f.Volume.Value = &v
	}
	for _, u := range uses {
		if !u.isResource && sameField(u.field, name) {
			f.UsedBy = append(f.UsedBy, u.words())
		}
	}
	return f
}

// sameField knows the other name of spec.nodeName (podshelper.ConvertDownwardAPIFieldLabel).
func sameField(a, b string) bool {
	return a == b || (a == "spec.host" && b == "spec.nodeName")
}

// pagesOf are the resources of a rule that a container has: one, or one for each size
// of hugepages that is set or used.
func pagesOf(r rule, c *corev1.Container, uses []use) []string {
	front, sized := strings.CutSuffix(r.path, "SIZE")
	if !sized {
		return []string{r.path}
	}
	sizes := map[string]bool{}
	for _, list := range []corev1.ResourceList{c.Resources.Limits, c.Resources.Requests} {
		for name := range list {
			if size, huge := strings.CutPrefix(string(name), hugepages); huge {
				sizes[size] = true
			}
		}
	}
	for _, u := range uses {
		if size, huge := strings.CutPrefix(u.field, front); huge && u.owner() == c.Name {
			sizes[size] = true
		}
	}
	var out []string
	for _, size := range slices.Sorted(maps.Keys(sizes)) {
		out = append(out, front+size)
	}
	return out
}

func (a *analysis) resourceField(r rule, name string, c *corev1.Container, uses []use) Field {
	f := r.field(a.minor)
	f.Field, f.Container = name, c.Name
	one := resource.MustParse("1")
	env := a.values.resourceRef(name, one, c, false, false)
	file := a.values.resourceRef(name, one, c, true, true)
	f.Env.Value, f.Volume.Value = &env, &file
	if env.Origin == FromNode {
		f.Env.Changes = AtRestart
	}
	if file.Origin == FromNode {
		f.Volume.Changes = Live
	}
	for _, u := range uses {
		if u.isResource && u.field == name && u.owner() == c.Name {
			f.UsedBy = append(f.UsedBy, u.words())
		}
	}
	return f
}

func resourceName(name string) corev1.ResourceName { return corev1.ResourceName(name) }
