package svcpath

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// compareAffinity reports endpoints whose clients come back to them for another time than
// sessionAffinity asks for, or not at all (proxier.go writeServiceToEndpointRules).
func (v *view) compareAffinity(set *iptables.Ruleset) {
	should := secondsWords(portNumber(v.p.AffinitySeconds))
	found := map[string][]string{}
	var order []string
	for _, c := range v.spreading() {
		remembered := rememberedSeconds(set, c.name)
		for _, ep := range c.want {
			chain := v.p.EndpointChain(ep.Address)
			if _, there := set.Chain("nat", chain); !there || v.unsettled(ep.Address.Addr().String()) {
				continue
			}
			has := secondsWords(remembered[chain])
			if has != secondsWords("") && !notes(set, chain) {
				has = "never noted by " + chain
			}
			if has == should {
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
			Evidence: []explain.Evidence{{Where: v.at("nat", v.p.InternalChain()), What: "-m recent --rcheck: " + has}},
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
