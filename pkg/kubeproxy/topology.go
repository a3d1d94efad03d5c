package kubeproxy

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/version"
)

// HintState is what became of the hints of a port's endpoints on a node.
type HintState string

const (
	// HintsAbsent means: no ready endpoint has a hint that this version of kube-proxy reads.
	HintsAbsent HintState = ""
	// HintsFollowed means: they narrow the endpoints; Used.Topology says to what.
	HintsFollowed HintState = "followed"
	// HintsIncomplete means: one ready endpoint has none, so none count.
	HintsIncomplete HintState = "incomplete"
	// HintsElsewhere means: none names this node or its zone, so all endpoints count.
	HintsElsewhere HintState = "elsewhere"
	// HintsNoZone means: they name zones, but the node has no label topology.kubernetes.io/zone.
	HintsNoZone HintState = "node without zone"
	// HintsDisabled means: this version wants an annotation on the Service, which is not there.
	HintsDisabled HintState = "not enabled by annotation"
)

// Minor versions of Kubernetes 1 at which the default behaviour changed. Read in the
// source of 1.29.15, 1.30.14, 1.32.9, 1.33.5 and 1.37.2, pkg/proxy/topology.go and
// pkg/features; somebody can have set the feature gates otherwise.
const (
	// ServiceTrafficDistribution became beta: the annotation is no longer asked for.
	minorNoAnnotation = 31
	// PreferSameTrafficDistribution became beta: hints for nodes count. Its code is in
	// 1.33 already, but off.
	minorNodeHints = 34
)

// topology says which mode of pkg/proxy/topology.go topologyModeFromHints applies, before
// 1.33 what canUseTopology says. Only the hints of ready endpoints matter.
func topology(p ServicePort, eps []Endpoint, node NodeInfo) (mode string, state HintState) {
	ready := filter(eps, func(e Endpoint) bool { return e.Ready })
	nodes, zones := countHints(ready, Endpoint.nodeHints, node.Name), countHints(ready, Endpoint.zoneHints, node.Zone)
	if before(node.Version, minorNodeHints) {
		nodes = hintCount{of: len(ready)}
	}
	switch {
	case nodes.some+zones.some == 0:
		return "", HintsAbsent
	case before(node.Version, minorNoAnnotation) && !p.annotationEnables():
		return "", HintsDisabled
	case nodes.apply():
		return corev1.ServiceTrafficDistributionPreferSameNode, HintsFollowed
	case zones.apply():
		return corev1.ServiceTrafficDistributionPreferSameZone, HintsFollowed
	case zones.complete() && node.Zone == "":
		return "", HintsNoZone
	}
	if zones.complete() || nodes.complete() {
		return "", HintsElsewhere
	}
	return "", HintsIncomplete
}

// hintCount is how many endpoints there are, how many of them have hints at all, and how
// many have one for a place.
type hintCount struct{ of, some, here int }

// complete is whether every endpoint has hints; where one has none, nobody's count.
func (n hintCount) complete() bool { return n.some == n.of }

// apply is whether they are followed: some endpoint has to be left.
func (n hintCount) apply() bool { return n.complete() && n.here > 0 }

func countHints(eps []Endpoint, hints func(Endpoint) []string, place string) hintCount {
	n := hintCount{of: len(eps)}
	for _, ep := range eps {
		if len(hints(ep)) > 0 {
			n.some++
		}
		if place != "" && slices.Contains(hints(ep), place) {
			n.here++
		}
	}
	return n
}

func (e Endpoint) nodeHints() []string { return e.NodeHints }
func (e Endpoint) zoneHints() []string { return e.ZoneHints }

// meantFor follows availableForTopology in pkg/proxy/topology.go.
func (e Endpoint) meantFor(mode string, node NodeInfo) bool {
	switch mode {
	case corev1.ServiceTrafficDistributionPreferSameNode:
		return slices.Contains(e.NodeHints, node.Name)
	case corev1.ServiceTrafficDistributionPreferSameZone:
		return slices.Contains(e.ZoneHints, node.Zone)
	}
	return true
}

// annotationEnables follows canUseTopology in pkg/proxy/topology.go of 1.29: any value but
// two spellings of one.
func (p ServicePort) annotationEnables() bool {
	switch p.HintsAnnotation {
	case "", "disabled", "Disabled":
		return false
	}
	return true
}

// before reports whether a version of Kubernetes is older than 1.minor. What is not a
// version is not old.
func before(v string, minor uint) bool {
	parsed, err := version.ParseGeneric(v)
	return err == nil && parsed.Major() == 1 && parsed.Minor() < minor
}
