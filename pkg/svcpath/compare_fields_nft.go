package svcpath

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// compareNFTFields holds what single fields of the Service ask for against kube-proxy's
// table, read whole (pkg/proxy/nftables/proxier.go syncProxyRules). There is no rule for
// health checks in it.
func (v *view) compareNFTFields(b nftRules) {
	for _, e := range v.out.Entries {
		switch {
		case e.Found == foundOther:
			taker, _ := b.taker(e.Steps)
			v.find(v.claimed(e, nftOwner(taker.Target), explain.Evidence{Where: v.where(v.dispatch(e)), What: taker.Rule}))
		case e.IPMode == string(corev1.LoadBalancerIPModeProxy):
			v.capturedAgainst(e)
		case e.Kind == kindLoadBalancerIP && v.p.ExternalVerdict(v.used) != kubeproxy.VerdictReject:
			v.compareNFTRanges(b, e)
		}
	}
	v.compareAffinity(func(chain string, ep netip.AddrPort) (string, bool) { return b.remembered(v.p, chain, ep) })
}

// nftOwner is the Service that a chain is for: its name is PREFIX-HASH-NAMESPACE/NAME/….
func nftOwner(chain string) string {
	parts := strings.SplitN(chain, "-", 3)
	names := strings.Split(parts[len(parts)-1], "/")
	if len(parts) < 3 || len(names) < 2 {
		return chain
	}
	return names[0] + "/" + names[1]
}

// compareNFTRanges reports clients that the node lets through to a load balancer's address
// and should not, or the other way round.
func (v *view) compareNFTRanges(b nftRules, e Entry) {
	to, err := netip.ParseAddr(e.Address)
	if err != nil {
		return
	}
	chain, has, drops := b.allowed(v.p, to)
	switch {
	case !drops && len(e.SourceRanges) > 0:
		v.entryFinding(explain.FirewallDropAbsent, explain.Evidence{
			Where: v.where(or(chain, nftFirewallIPs)), What: "nothing drops connections to " + v.address(e),
		}, "address", v.address(e))
	case drops && !sameAddresses(has, e.SourceRanges):
		v.rangesDiffer(e, has, explain.Evidence{Where: v.where(chain), What: "lets through " + strings.Join(has, ", ")})
	}
}

// allowed are the sources that are let through to a load balancer's address, sorted, and the
// chain that drops the others. The load balancer's own addresses are left out: kube-proxy
// adds them where a range has the node's address.
func (b nftRules) allowed(p kubeproxy.ServicePort, to netip.Addr) (chain string, has []string, drops bool) {
	element, ok := b.table.FollowElement(nftFirewallIPs, b.packet(p, to, p.Number, false))
	if !ok {
		return "", nil, false
	}
	c, ok := b.table.Chain(element.To)
	if !ok {
		return element.To, nil, false
	}
	for _, r := range c.Rules {
		rest, dropping := strings.CutSuffix(r.Spec(), " drop")
		_, list, sources := strings.Cut(rest, " saddr != ")
		if !dropping || !sources {
			continue
		}
		drops = true
		for _, one := range strings.Split(strings.Trim(list, "{ }"), ",") {
			one = strings.TrimSpace(one)
			if addr, err := netip.ParseAddr(one); err == nil {
				if slices.Contains(p.LoadBalancerIPs, addr) {
					continue
				}
				one = netip.PrefixFrom(addr, addr.BitLen()).String()
			}
			has = append(has, one)
		}
	}
	slices.Sort(has)
	return element.To, has, drops
}

// remembered words how long clients of an endpoint come back to it.
func (b nftRules) remembered(p kubeproxy.ServicePort, chain string, ep netip.AddrPort) (string, bool) {
	c, there := b.table.Chain(chain)
	if !there || !slices.ContainsFunc(b.targets(p, chain), func(t target) bool { return t.address == ep.String() }) {
		return "", false
	}
	set, to := p.NFTAffinitySet(ep), p.NFTEndpointChain(ep)
	back := fmt.Sprintf(" saddr @%s goto %s", set, to)
	if !slices.ContainsFunc(c.Rules, func(r *nftables.Rule) bool { return strings.HasSuffix(r.Spec(), back) }) {
		return secondsWords(""), true
	}
	noting, _ := b.table.Chain(to)
	if noting == nil || !slices.ContainsFunc(noting.Rules, func(r *nftables.Rule) bool { return strings.HasPrefix(r.Spec(), "update @"+set+" ") }) {
		return neverNoted(to), true
	}
	if clients, ok := b.table.Set(set); ok {
		if seconds, ok := clients.Seconds(); ok {
			return secondsWords(fmt.Sprint(seconds)), true
		}
	}
	return "", false
}
