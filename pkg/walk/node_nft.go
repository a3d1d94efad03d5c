package walk

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// shownByNft: nft translates rules of iptables, and leaves out or changes what it has no
// words for.
const shownByNft = "some of these rules belong to iptables, of which nft shows not everything; give what iptables-save prints"

// nft adds tables of nftables. Those that iptables keeps there are left out where it
// has printed them itself.
func (n *node) nft(r *Rules, family int) {
	seen := r.savedTables(family)
	for _, rs := range r.nft {
		bases := rs.Bases(family, func(table string) bool { return seen[table] })
		if len(bases) == 0 {
			continue
		}
		for _, b := range bases {
			if _, table, _ := strings.Cut(b.Rules.Name(), " "); !strings.HasPrefix(b.Rules.Name(), "inet ") {
				seen[table] = true
			}
		}
		if !slices.Contains(n.backends, "nftables") {
			n.backends = append(n.backends, "nftables")
		}
		n.bases = append(n.bases, bases...)
		if slices.ContainsFunc(rs.Tables, (*nftables.Table).OfIptables) && len(r.iptables) == 0 {
			n.notes = append(n.notes, shownByNft)
		}
		n.learnNft(rs, map[int]string{4: "ip", 6: "ip6"}[family])
	}
}

// savedTables are the tables that iptables has printed itself.
func (r *Rules) savedTables(family int) map[string]bool {
	out := map[string]bool{}
	for _, dump := range r.iptables {
		if dump.Family != 0 && dump.Family != family {
			continue
		}
		for _, table := range dump.Rules.Tables() {
			out[table] = true
		}
	}
	return out
}

// learnNft takes from kube-proxy's table by what it knows a Pod, and the addresses on
// which it takes NodePorts (pkg/proxy/nftables/proxier.go).
func (n *node) learnNft(rs *nftables.Ruleset, family string) {
	t, ok := rs.Table(family, "kube-proxy")
	if !ok {
		return
	}
	n.learnNodePortsNft(t)
	for _, c := range t.Chains {
		inside := c.Name == "services" || strings.HasPrefix(c.Name, "service-") || strings.HasPrefix(c.Name, "local-")
		if inside && n.learnPodsNft(c) {
			return
		}
	}
	for _, c := range t.Chains {
		if strings.HasPrefix(c.Name, "external-") && n.learnPodsOutsideNft(c) {
			return
		}
	}
}

func (n *node) learnNodePortsNft(t *nftables.Table) {
	ips, ok := t.Set("nodeport-ips")
	if !ok {
		return
	}
	for _, e := range ips.Elements {
		if addr, err := netip.ParseAddr(e.Key[0]); err == nil {
			n.own[addr] = true
		}
	}
}

// learnPodsOutsideNft reads "ip saddr RANGE goto service-…" of a chain for external
// addresses, where Pods pass by externalTrafficPolicy Local.
func (n *node) learnPodsOutsideNft(c *nftables.Chain) bool {
	for _, rule := range c.Rules {
		if ranges := rule.Sources(); len(ranges) == 1 && strings.Contains(rule.Spec(), "goto service-") {
			n.pods = ranges[0]
			return true
		}
	}
	return false
}

// learnPodsNft reads "ip saddr != RANGE" and "iifname != NAME" of a chain for clusterIPs.
func (n *node) learnPodsNft(c *nftables.Chain) bool {
	for _, rule := range c.Rules {
		if !strings.Contains(rule.Spec(), "!=") {
			continue
		}
		if prefix, iface := rule.NotFrom(); prefix.IsValid() || iface != "" {
			n.pods, n.podInterface = prefix, iface
			return true
		}
	}
	return false
}
