package kubeproxy

import "slices"

// NodeInfo is what the choice of endpoints depends on besides the Service.
type NodeInfo struct {
	Name string
	Zone string // the label topology.kubernetes.io/zone

	// Version of kube-proxy, such as "v1.37.2". Versions choose differently; where it is
	// unknown, "", the rules of the newest hold.
	Version string
}

// Used says which of the endpoints the proxy of one node programs, and why.
type Used struct {
	// Cluster are those of the policy Cluster, for connections from anywhere; empty too
	// where no traffic of the port has that policy.
	Cluster []Endpoint
	// Local are those of the policy Local; empty too where no traffic has that policy.
	Local []Endpoint
	// All are both together: those that have a chain of their own on this node.
	All []Endpoint
	// Unused are the others, each with its reason.
	Unused []Unused

	// Topology is the mode in which hints narrowed Cluster: "" for not at all,
	// "PreferSameZone" or "PreferSameNode". Hints never narrow Local.
	Topology string
	// Hints says what became of the hints in the EndpointSlices.
	Hints HintState

	// TerminatingOnly and LocalTerminatingOnly say that no endpoint is ready, so that
	// those which terminate but still serve stand in for them.
	TerminatingOnly      bool
	LocalTerminatingOnly bool

	// HasUsable is whether the port has a usable endpoint on any node. Without one
	// connections are refused; with one, but not where the policy wants it, dropped.
	HasUsable bool
}

// Unused is an endpoint that gets no connections through this node.
type Unused struct {
	Endpoint
	Reason Reason
}

// Reason is why an endpoint gets no connections through a node.
type Reason string

const (
	// ReasonNotReady is an endpoint that fails its readiness probe, or is starting.
	ReasonNotReady Reason = "not ready"
	// ReasonTerminating is one that terminates. Serving or not tells the two cases apart:
	// it could still be used if no other were ready, or it could not.
	ReasonTerminating Reason = "terminating"
	// ReasonTopology is a ready one whose hints keep it for another zone or node.
	ReasonTopology Reason = "hinted for elsewhere"
	// ReasonNotLocal is a ready one on another node, where all traffic has the policy Local.
	ReasonNotLocal Reason = "on another node"
)

// UsedEndpoints chooses as the kube-proxy of a node does (pkg/proxy/topology.go
// CategorizeEndpoints). The endpoints are those that Endpoints returned. The rule that
// terminating ones stand in is that of 1.26 and later.
func UsedEndpoints(p ServicePort, eps []Endpoint, node NodeInfo) Used {
	var u Used
	if p.UsesCluster() {
		u.Topology, u.Hints = topology(p, eps, node)
		u.Cluster = filter(eps, func(e Endpoint) bool { return e.Ready && e.meantFor(u.Topology, node) })
		if len(u.Cluster) == 0 {
			u.Cluster = filter(eps, Endpoint.lastResort)
			u.TerminatingOnly = len(u.Cluster) > 0
		}
		u.HasUsable = len(u.Cluster) > 0
	}
	if p.UsesLocal() {
		u.Local = filter(eps, func(e Endpoint) bool { return e.Ready && e.on(node) })
		if len(u.Local) == 0 {
			u.Local = filter(eps, func(e Endpoint) bool { return e.lastResort() && e.on(node) })
			u.LocalTerminatingOnly = len(u.Local) > 0
		}
		u.HasUsable = u.HasUsable || slices.ContainsFunc(eps, Endpoint.Usable)
	}
	u.All = union(u.Cluster, u.Local)
	u.Unused = unused(p, eps, u)
	return u
}

// on reports whether the endpoint is on a node. One without a node is on none
// (pkg/proxy/endpointslicecache.go isLocal).
func (e Endpoint) on(node NodeInfo) bool {
	return node.Name != "" && e.NodeName == node.Name
}

// union merges two sorted lists into one. kube-proxy leaves its union unsorted, but
// nothing depends on that: it only makes one chain for each entry.
func union(a, b []Endpoint) []Endpoint {
	all := slices.Clone(a)
	for _, ep := range b {
		if !contains(a, ep) {
			all = append(all, ep)
		}
	}
	sortEndpoints(all)
	return all
}

func unused(p ServicePort, eps []Endpoint, u Used) []Unused {
	var left []Unused
	for _, ep := range eps {
		if !contains(u.All, ep) {
			left = append(left, Unused{ep, whyUnused(p, ep)})
		}
	}
	return left
}

// whyUnused can tell from the endpoint and the policies alone: a ready one is only left
// out by hints, or where nothing but Local traffic exists.
func whyUnused(p ServicePort, ep Endpoint) Reason {
	switch {
	case ep.Ready && p.UsesCluster():
		return ReasonTopology
	case ep.Ready:
		return ReasonNotLocal
	case ep.Terminating:
		return ReasonTerminating
	default:
		return ReasonNotReady
	}
}

// contains goes by address, which is unique among the endpoints of a port.
func contains(eps []Endpoint, ep Endpoint) bool {
	return slices.ContainsFunc(eps, func(e Endpoint) bool { return e.Address == ep.Address })
}

func filter(eps []Endpoint, keep func(Endpoint) bool) []Endpoint {
	var kept []Endpoint
	for _, ep := range eps {
		if keep(ep) {
			kept = append(kept, ep)
		}
	}
	return kept
}
