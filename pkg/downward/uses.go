package downward

import (
	"path"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// use is one variable or file that takes a field, as the Pod's spec has it.
type use struct {
	container string // who sees it, "" for a file of a volume that none mounts
	env       bool
	name      string // the variable, or the file's path in the container
	volume    string
	item      string
	subPath   bool
	folder    bool // subPath is a folder above the file, and not the file
	// token is set for the namespace file beside a ServiceAccount's token, which every
	// Pod has that does not refuse it.
	token bool
	// hidden says what lies over the file in the container, "" where nothing does.
	hidden string
	// secret is set where a Secret in the same volume may have a file of the same path,
	// which then is not read.
	secret bool
	// somewhere is set where the file's path there depends on variables.
	somewhere bool
	// overridden is set where a later variable or item of the same name takes its place.
	overridden bool
	// malformed says what the API server refuses about it besides its field.
	malformed  string
	field      string
	isResource bool
	of         string // the container that a resource use names, "" for its own
	divisor    resource.Quantity
}

// containers are all containers of a Pod that can use a field, init containers first.
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

// usesOf are the uses in a Pod's spec, variables of a container first, then its files;
// last the files that no container mounts. only is the container asked for, "" for all.
func usesOf(spec *corev1.PodSpec, only string) []use {
	var out []use
	mounted := map[string]bool{}
	items := itemsOf(spec)
	for _, c := range containers(spec) {
		for _, file := range filesOf(c, items) {
			mounted[file.volume+"\x00"+file.item] = true
			if only == "" || only == c.Name {
				out = append(out, file)
			}
		}
	}
	var variables []use
	for _, c := range containers(spec) {
		if only == "" || only == c.Name {
			variables = append(variables, variablesOf(c)...)
		}
	}
	out = append(variables, out...)
	for _, item := range items {
		if !mounted[item.volume+"\x00"+item.item] && only == "" {
			out = append(out, item)
		}
	}
	return out
}

func variablesOf(c *corev1.Container) []use {
	last := map[string]int{}
	for i, v := range c.Env {
		last[v.Name] = i
	}
	var out []use
	for i, v := range c.Env {
		u := use{container: c.Name, env: true, name: v.Name, overridden: last[v.Name] != i}
		switch {
		case v.ValueFrom == nil:
			continue
		case v.ValueFrom.FieldRef != nil:
			u.field = v.ValueFrom.FieldRef.FieldPath
		case v.ValueFrom.ResourceFieldRef != nil:
			u.resource(v.ValueFrom.ResourceFieldRef)
		case *v.ValueFrom == corev1.EnvVarSource{}:
		default:
			continue
		}
		u.malformed = malformedVariable(v)
		out = append(out, u)
	}
	return out
}

// path is the field that the use takes. A resource has no keys.
func (u use) path() fieldPath {
	if u.isResource {
		return fieldPath{base: u.field}
	}
	return parsePath(u.field)
}

func (u *use) resource(ref *corev1.ResourceFieldSelector) {
	u.isResource, u.field, u.of, u.divisor = true, ref.Resource, ref.ContainerName, ref.Divisor
}

// isToken knows the volume by the name and the sources that admission gives it
// (plugin/pkg/admission/serviceaccount/admission.go, TokenVolumeSource).
func isToken(v *corev1.Volume) bool {
	return strings.HasPrefix(v.Name, "kube-api-access-") && v.Projected != nil
}

// filesOf are the items that a container sees, under their paths in it.
func filesOf(c *corev1.Container, items []use) []use {
	var out []use
	for m := range c.VolumeMounts {
		mount := &c.VolumeMounts[m]
		for _, item := range items {
			if item.volume != mount.Name {
				continue
			}
			if file, seen := item.under(mount); seen {
				file.container = c.Name
				file.hidden = hiddenBy(c, m, file.name)
				file.somewhere = strings.Contains(mount.SubPathExpr, "$(")
				out = append(out, file)
			}
		}
	}
	return out
}

// under is the item by one mount: false where the mount's subPath leaves it out.
func (u use) under(mount *corev1.VolumeMount) (use, bool) {
	// The kubelet makes a relative mountPath absolute (kubelet_pods.go, makeMounts).
	dir := path.Clean("/" + mount.MountPath)
	sub := mount.SubPath
	if sub == "" {
		sub = mount.SubPathExpr
	}
	// The folder of the volume itself: links in it are followed inside of the mount.
	if sub == "" || path.Clean(sub) == "." {
		u.name = path.Join(dir, u.item)
		return u, true
	}
	u.subPath = true
	if strings.Contains(sub, "$(") {
		u.name = dir
		return u, true
	}
	rest, below := strings.CutPrefix(u.item+"/", path.Clean(sub)+"/")
	u.name, u.folder = path.Join(dir, rest), rest != ""
	return u, below
}

// hiddenBy says which other mount of the container lies over a file, "" where none does.
func hiddenBy(c *corev1.Container, mount int, file string) string {
	own := path.Clean("/" + c.VolumeMounts[mount].MountPath)
	for i := range c.VolumeMounts {
		over := path.Clean("/" + c.VolumeMounts[i].MountPath)
		if i != mount && len(over) > len(own) && strings.HasPrefix(file+"/", over+"/") {
			return "volume " + c.VolumeMounts[i].Name + " is mounted over it at " + over
		}
	}
	return ""
}
