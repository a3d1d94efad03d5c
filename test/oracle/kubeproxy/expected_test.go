package kubeproxy

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// expected collects the rules that follow from what pkg/kubeproxy says.
type expected struct {
	rules
	p kubeproxy.ServicePort
	u kubeproxy.Used
}

func (e expected) add(table, chain, rule string) {
	e.rules[table+" "+chain] = append(e.rules[table+" "+chain], rule)
}

// commented starts a rule with a comment; words in it have to be quoted.
func (e expected) commented(format string) string {
	return fmt.Sprintf(`-m comment --comment "`+format+`" `, e.p)
}

func (e expected) to(dst netip.Addr) string {
	return fmt.Sprintf("-m %[1]s -p %[1]s -d %[2]s --dport %[3]d", e.p.Protocol, dst, e.p.Number)
}

func (e expected) toNodePort() string {
	return fmt.Sprintf("-m %[1]s -p %[1]s --dport %[2]d", e.p.Protocol, e.p.NodePort)
}

// servicePort adds all rules of one port.
func (e expected) servicePort() {
	for _, chain := range e.p.Chains(e.u) {
		e.rules["nat "+chain] = nil
	}
	e.internal()
	e.external()
	e.externalChain()
	e.firewall()
	e.spread(e.p.ServiceChain(), e.u.Cluster)
	e.spread(e.p.LocalChain(), e.u.Local)
	for _, ep := range e.u.All {
		e.endpoint(ep)
	}
	if e.p.HealthCheckNodePort != 0 {
		e.add("filter", "KUBE-NODEPORTS", fmt.Sprintf("%s-m tcp -p tcp --dport %d -j ACCEPT", e.commented("%s health check node port"), e.p.HealthCheckNodePort))
	}
}

func (e expected) internal() {
	v := e.p.InternalVerdict(e.u)
	if v != kubeproxy.VerdictEndpoints {
		e.add("filter", "KUBE-SERVICES", e.refusal(v, "", e.to(e.p.ClusterIP)))
		return
	}
	match := e.commented("%s cluster IP") + e.to(e.p.ClusterIP)
	e.add("nat", "KUBE-SERVICES", match+" -j "+e.p.InternalChain())
	e.add("nat", e.p.InternalChain(), fmt.Sprintf("%s ! -s %s -j KUBE-MARK-MASQ", match, podCIDRs[e.p.Family]))
}

func (e expected) refusal(v kubeproxy.Verdict, condition, match string) string {
	if v == kubeproxy.VerdictReject {
		return e.commented("%s has no endpoints") + condition + match + " -j REJECT"
	}
	return e.commented("%s has no local endpoints") + condition + match + " -j DROP"
}

// external has the ways in besides the clusterIP.
func (e expected) external() {
	for _, ip := range e.p.ExternalIPs {
		e.capture("%s external IP", e.p.ExternalChain(), ip)
	}
	lbChain := e.p.ExternalChain()
	if e.p.UsesFirewall() {
		lbChain = e.p.FirewallChain()
	}
	for _, ip := range e.p.LoadBalancerIPs {
		e.capture("%s loadbalancer IP", lbChain, ip)
		if e.u.HasUsable && e.p.UsesFirewall() {
			e.add("filter", "KUBE-PROXY-FIREWALL", e.commented("%s traffic not accepted by "+lbChain)+e.to(ip)+" -j DROP")
		}
	}
	if e.p.NodePort == 0 {
		return
	}
	if e.u.HasUsable {
		e.add("nat", "KUBE-NODEPORTS", fmt.Sprintf("-m comment --comment %s %s -j %s", e.p, e.toNodePort(), e.p.ExternalChain()))
	}
	if v := e.p.ExternalVerdict(e.u); v != kubeproxy.VerdictEndpoints {
		e.add("filter", "KUBE-EXTERNAL-SERVICES", e.refusal(v, "-m addrtype --dst-type LOCAL ", e.toNodePort()))
	}
}

