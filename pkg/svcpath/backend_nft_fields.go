package svcpath

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// claims are elements: a map has one for an address and port, which leads to the chain of
// one Service. Another Service without endpoints may have one in the map of what is refused.
func (b nftRules) claims(p kubeproxy.ServicePort, to netip.Addr, port int32) []claim {
	var out []claim
	for _, name := range []string{nftServiceIPs, nftNoEndpoints} {
		s, ok := b.table.FollowElement(name, b.packet(p, to, port, false))
		if !ok {
			continue
		}
		owner := nftOwner(s)
		if owner != "" {
			out = append(out, claim{owner, owner == p.Namespace+"/"+p.Name, ruleText{name, s.Rule}})
		}
	}
	return out
}

// nftOwner is the Service that an element is for: by the name of its chain, which is
// "KIND-HASH-namespace/name/protocol/port", or by its comment "namespace/name:port". "" where
// neither says it.
func nftOwner(s nftables.Step) string {
	if _, comment, ok := strings.Cut(s.Rule, ` comment "`); ok {
		comment, _, _ = strings.Cut(comment, `"`)
		comment, _, _ = strings.Cut(comment, ":")
		return comment
	}
	_, name, _ := strings.Cut(s.To, "-")
	_, name, _ = strings.Cut(name, "-")
	parts := strings.Split(name, "/")
	if len(parts) < 3 {
		return ""
	}
	return parts[0] + "/" + parts[1]
}

// ranges goes by the element of firewall-ips: its chain drops what comes from elsewhere.
// The base chains look it up before a destination is rewritten.
func (b nftRules) ranges(p kubeproxy.ServicePort, to netip.Addr) ranges {
	out := ranges{chain: nftFirewallIPs}
	s, ok := b.table.FollowElement(nftFirewallIPs, b.packet(p, to, p.Number, false))
	if !ok {
		_, read := b.table.Set(nftFirewallIPs)
		out.unread = !read && !b.whole
		return out
	}
	out.chain, out.unread = s.To, s.Unread
	for _, rule := range b.steps(p, s.Steps) {
		if rule.Target != "DROP" {
			continue
		}
		out.bound = true
		for _, c := range rule.Conditions {
			if c.Not {
				out.open = append(out.open, nftSources(c.Value)...)
			}
		}
	}
	slices.Sort(out.open)
	out.undropped = b.unasked()
	return out
}

// nftSources are the elements of an anonymous set, or one value, as prefixes.
func nftSources(value string) []string {
	var out []string
	for _, word := range strings.FieldsFunc(strings.Trim(value, "{} "), func(r rune) bool { return r == ',' || r == ' ' }) {
		if addr, err := netip.ParseAddr(word); err == nil {
			word = netip.PrefixFrom(addr, addr.BitLen()).String()
		}
		out = append(out, word)
	}
	return out
}

// unasked is the chain, or the hook, from which packets do not come to firewall-ips, "" where
// they do or where that was not read. It goes by hooks, as the base chains were called
// filter-prerouting and filter-output up to 1.32.
func (b nftRules) unasked() string {
	if !b.whole {
		return ""
	}
	if !b.checksFirewall() {
		return b.place(nftFirewallCheck)
	}
	for _, hook := range []string{"prerouting", "output"} {
		if !slices.ContainsFunc(b.table.Chains, func(c *nftables.Chain) bool { return c.Hook == hook && nftLeads(c, "jump "+nftFirewallCheck) }) {
			return b.place("hook " + hook)
		}
	}
	return ""
}

// checksFirewall says whether addresses are looked up in firewall-ips. Where that was not
// read they are taken to be.
func (b nftRules) checksFirewall() bool {
	c, there := b.table.Chain(nftFirewallCheck)
	return there && nftLeads(c, "@"+nftFirewallIPs) || !there && !b.whole
}

func nftLeads(c *nftables.Chain, to string) bool {
	return slices.ContainsFunc(c.Rules, func(r *nftables.Rule) bool { return strings.Contains(r.Spec(), to) })
}

// nftFirewallCheck is the chain that looks addresses up in firewall-ips.
const nftFirewallCheck = "firewall-check"

// remembered follows writeServiceToEndpointJumps: a rule for each endpoint that asks its set
// of clients, and one in the endpoint's chain that adds to the set, which has the timeout.
func (b nftRules) remembered(p kubeproxy.ServicePort, chain string, list []kubeproxy.Endpoint) map[netip.AddrPort]memory {
	out, reached := map[netip.AddrPort]memory{}, map[string]bool{}
	for _, t := range b.targets(p, chain) {
		reached[t.address] = true
	}
	asked := map[string]bool{}
	if c, ok := b.table.Chain(chain); ok {
		for _, r := range c.Rules {
			for word := range strings.FieldsSeq(r.Spec()) {
				asked[word] = true
			}
		}
	}
	for _, ep := range list {
		if !reached[ep.Address.String()] {
			continue
		}
		m := memory{}
		if set := p.NFTAffinitySet(ep.Address); asked["@"+set] {
			m = b.memory(set, p.NFTEndpointChain(ep.Address))
		}
		out[ep.Address] = m
	}
	return out
}

func (b nftRules) memory(set, chain string) memory {
	m := memory{unread: true}
	if s, ok := b.table.Set(set); ok {
		seconds, said := s.Seconds()
		m.seconds, m.unread = int(seconds), !said
	}
	c, read := b.table.Chain(chain)
	if read && !slices.ContainsFunc(c.Rules, func(r *nftables.Rule) bool { return strings.HasPrefix(r.Spec(), "update @"+set+" ") }) {
		m.unnoted = chain
	}
	return m
}
