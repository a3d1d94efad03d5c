package kubeproxy

// Verdict is what a new connection meets on a node.
type Verdict string

const (
	// VerdictNone means: kube-proxy does not capture such connections at all.
	VerdictNone Verdict = ""
	// VerdictEndpoints means: it goes to one of the endpoints.
	VerdictEndpoints Verdict = "endpoints"
	// VerdictReject means: it is refused at once, since no endpoint anywhere is usable.
	VerdictReject Verdict = "reject"
	// VerdictDrop means: it times out, since usable endpoints are only on other nodes and the
	// policy Local forbids those.
	VerdictDrop Verdict = "drop"
)

// InternalVerdict is what a connection to the clusterIP meets (hasInternalEndpoints in
// pkg/proxy/iptables/proxier.go syncProxyRules, and the filter rules made from it).
func (p ServicePort) InternalVerdict(u Used) Verdict {
	return verdict(p.InternalLocal, u)
}

// ExternalVerdict is what a connection from outside of the cluster meets at the NodePort,
// an external IP or a load balancer's IP; VerdictNone if the port has none of them.
//
// Where it is VerdictDrop, the node itself and Pods that Config.DetectLocal recognises still
// reach the endpoints of Used.Cluster: they are exempt from externalTrafficPolicy. Source
// ranges are not considered, since they depend on the client.
func (p ServicePort) ExternalVerdict(u Used) Verdict {
	if !p.ExternallyAccessible() {
		return VerdictNone
	}
	return verdict(p.ExternalLocal, u)
}

func verdict(local bool, u Used) Verdict {
	switch {
	case !u.HasUsable:
		return VerdictReject
	case local && len(u.Local) == 0:
		return VerdictDrop
	default:
		return VerdictEndpoints
	}
}
