package svcpath

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

func (b iptablesRules) claims(p kubeproxy.ServicePort, to netip.Addr, port int32) []claim {
	var out []claim
	rules := rulesOf(b.set, "nat", servicesChain)
	for i := range rules {
		if r := &rules[i]; catches(r, p.Protocol, to, port) && ofService(r.Target) {
			own := []string{p.ServiceChain(), p.LocalChain(), p.ExternalChain(), p.FirewallChain()}
			out = append(out, claim{ownerOf(r), slices.Contains(own, r.Target), ruleText{servicesChain, r.Spec}})
		}
	}
	return out
}

// catches goes by what iptables prints of a rule that kube-proxy wrote for an address.
func catches(r *iptables.Rule, protocol string, to netip.Addr, port int32) bool {
	spec := r.Spec + " "
	for _, text := range []string{destination(to), "-p " + protocol + " ", "--dport " + portNumber(port) + " "} {
		if !strings.Contains(spec, text) {
			return false
		}
	}
	return true
}

// ofService says whether a chain is one that kube-proxy makes for a port.
func ofService(chain string) bool {
	kinds := []string{kubeproxy.ServiceChainPrefix, kubeproxy.LocalChainPrefix, kubeproxy.ExternalChainPrefix, kubeproxy.FirewallChainPrefix}
	return slices.ContainsFunc(kinds, func(prefix string) bool { return strings.HasPrefix(chain, prefix) })
}

// ownerOf is the Service that a rule of KUBE-SERVICES is for, by its comment
// "namespace/name:port external IP".
func ownerOf(r *iptables.Rule) string {
	name, _, _ := strings.Cut(r.Comment(), " ")
	name, _, _ = strings.Cut(name, ":")
	return or(name, r.Target)
}

// ranges goes from KUBE-SERVICES: to a KUBE-FW-… chain, or past it. What that chain does
// not let through is not translated, and comes to KUBE-PROXY-FIREWALL.
func (b iptablesRules) ranges(p kubeproxy.ServicePort, to netip.Addr) ranges {
	out := ranges{chain: servicesChain}
	for _, s := range b.way(p, to, p.Number, false) {
		if s.Chain == servicesChain {
			out.chain = s.Target
			break
		}
	}
	if out.bound = strings.HasPrefix(out.chain, kubeproxy.FirewallChainPrefix); out.bound {
		out.open = b.open(p, out.chain)
	}
	if !slices.ContainsFunc(b.firewall(p, to), func(s Step) bool { return s.Target == "DROP" }) {
		out.undropped = "filter " + proxyFirewallChain
	}
	return out
}

// open are the sources that a KUBE-FW-… chain lets through.
func (b iptablesRules) open(p kubeproxy.ServicePort, name string) []string {
	var out []string
	rules := rulesOf(b.set, "nat", name)
	for i := range rules {
		if source := valueOf(&rules[i], "", "-s"); rules[i].Target == p.ExternalChain() {
			out = append(out, source)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// remembered follows writeServiceToEndpointRules: a rule with --rcheck for each endpoint,
// and a --set in the endpoint's chain.
func (b iptablesRules) remembered(p kubeproxy.ServicePort, chain string, list []kubeproxy.Endpoint) map[netip.AddrPort]memory {
	seconds := map[string]int{}
	rules := rulesOf(b.set, "nat", chain)
	for i := range rules {
		if n, err := strconv.Atoi(valueOf(&rules[i], "recent", "--seconds")); err == nil {
			seconds[rules[i].Target] = n
		}
	}
	out := map[netip.AddrPort]memory{}
	for _, ep := range list {
		name := p.EndpointChain(ep.Address)
		if !b.has(name) {
			continue
		}
		m := memory{seconds: seconds[name]}
		if m.seconds != 0 && !b.notes(name) {
			m.unnoted = name
		}
		out[ep.Address] = m
	}
	return out
}

// notes says whether an endpoint's chain keeps its clients' addresses.
func (b iptablesRules) notes(name string) bool {
	rules := rulesOf(b.set, "nat", name)
	return slices.ContainsFunc(rules, func(r iptables.Rule) bool {
		return slices.ContainsFunc(r.Matches(), func(m iptables.Match) bool { return m.Module == "recent" && m.Option == "--set" })
	})
}
