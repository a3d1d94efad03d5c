package svcpath

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// Kinds of entries besides clusterIP and nodePort.
const (
	kindExternalIP     = "externalIP"
	kindLoadBalancerIP = "loadBalancerIP"
)

// foundOther is for an address that a rule of another Service catches first.
const foundOther = "another service"

// externalEntries follows a connection to each externalIP and each address of the load
// balancer.
func (v *view) externalEntries() {
	expected := v.p.ExternalVerdict(v.used)
	for _, ip := range v.p.ExternalIPs {
		v.out.Entries = append(v.out.Entries, v.entry(kindExternalIP, ip, v.p.Number, expected))
	}
	for _, ip := range v.p.LoadBalancerIPs {
		e := v.entry(kindLoadBalancerIP, ip, v.p.Number, expected)
		for _, r := range v.p.SourceRanges {
			e.SourceRanges = append(e.SourceRanges, r.String())
		}
		v.firewall(&e, ip)
		v.out.Entries = append(v.out.Entries, e)
	}
	for _, ip := range v.p.ProxiedIPs {
		e := v.entry(kindLoadBalancerIP, ip, v.p.Number, verdictNone)
		e.IPMode = string(corev1.LoadBalancerIPModeProxy)
		v.out.Entries = append(v.out.Entries, e)
	}
}

// firewall adds the rule that drops what the source ranges leave out. In iptables mode a
// connection that they let through has another destination by then; in nftables mode they
// are asked first.
func (v *view) firewall(e *Entry, to netip.Addr) {
	if v.backend() == nil {
		return
	}
	drops := v.backend().firewall(v.p, to)
	if _, first := v.backend().(nftRules); first {
		e.Steps = slices.Concat(drops, e.Steps)
		return
	}
	e.Steps = append(e.Steps, drops...)
}

// captured says whether kube-proxy makes rules for an address of a load balancer.
func captured(in corev1.LoadBalancerIngress) bool {
	return in.IP != "" && (in.IPMode == nil || *in.IPMode == corev1.LoadBalancerIPModeVIP)
}

// leadsElsewhere says whether what takes the address first is of another Service: nothing
// comes to the rules behind it.
func (v *view) leadsElsewhere(to netip.Addr, port int32) bool {
	if !to.IsValid() {
		return false
	}
	claims := v.backend().claims(v.p, to, port)
	return len(claims) > 0 && !claims[0].ours
}
