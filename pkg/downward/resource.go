package downward

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// podLevel is the first version whose kubelet gives a Pod's own limit to a variable
// (gate PodLevelResources: alpha 1.32, beta 1.34).
const podLevel = 34

// resourceRef is the value of a resource of a container for a variable or a file. named
// is set where the use names the container, own where it is the one that sees it.
//
// A variable that names an init container gets 0 for an unset limit: the kubelet fills
// in limits of the container it starts and of the regular ones only
// (kubelet_resources.go, defaultPodLimitsForDownwardAPI). A file gets the node's
// allocatable for any container, and never the Pod's own limit (downwardapi.go).
func (v *values) resourceRef(resourcePath string, divisor resource.Quantity, of *corev1.Container, byFile, named bool) Value {
	if v.template {
		return Value{State: AtRunTime}
	}
	list, name, _ := resourceOf(resourcePath)
	q, ok := v.granted(of.Name, of.Resources, byFile, list)[corev1.ResourceName(name)]
	set := ok && !q.IsZero()
	switch {
	case list == requests:
		limit, limited := of.Resources.Limits[corev1.ResourceName(name)]
		return amount(resourcePath, q, divisor, requestOrigin(set, limited && limit.Cmp(q) == 0))
	case set || !defaulted(name):
		return amount(resourcePath, q, divisor, "")
	case !byFile && named && !v.regular(of.Name):
		return amount(resourcePath, q, divisor, "")
	default:
		return v.standIn(resourcePath, corev1.ResourceName(name), divisor, byFile)
	}
}

func requestOrigin(set, equalsLimit bool) Origin {
	switch {
	case !set:
		return UnsetRequest
	case equalsLimit:
		return AsLimit
	default:
		return ""
	}
}

// standIn is what an unset limit shows.
func (v *values) standIn(resourcePath string, name corev1.ResourceName, divisor resource.Quantity, byFile bool) Value {
	if limit, ok := v.podLimit(name); ok && !byFile {
		return amount(resourcePath, limit, divisor, FromPodLimit)
	}
	if v.allocatable == nil {
		if v.pod.Spec.NodeName == "" {
			return Value{State: NotScheduled, Origin: FromNode}
		}
		return Value{State: Unknown, Origin: FromNode}
	}
	return amount(resourcePath, v.allocatable[name], divisor, FromNode)
}

// podLimit is the Pod's own limit of cpu or memory, where the kubelet heeds it.
func (v *values) podLimit(name corev1.ResourceName) (resource.Quantity, bool) {
	if v.pod.Spec.Resources == nil || (v.minor > 0 && v.minor < podLevel) || name == corev1.ResourceEphemeralStorage {
		return resource.Quantity{}, false
	}
	q, ok := v.pod.Spec.Resources.Limits[name]
	return q, ok && !q.IsZero()
}

// defaulted says whether an unset limit is filled in: of hugepages it is not
// (pkg/api/v1/resource/helpers.go, MergeContainerResourceLimits).
func defaulted(name string) bool {
	return name == string(corev1.ResourceCPU) || name == string(corev1.ResourceMemory) || name == string(corev1.ResourceEphemeralStorage)
}

func (v *values) regular(container string) bool {
	for i := range v.pod.Spec.Containers {
		if v.pod.Spec.Containers[i].Name == container {
			return true
		}
	}
	return false
}

// granted are the limits or requests of a container as the kubelet sees them. While it
// has not granted a resize, a container that starts gets what it had before, and a
// file says what was asked for: the volumes' view of a Pod is the API server's.
func (v *values) granted(container string, spec corev1.ResourceRequirements, byFile bool, list string) corev1.ResourceList {
	asked := spec.Limits
	if list == requests {
		asked = spec.Requests
	}
	if byFile || !resizePending(v.pod) {
		return asked
	}
	for _, statuses := range [][]corev1.ContainerStatus{v.pod.Status.ContainerStatuses, v.pod.Status.InitContainerStatuses} {
		for i := range statuses {
			if statuses[i].Name != container || statuses[i].Resources == nil {
				continue
			}
			if list == limits {
				return statuses[i].Resources.Limits
			}
			if statuses[i].AllocatedResources != nil {
				return statuses[i].AllocatedResources
			}
			return statuses[i].Resources.Requests
		}
	}
	return asked
}

func resizePending(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodResizePending {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