func (e expected) capture(comment, chain string, ip netip.Addr) {
	if e.u.HasUsable {
		e.add("nat", "KUBE-SERVICES", e.commented(comment)+e.to(ip)+" -j "+chain)
	}
	if v := e.p.ExternalVerdict(e.u); v != kubeproxy.VerdictEndpoints {
		e.add("filter", "KUBE-EXTERNAL-SERVICES", e.refusal(v, "", e.to(ip)))
	}
}

func (e expected) externalChain() {
	if !e.u.HasUsable || !e.p.ExternallyAccessible() {
		return
	}
	chain, policy := e.p.ExternalChain(), e.p.ServiceChain()
	if e.p.ExternalLocal {
		policy = e.p.LocalChain()
		e.add("nat", chain, fmt.Sprintf("%s-s %s -j %s", e.commented("pod traffic for %s external destinations"), podCIDRs[e.p.Family], e.p.ServiceChain()))
		e.add("nat", chain, e.commented("masquerade LOCAL traffic for %s external destinations")+"-m addrtype --src-type LOCAL -j KUBE-MARK-MASQ")
		e.add("nat", chain, e.commented("route LOCAL traffic for %s external destinations")+"-m addrtype --src-type LOCAL -j "+e.p.ServiceChain())
	} else {
		e.add("nat", chain, e.commented("masquerade traffic for %s external destinations")+"-j KUBE-MARK-MASQ")
	}
	if e.p.ExternalVerdict(e.u) == kubeproxy.VerdictEndpoints {
		e.add("nat", chain, "-j "+policy)
	}
}

func (e expected) firewall() {
	if !e.u.HasUsable || !e.p.UsesFirewall() {
		return
	}
	node := netip.MustParseAddr(nodeIPs[e.p.Family])
	fromNode := false
	allow := func(source any) {
		e.add("nat", e.p.FirewallChain(), fmt.Sprintf("%s-s %s -j %s", e.commented("%s loadbalancer IP"), source, e.p.ExternalChain()))
	}
	for _, r := range e.p.SourceRanges {
		allow(r)
		fromNode = fromNode || r.Contains(node)
	}
	for _, ip := range e.p.LoadBalancerIPs {
		if fromNode {
			allow(ip)
		}
	}
	e.add("nat", e.p.FirewallChain(), fmt.Sprintf(`-m comment --comment "other traffic to %s will be dropped by KUBE-PROXY-FIREWALL"`, e.p))
}

// spread has the rules that pick an endpoint: first those of a client that was there
// before, then the dice.
func (e expected) spread(chain string, eps []kubeproxy.Endpoint) {
	comment := func(ep kubeproxy.Endpoint) string { return e.commented("%s -> " + ep.Address.String()) }
	for _, ep := range eps {
		if sep := e.p.EndpointChain(ep.Address); e.p.AffinitySeconds > 0 {
			e.add("nat", chain, fmt.Sprintf("%s-m recent --name %s --rcheck --seconds %d --reap -j %s", comment(ep), sep, e.p.AffinitySeconds, sep))
		}
	}
	for i, ep := range eps {
		dice := ""
		if left := len(eps) - i; left > 1 {
			dice = fmt.Sprintf("-m statistic --mode random --probability %0.10f ", 1/float64(left))
		}
		e.add("nat", chain, comment(ep)+dice+"-j "+e.p.EndpointChain(ep.Address))
	}
}

func (e expected) endpoint(ep kubeproxy.Endpoint) {
	chain := e.p.EndpointChain(ep.Address)
	start := fmt.Sprintf("-m comment --comment %s ", e.p)
	e.add("nat", chain, fmt.Sprintf("%s-s %s -j KUBE-MARK-MASQ", start, ep.Address.Addr()))
	if e.p.AffinitySeconds > 0 {
		start += fmt.Sprintf("-m recent --name %s --set ", chain)
	}
	e.add("nat", chain, fmt.Sprintf("%[1]s-m %[2]s -p %[2]s -j DNAT --to-destination %[3]s", start, e.p.Protocol, ep.Address))
}

// other is a family that the port is not of; its rules are those of another proxier.
func other(p kubeproxy.ServicePort, family corev1.IPFamily) bool { return p.Family != family }
