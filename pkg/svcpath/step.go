package svcpath

import (
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// affinityModule is the module of conditions that only a client fulfils which was sent the
// same way before: that of iptables, and for nft the one that is given to its sets of
// clients.
const affinityModule = "recent"

func (c Condition) affinity() bool { return c.Module == affinityModule }

// affinity says whether a step is for a client that was here before.
func (s Step) affinity() bool {
	for _, c := range s.Conditions {
		if c.affinity() {
			return true
		}
	}
	return false
}

// refuses says whether the step ends a connection.
func (s Step) refuses() bool { return s.Target == "REJECT" || s.Target == "DROP" }

// marks says whether the step only marks a connection for masquerading.
func (s Step) marks() bool {
	return s.Target == markChain || s.Target == markTarget || s.Target == "mark-for-masquerade"
}

// leads says whether a connection goes to an endpoint here: by this rule, or by a chain of
// the endpoint that was not read.
func (s Step) leads() bool {
	return s.Target == "DNAT" || s.Table == nftTable && s.Unread && s.Endpoint != ""
}

// reaches says whether the step chooses an endpoint, or leads to one that does.
func (s Step) reaches() bool { return s.chooses() || slices.ContainsFunc(s.Steps, Step.reaches) }

// remembers says whether the step only notes the client, for session affinity.
func (s Step) remembers() bool {
	return s.Target == "" && strings.HasPrefix(s.Rule, "update @"+kubeproxy.NFTAffinityPrefix)
}

// spreads says whether the step leads to a chain of nftables that spreads connections.
func (s Step) spreads() bool {
	return s.Table == nftTable && (strings.HasPrefix(s.Target, kubeproxy.NFTServicePrefix) || strings.HasPrefix(s.Target, kubeproxy.NFTLocalPrefix)) && strings.Contains(s.Target, "/")
}

// chooses says whether the step is the choice of one endpoint, by itself or by the
// endpoint's own chain.
func (s Step) chooses() bool {
	if s.Table == nftTable && s.Target == "DNAT" {
		return !strings.HasPrefix(s.Chain, kubeproxy.NFTEndpointPrefix)
	}
	return strings.HasPrefix(s.Target, kubeproxy.EndpointChainPrefix) || strings.HasPrefix(s.Target, kubeproxy.NFTEndpointPrefix)
}
