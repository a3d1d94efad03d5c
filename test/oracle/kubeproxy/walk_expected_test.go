package kubeproxy

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// clientKind is where a packet comes from.
type clientKind string

const (
	fromPod     clientKind = "a Pod"
	fromNode    clientKind = "the node"
	fromOutside clientKind = "outside"
)

type walkClient struct {
	kind   clientKind
	source netip.Addr
}

// clientsOf are clients of all kinds; those from outside are in one of the source
// ranges that maker uses, or in none.
func clientsOf(family corev1.IPFamily, hairpin netip.Addr) []walkClient {
	text := map[corev1.IPFamily][4]string{
		corev1.IPv4Protocol: {"10.244.77.77", "198.51.100.99", "203.0.113.5", "192.0.2.200"},
		corev1.IPv6Protocol: {"fd00:10:244::7777", "2001:db8:1::9", "2001:db8:2::9", "2001:db8:9::9"},
	}[family]
	all := []walkClient{{fromPod, netip.MustParseAddr(text[0])}, {fromNode, netip.MustParseAddr(nodeIPs[family])}}
	for _, s := range text[1:] {
		all = append(all, walkClient{fromOutside, netip.MustParseAddr(s)})
	}
	if hairpin.IsValid() {
		all = append(all, walkClient{fromPod, hairpin})
	}
	return all
}

// destination is an address of a Service's port.
type destination struct {
	kind string // "clusterIP", "externalIP", "loadBalancer", "nodePort", "localhost", "healthCheck", "wrongPort", "unallocated"
	to   netip.AddrPort
}

func destinationsOf(w world, p kubeproxy.ServicePort) []destination {
	at := func(addr netip.Addr, port int32) netip.AddrPort { return netip.AddrPortFrom(addr, uint16(port)) }
	all := []destination{{"clusterIP", at(p.ClusterIP, p.Number)}, {"wrongPort", at(p.ClusterIP, 64999)}}
	unallocated := map[corev1.IPFamily]string{corev1.IPv4Protocol: "10.99.99.99", corev1.IPv6Protocol: "fd00:10:96::ffff"}[w.family]
	all = append(all, destination{"unallocated", at(netip.MustParseAddr(unallocated), p.Number)})
	if p.HealthCheckNodePort != 0 {
		all = append(all, destination{"healthCheck", at(netip.MustParseAddr(nodeIPs[w.family]), p.HealthCheckNodePort)})
	}
	for _, ip := range p.ExternalIPs {
		all = append(all, destination{"externalIP", at(ip, p.Number)})
	}
	for _, ip := range p.LoadBalancerIPs {
		all = append(all, destination{"loadBalancer", at(ip, p.Number)})
	}
	if p.NodePort != 0 {
		all = append(all, destination{"nodePort", at(netip.MustParseAddr(nodeIPs[w.family]), p.NodePort)})
		if w.localhost && w.family == corev1.IPv4Protocol {
			all = append(all, destination{"localhost", at(netip.MustParseAddr("127.0.0.1"), p.NodePort)})
		}
	}
	return all
}

// ending is what becomes of a packet.
type ending struct {
	Verdict   string
	Endpoints map[string]bool // address → masqueraded
}

// endingAt is at endpoints. One that reaches itself is masqueraded.
func endingAt(eps []kubeproxy.Endpoint, masquerade bool, source netip.Addr) ending {
	e := ending{"DNAT", map[string]bool{}}
	for _, ep := range eps {
		e.Endpoints[ep.Address.String()] = masquerade || ep.Address.Addr() == source
	}
	return e
}

// model says what the Service's fields promise, apart from any rule. nft says that
// kube-proxy runs in nftables mode, which refuses more.
type model struct {
	p   kubeproxy.ServicePort
	u   kubeproxy.Used
	nft bool
	w   world
}

func (m model) ending(c walkClient, d destination) ending {
	switch d.kind {
	case "clusterIP":
		return m.internal(c)
	case "healthCheck":
		return ending{Verdict: map[bool]string{false: "ACCEPT", true: "NONE"}[m.nft]}
	case "wrongPort":
		return ending{Verdict: map[bool]string{false: "NONE", true: "REJECT"}[m.nft]}
	case "unallocated":
		return ending{Verdict: map[bool]string{false: "NONE", true: "DROP"}[m.nft]}
	}
	walled := d.kind == "loadBalancer" && m.p.UsesFirewall() && !m.allowed(c.source)
	switch {
	case walled && (m.u.HasUsable || m.nft):
		return ending{Verdict: "DROP"}
	case !m.u.HasUsable && !m.nft && c.kind == fromNode && d.kind != "nodePort" && d.kind != "localhost":
		// The rules that refuse external addresses are not on the way out of a node.
		return ending{Verdict: "NONE"}
	case !m.u.HasUsable:
		return ending{Verdict: "REJECT"}
	case !m.p.ExternalLocal:
		return endingAt(m.u.Cluster, true, c.source)
	case c.kind == fromNode || c.kind == fromPod && !m.w.anyPod:
		// The policy is for those who come from outside.
		return endingAt(m.u.Cluster, c.kind == fromNode, c.source)
	case len(m.u.Local) == 0:
		return ending{Verdict: "DROP"}
	default:
		return endingAt(m.u.Local, false, c.source)
	}
}

func (m model) internal(c walkClient) ending {
	eps := m.u.Cluster
	if m.p.InternalLocal {
		eps = m.u.Local
	}
	switch {
	case !m.u.HasUsable:
		return ending{Verdict: "REJECT"}
	case len(eps) == 0:
		return ending{Verdict: "DROP"}
	default:
		return endingAt(eps, m.w.masqueradeAll || !m.w.anyPod && c.kind != fromPod, c.source)
	}
}

func (m model) allowed(source netip.Addr) bool {
	return slices.ContainsFunc(m.p.SourceRanges, func(r netip.Prefix) bool { return r.Contains(source) })
}
