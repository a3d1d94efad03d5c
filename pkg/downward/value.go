package downward

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
)

// The annotations that the kubelet keeps in its own copy of a Pod and the API does not
// show (pkg/kubelet/config/config.go, localAnnotations), and the one by which it tells
// a static Pod's real UID.
const (
	seenAnnotation   = "kubernetes.io/config.seen"
	sourceAnnotation = "kubernetes.io/config.source"
	hashAnnotation   = "kubernetes.io/config.hash"
)

// values computes what a container of a Pod would get now.
type values struct {
	pod *corev1.Pod
	// allocatable is the node's, nil where the Node was not read.
	allocatable corev1.ResourceList
	// minor is the kubelet's version, 0 where not known.
	minor int
	// seen is what the kubelet says it saw the Pod, "" where nothing that was read has it.
	seen string
	// template is set for a Pod that does not exist yet.
	template bool
}

// fieldRef is the value of a fieldPath.
func (v *values) fieldRef(p fieldPath) Value {
	if v.template {
		return Value{State: AtRunTime}
	}
	switch p.base {
	case labels:
		return v.labels(p)
	case annotations:
		return v.annotations(p)
	case "metadata.name":
		return Value{Text: v.pod.Name}
	case "metadata.namespace":
		return Value{Text: v.pod.Namespace}
	case "metadata.uid":
		return v.uid()
	case "spec.serviceAccountName":
		return Value{Text: v.pod.Spec.ServiceAccountName}
	default:
		return v.onNode(p.base)
	}
}

func (v *values) labels(p fieldPath) Value {
	if p.keyed {
		return Value{Text: v.pod.Labels[p.key]}
	}
	return Value{Text: formatMap(v.pod.Labels, "")}
}

// onNode is a value that a Pod has only when it is on a node.
func (v *values) onNode(field string) Value {
	text, known := map[string]string{
		"spec.nodeName": v.pod.Spec.NodeName, "spec.host": v.pod.Spec.NodeName,
		"status.hostIP": v.pod.Status.HostIP, "status.hostIPs": strings.Join(hostIPs(v.pod), ","),
		"status.podIP": v.pod.Status.PodIP, "status.podIPs": strings.Join(podIPs(v.pod), ","),
	}[field]
	switch {
	case !known:
		return Value{State: Unknown}
	case text != "":
		return Value{Text: text}
	case v.pod.Spec.NodeName == "":
		return Value{State: NotScheduled}
	default:
		return Value{State: NotAssigned}
	}
}

// uid is the UID that the kubelet knows the Pod by: of a static Pod it is the hash of
// its file, and the API shows the mirror Pod's.
func (v *values) uid() Value {
	if isMirror(v.pod) && v.pod.Annotations[hashAnnotation] != "" {
		return Value{Text: v.pod.Annotations[hashAnnotation], Origin: FromKubelet}
	}
	return Value{Text: string(v.pod.UID)}
}

func isMirror(pod *corev1.Pod) bool {
	_, mirror := pod.Annotations[corev1.MirrorPodAnnotationKey]
	return mirror
}

// annotations are those of the kubelet's copy of the Pod.
func (v *values) annotations(p fieldPath) Value {
	all := map[string]string{}
	for key, text := range v.pod.Annotations {
		all[key] = text
	}
	delete(all, corev1.MirrorPodAnnotationKey)
	state := State("")
	if !isMirror(v.pod) {
		all[sourceAnnotation], all[seenAnnotation] = "api", v.seen
		if v.seen == "" {
			state = Partly
		}
	}
	if !p.keyed {
		must := ""
		if state == Partly {
			must = seenAnnotation
			delete(all, must)
		}
		return Value{Text: formatMap(all, must), State: state, Origin: FromKubelet}
	}
	out := Value{Text: all[p.key]}
	if p.key == sourceAnnotation || p.key == seenAnnotation {
		out.Origin = FromKubelet
		if p.key == seenAnnotation && state != "" {
			out.State = Unknown
		}
	}
	return out
}

// formatMap is a map as a file holds it: a line key="value" for each key, sorted, the
// value quoted as Go does, no line break at the end (pkg/fieldpath, FormatMap). A key
// that must be there and is not has a value that is not known.
func formatMap(m map[string]string, must string) string {
	keys := slices.Collect(maps.Keys(m))
	if _, there := m[must]; must != "" && !there {
		keys = append(keys, must)
	}
	slices.Sort(keys)
	var lines []string
	for _, key := range keys {
		text, there := m[key]
		if !there {
			lines = append(lines, key+"=<unknown>")
			continue
		}
		lines = append(lines, key+"="+strconv.Quote(text))
	}
	return strings.Join(lines, "\n")
}

// seenIn finds the time at which the kubelet saw the Pod in a file of all annotations.
func seenIn(file string) string {
	for line := range strings.Lines(file) {
		quoted, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), seenAnnotation+"=")
		if text, err := strconv.Unquote(quoted); found && err == nil {
			return text
		}
	}
	return ""
}

// podIPs are in the order of the node's family preference already (kubelet_pods.go,
// sortPodIPs makes both the status and the variables).
func podIPs(pod *corev1.Pod) []string {
	var out []string
	for _, ip := range pod.Status.PodIPs {
		out = append(out, ip.IP)
	}
	return out
}

func hostIPs(pod *corev1.Pod) []string {
	var out []string
	for _, ip := range pod.Status.HostIPs {
		out = append(out, ip.IP)
	}
	return out
}

// amount is a Value of a resource by a divisor.
func amount(resourcePath string, q, divisor resource.Quantity, origin Origin) Value {
	return Value{
		Text: divide(resourcePath, q, divisor), Origin: origin, Quantity: q.String(), ByDivisor: byDivisor(resourcePath, q),
	}
}
