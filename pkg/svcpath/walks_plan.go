package svcpath

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

type builtinChains struct {
	table  string
	chains []string
}

// builtins are the chains where packets come by, by table. A packet of a walk meets no
// others.
var builtins = []builtinChains{
	{"raw", []string{"PREROUTING", "OUTPUT"}},
	{"mangle", []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"}},
	{"nat", []string{"PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"}},
	{"filter", []string{"INPUT", "FORWARD", "OUTPUT"}},
}

// plan is what must be read on a node for the request.
func (g *gathering) plan(svc *corev1.Service, name string) node.Plan {
	plan := Plan(svc, g.req)
	if g.req.walked() {
		plan = walkPlan(plan, svc, g.req, g.s, name)
	}
	return slices.Concat(plan, connectionsPlan(svc, g.req, g.s.Node(name)), g.modePlan())
}

// walked says whether packets are followed through all that they meet on the node.
func (r Request) walked() bool { return r.Walks || r.From.given() }

// walkPlan adds what a packet meets besides the Service's own chains: the built-in chains
// and all they lead to. Of kube-proxy's chains that grow with the cluster, those rules
// are left out that are for one other address or port.
func walkPlan(plan node.Plan, svc *corev1.Service, req Request, s *snapshot.Snapshot, name string) node.Plan {
	for _, family := range plan.Families() {
		var addresses []netip.Addr
		var ports []uint16
		for _, p := range kubeproxy.ServicePorts(svc) {
			if number(p.Family) != family || !req.wanted(p.Port, p.Number) {
				continue
			}
			for _, to := range walkTargets(p, s.Node(name)) {
				addresses = append(addresses, to.at.Addr())
				ports = append(ports, to.at.Port())
			}
			for _, ep := range kubeproxy.Endpoints(p, s.SlicesOf(svc.Namespace, svc.Name)) {
				ports = append(ports, ep.Address.Port())
			}
			if p.HealthCheckNodePort != 0 {
				ports = append(ports, uint16(p.HealthCheckNodePort))
			}
			if p.UsesFirewall() {
				plan = plan.Instead(node.List(family, "nat", p.FirewallChain()))
			}
		}
		plan = append(plan, node.Table(family, nftTable))
		plan = familyWalkPlan(plan, family, unique(addresses, netip.Addr.Compare), unique(ports, func(a, b uint16) int { return int(a) - int(b) }))
	}
	return plan
}

func unique[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}

// familyWalkPlan filters by address only where all rules are for addresses of Services:
// behind the rewriting of destinations, a packet is for a Pod.
func familyWalkPlan(plan node.Plan, family int, addresses []netip.Addr, ports []uint16) node.Plan {
	for _, r := range []node.Read{
		node.Among(family, "nat", servicesChain, addresses, ports),
		node.Among(family, "nat", nodePortsChain, nil, ports),
		node.Among(family, "filter", servicesChain, nil, ports),
		node.Among(family, "filter", nodePortsChain, nil, ports),
		node.Among(family, "filter", externalServicesChain, nil, ports),
		node.Among(family, "filter", proxyFirewallChain, nil, ports),
	} {
		plan = plan.Instead(r)
	}
	for _, of := range builtins {
		for _, chain := range of.chains {
			plan = plan.Instead(node.Tree(family, of.table, chain))
		}
	}
	return plan
}

// walkTarget is an address of a Service's port. kind is the word of Entry.Kind.
type walkTarget struct {
	kind string
	at   netip.AddrPort
}

// inCluster says whether only clients in the cluster have a route to the address.
func (t walkTarget) inCluster() bool { return t.kind == "clusterIP" }

// walkTargets are the addresses of a port, the NodePort's at each address that the node has.
func walkTargets(p kubeproxy.ServicePort, n *corev1.Node) []walkTarget {
	out := []walkTarget{{"clusterIP", netip.AddrPortFrom(p.ClusterIP, uint16(p.Number))}}
	for _, ip := range p.ExternalIPs {
		out = append(out, walkTarget{kindExternalIP, netip.AddrPortFrom(ip, uint16(p.Number))})
	}
	for _, ip := range p.LoadBalancerIPs {
		out = append(out, walkTarget{kindLoadBalancerIP, netip.AddrPortFrom(ip, uint16(p.Number))})
	}
	if p.NodePort == 0 {
		return out
	}
	for _, addr := range like(p.ClusterIP, nodeAddresses(n)) {
		out = append(out, walkTarget{kindNodePort, netip.AddrPortFrom(addr, uint16(p.NodePort))})
	}
	return out
}
