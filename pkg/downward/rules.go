package downward

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/words"
)

const (
	limits   = "limits"
	requests = "requests"
	// hugepages is the prefix of a resource of which there is one for each page size.
	hugepages = "hugepages-"
)

// Reason names the rule behind a field. Its words are in render_reason.go.
type Reason string

// The reasons.
const (
	ReasonIdentity   Reason = "identity"
	ReasonMapKey     Reason = "map key"
	ReasonWholeMap   Reason = "whole map"
	ReasonScheduling Reason = "scheduling"
	ReasonAddress    Reason = "address"
	ReasonHostIPs    Reason = "host IPs"
	ReasonLimit      Reason = "limit"
	ReasonRequest    Reason = "request"
	ReasonHugepages  Reason = "hugepages"
)

// rule is what Kubernetes says of a field: validation.go's
// validEnvDownwardAPIFieldPathExpressions, validVolumeDownwardAPIFieldPathExpressions
// and validContainerResourceFieldPathExpressions, and when the kubelet computes it.
type rule struct {
	path       string
	group      Group
	reason     Reason
	envChange  Change
	fileChange Change
	since      int    // the first minor version in which it is on, 0 for all that kk knows
	gate       string // the feature gate that was before
	gates      []gate // what has to do with it in the versions that kk knows
}

// gate is a feature gate, and the minor versions in which it was alpha (off), beta (on)
// and stable, and from which on it is gone (pkg/features/kube_features.go); 0 for what is
// still to come.
type gate struct {
	name                      string
	alpha, beta, stable, gone int
	does                      string
}

var (
	hostIPsGate  = gate{"PodHostIPs", 28, 29, 30, 32, "the field"}
	resizeGate   = gate{"InPlacePodVerticalScaling", 27, 33, 35, 0, "resize in place"}
	podLevelGate = gate{"PodLevelResources", 32, 34, 0, 0, "the Pod's own limit in variables"}
)

// in words the gate for a minor version, "" where it does not know it yet or any more.
func (g gate) in(minor int) string {
	state := ""
	switch {
	case minor == 0:
		return g.in(newest)
	case minor < g.alpha || g.gone > 0 && minor >= g.gone:
		return ""
	case minor < g.beta:
		state = "alpha, off"
	case g.stable == 0 || minor < g.stable:
		state = "beta, on"
	default:
		state = "stable"
	}
	return g.name + " (" + state + "): " + g.does
}

// rules are in the order of the tutorial.
var rules = []rule{
	{path: "metadata.name", group: EnvOrVolume, reason: ReasonIdentity, envChange: Never, fileChange: Never},
	{path: "metadata.namespace", group: EnvOrVolume, reason: ReasonIdentity, envChange: Never, fileChange: Never},
	{path: "metadata.uid", group: EnvOrVolume, reason: ReasonIdentity, envChange: Never, fileChange: Never},
	{path: keyed(annotations, "KEY"), group: EnvOrVolume, reason: ReasonMapKey, envChange: AtRestart, fileChange: Live},
	{path: keyed(labels, "KEY"), group: EnvOrVolume, reason: ReasonMapKey, envChange: AtRestart, fileChange: Live},
	{path: "spec.serviceAccountName", group: EnvOnly, reason: ReasonIdentity, envChange: Never},
	{path: "spec.nodeName", group: EnvOnly, reason: ReasonScheduling, envChange: Never},
	{path: "status.hostIP", group: EnvOnly, reason: ReasonAddress, envChange: AtRestart},
	{path: "status.hostIPs", group: EnvOnly, reason: ReasonHostIPs, envChange: AtRestart, since: 29, gate: "PodHostIPs", gates: []gate{hostIPsGate}},
	{path: "status.podIP", group: EnvOnly, reason: ReasonAddress, envChange: AtRestart},
	{path: "status.podIPs", group: EnvOnly, reason: ReasonAddress, envChange: AtRestart},
	{path: labels, group: VolumeOnly, reason: ReasonWholeMap, fileChange: Live},
	{path: annotations, group: VolumeOnly, reason: ReasonWholeMap, fileChange: Live},
	{path: "limits.cpu", group: Resources, reason: ReasonLimit, envChange: AtRestart, fileChange: AtResize, gates: []gate{resizeGate, podLevelGate}},
	{path: "requests.cpu", group: Resources, reason: ReasonRequest, envChange: AtRestart, fileChange: AtResize, gates: []gate{resizeGate}},
	{path: "limits.memory", group: Resources, reason: ReasonLimit, envChange: AtRestart, fileChange: AtResize, gates: []gate{resizeGate, podLevelGate}},
	{path: "requests.memory", group: Resources, reason: ReasonRequest, envChange: AtRestart, fileChange: AtResize, gates: []gate{resizeGate}},
	{path: "limits.hugepages-SIZE", group: Resources, reason: ReasonHugepages, envChange: Never, fileChange: Never},
	{path: "requests.hugepages-SIZE", group: Resources, reason: ReasonHugepages, envChange: Never, fileChange: Never},
	{path: "limits.ephemeral-storage", group: Resources, reason: ReasonLimit, envChange: Never, fileChange: Never},
	{path: "requests.ephemeral-storage", group: Resources, reason: ReasonRequest, envChange: Never, fileChange: Never},
}

