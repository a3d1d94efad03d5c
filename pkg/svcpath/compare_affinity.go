package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// compareAffinity reports endpoints whose clients come back to them for another time than
// sessionAffinity asks for, or not at all (writeServiceToEndpointRules of
// pkg/proxy/iptables, writeServiceToEndpointJumps of pkg/proxy/nftables).
func (v *view) compareAffinity() {
	should := affinityWords(memory{seconds: int(v.p.AffinitySeconds)})
	found := map[string][]string{}
	var order []string
	for _, c := range v.spreading() {
		remembered := v.backend().remembered(v.p, c.name, c.want)
		for _, ep := range c.want {
			has, there := remembered[ep.Address]
			if !there || v.unsettled(ep.Address.Addr().String()) || has.unread && has.unnoted == "" && v.p.AffinitySeconds > 0 {
				continue
			}
			text := affinityWords(has)
			if text == should {
				continue
			}
			if _, again := found[text]; !again {
				order = append(order, text)
			}
			found[text] = append(found[text], ep.Address.String())
		}
	}
	for _, has := range order {
		v.differ(explain.Finding{
			Code: explain.AffinityDiffers, Severity: explain.Error, Proof: explain.ProofNode,
			Args:     v.args("has", has, "should", should, "endpoints", someOf(found[has])),
			Evidence: []explain.Evidence{{Where: v.where(v.internalChain()), What: "for known clients: " + has}},
			Next:     v.proxyCommands(),
		})
	}
}

// affinityWords words how a client comes back to an endpoint.
func affinityWords(m memory) string {
	switch {
	case m.unnoted != "":
		return "never noted by " + m.unnoted
	case m.unread:
		return "an affinity"
	case m.seconds == 0:
		return "no affinity"
	default:
		return fmt.Sprintf("%d s", m.seconds)
	}
}

// someOf words the first of a list.
func someOf(list []string) string {
	if len(list) > maxListed {
		return strings.Join(list[:maxListed], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}
