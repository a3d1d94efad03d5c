package walk

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// note says where the rules of kube-proxy stand, if that is not in one place: what a
// change of its mode leaves behind still takes packets.
func (n *node) note(r *Rules, family int) {
	var places, chains []string
	for _, dump := range r.iptables {
		if dump.Family != 0 && dump.Family != family {
			continue
		}
		names, rules := kubeRules(dump.Rules)
		chains = append(chains, names...)
		if rules > 0 {
			places = append(places, fmt.Sprintf("iptables (%d rules for Services)", rules))
		}
	}
	for _, rs := range r.nft {
		if t, ok := rs.Table(map[int]string{4: "ip", 6: "ip6"}[family], "kube-proxy"); ok && len(t.Chains) > 0 {
			places = append(places, fmt.Sprintf("nftables (%d chains)", len(t.Chains)))
		}
	}
	if n.deliver != nil {
		places = append(places, "ipvs")
	}
	switch {
	case len(places) > 1:
		n.notes = append(n.notes, "kube-proxy's rules stand in "+strings.Join(places, " and in ")+
			": all but one are left over from another mode; the packet meets all of them, in the kernel's order")
	case len(places) == 0 && !kubeServices(r):
		n.notes = append(n.notes, notKubeProxy(chains))
	}
}

// kubeRules lists the chains of a save, and counts the rules that lead to endpoints.
func kubeRules(rs *iptables.Ruleset) (names []string, rules int) {
	for _, table := range rs.Tables() {
		for _, name := range rs.ChainNames(table) {
			if !strings.HasPrefix(name, "KUBE-S") {
				names = append(names, name)
				continue
			}
			if c, ok := rs.Chain(table, name); ok && (strings.HasPrefix(name, "KUBE-SVC-") || strings.HasPrefix(name, "KUBE-SEP-")) {
				rules += len(c.Rules)
			}
		}
	}
	return names, rules
}

// kubeServices says whether there is the chain that kube-proxy makes in any case.
func kubeServices(r *Rules) bool {
	for _, dump := range r.iptables {
		for _, table := range []string{"nat", "filter"} {
			if _, ok := dump.Rules.Chain(table, "KUBE-SERVICES"); ok {
				return true
			}
		}
	}
	return false
}

// notKubeProxy says who may answer for Services instead.
func notKubeProxy(chains []string) string {
	text := "none of these rules is kube-proxy's"
	var names []string
	for _, o := range kubeproxy.Others(chains) {
		names = append(names, o.Name+", which shows it by: "+o.Tool())
	}
	if len(names) == 0 {
		return text
	}
	return text + "; who may answer for Services there: " + strings.Join(names, "; ")
}