// resizable is the first version in which a container's cpu and memory can be changed
// without a restart by default (InPlacePodVerticalScaling: alpha 1.27, beta 1.33).
const resizable = 33

// ruleOf returns the rule of a path, also of a field that the API server knows by
// another name (spec.host, podshelper.ConvertDownwardAPIFieldLabel).
func ruleOf(p fieldPath) (rule, bool) {
	name := p.base
	if list, resource, ok := resourceOf(name); ok && strings.HasPrefix(resource, hugepages) {
		name = list + "." + hugepages + "SIZE"
	}
	if name == "spec.host" {
		name = "spec.nodeName"
	}
	if p.keyed {
		name = keyed(p.base, "KEY")
	}
	i := slices.IndexFunc(rules, func(r rule) bool { return r.path == name })
	if i < 0 {
		return rule{}, false
	}
	return rules[i], true
}

func (r rule) byEnv() bool    { return r.group != VolumeOnly }
func (r rule) byVolume() bool { return r.group != EnvOnly }

// field is the row of a rule in a minor version: 0 stands for one that is not known,
// and is taken for the newest.
func (r rule) field(minor int) Field {
	f := Field{Field: r.path, Group: r.group, Reason: r.reason}
	known := minor == 0 || minor >= r.since
	if r.byEnv() {
		f.Env = Way{Allowed: known, Gate: r.gateIn(minor), Changes: r.envChange}
		if r.since > 0 {
			f.Env.Since = fmt.Sprintf("1.%d", r.since)
		}
	}
	if r.byVolume() {
		f.Volume = Way{Allowed: known, Changes: r.fileChange}
	}
	for _, g := range r.gates {
		if text := g.in(minor); text != "" {
			f.Gates = append(f.Gates, text)
		}
	}
	if minor > 0 && minor < resizable && r.fileChange == AtResize {
		f.Env.Changes, f.Volume.Changes = Never, Never
	}
	return f
}

// gateIn is the gate by which the field could be had before it was on, "" in a version
// that does not know the gate yet.
func (r rule) gateIn(minor int) string {
	for _, g := range r.gates {
		if g.name == r.gate && minor > 0 && minor < g.alpha {
			return ""
		}
	}
	return r.gate
}

// nearestField is the field that somebody may have meant who wrote one that is none.
func nearestField(typed string) string {
	best, least := rules[0].path, math.MaxInt
	for _, r := range rules {
		name := strings.Split(r.path, "['")[0]
		_, last, _ := strings.Cut(name, ".")
		for _, c := range []string{name, last} {
			if d := words.Distance(strings.ToLower(typed), strings.ToLower(c)); d < least {
				best, least = r.path, d
			}
		}
	}
	return best
}
