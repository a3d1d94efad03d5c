package svcpath

import (
	"net/netip"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// compareAffinity reports endpoints whose clients come back to them for another time than
// sessionAffinity asks for, or not at all (writeServiceToEndpointRules in
// pkg/proxy/iptables/proxier.go, writeServiceToEndpointJumps in pkg/proxy/nftables/proxier.go).
// remembered words what the rules have; ok is false where they do not lead to the endpoint.
func (v *view) compareAffinity(remembered func(chain string, ep netip.AddrPort) (words string, ok bool)) {
	should := secondsWords(portNumber(v.p.AffinitySeconds))
	found := map[string][]string{}
	var order []string
	for _, c := range v.spreading() {
		for _, ep := range c.want {
			has, ok := remembered(c.name, ep.Address)
			if !ok || has == should || v.unsettled(ep.Address.Addr().String()) {
				continue
			}
			if _, again := found[has]; !again {
				order = append(order, has)
			}
			found[has] = append(found[has], ep.Address.String())
		}
	}
	for _, has := range order {
		v.differ(explain.Finding{
			Code: explain.AffinityDiffers, Severity: explain.Error, Proof: explain.ProofNode,
			Args:     v.args("has", has, "should", should, "endpoints", someOf(found[has])),
			Evidence: []explain.Evidence{{Where: v.where(v.internalChain()), What: has + " for clients that were there before"}},
			Next:     v.proxyCommands(),
		})
	}
}

// secondsWords words a timeout; none and zero are the same.
func secondsWords(seconds string) string {
	if seconds == "" || seconds == "0" {
		return "no affinity"
	}
	return seconds + " s"
}

// neverNoted words that clients come back to an endpoint by rules to which nothing leads.
func neverNoted(chain string) string { return "never noted by " + chain }

// remembered words how long clients of an endpoint come back to it by rules of iptables.
func (v *view) remembered(set *iptables.Ruleset, chain string, ep netip.AddrPort) (string, bool) {
	to := v.p.EndpointChain(ep)
	if _, there := set.Chain("nat", to); !there {
		return "", false
	}
	has := secondsWords(rememberedSeconds(set, chain)[to])
	if has != secondsWords("") && !notes(set, to) {
		has = neverNoted(to)
	}
	return has, true
}

// rememberedSeconds are the timeouts of the rules for known clients, by the chain that
// they lead to.
func rememberedSeconds(set *iptables.Ruleset, name string) map[string]string {
	out := map[string]string{}
	rules := rulesOf(set, "nat", name)
	for i := range rules {
		r := &rules[i]
		if seconds := valueOf(r, "recent", "--seconds"); seconds != "" && strings.HasPrefix(r.Target, kubeproxy.EndpointChainPrefix) {
			out[r.Target] = seconds
		}
	}
	return out
}

// notes says whether an endpoint's chain keeps its clients' addresses.
func notes(set *iptables.Ruleset, name string) bool {
	rules := rulesOf(set, "nat", name)
	for i := range rules {
		for _, m := range rules[i].Matches() {
			if m.Module == "recent" && m.Option == "--set" {
				return true
			}
		}
	}
	return false
}

// someOf words the first of a list.
func someOf(list []string) string {
	if len(list) > maxListed {
		return strings.Join(list[:maxListed], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}
