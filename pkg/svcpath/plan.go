package svcpath

import (
	"cmp"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The chains in which kube-proxy dispatches by address, which grow with the
// cluster, and those that tell whether it writes rules here at all.
const (
	servicesChain         = "KUBE-SERVICES"
	nodePortsChain        = "KUBE-NODEPORTS"
	externalServicesChain = "KUBE-EXTERNAL-SERVICES"
	markChain             = "KUBE-MARK-MASQ"
	postroutingChain      = "KUBE-POSTROUTING"
	// proxyFirewallChain drops, in the table filter, what a KUBE-FW-… chain did not let pass.
	proxyFirewallChain = "KUBE-PROXY-FIREWALL"
)

// Plan is what must be read on a node, by what was read of the cluster so far, to compare the
// node with the API. Its cost depends on the Service's endpoints, not on the size of the
// cluster: names of chains are computed, and of the chains that dispatch, rules for others
// are left out. name is "" where the node is not known yet.
func Plan(svc *corev1.Service, req Request, s *snapshot.Snapshot, name string) node.Plan {
	var plan node.Plan
	for _, of := range families(svc, req, s, name) {
		plan = append(plan, nftPlan(of.family, of.ports)...)
		plan = append(plan, familyPlan(of)...)
	}
	return plan
}

// familyPorts are a Service's ports of one IP family that are asked for, with the addresses
// that their packets are for, and all the port numbers that these have on their way.
type familyPorts struct {
	family    int
	ports     []kubeproxy.ServicePort
	addresses []netip.Addr
	numbers   []uint16
}

func families(svc *corev1.Service, req Request, s *snapshot.Snapshot, name string) []familyPorts {
	var out []familyPorts
	for _, family := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
		of := familyPorts{family: number(family)}
		for _, p := range kubeproxy.ServicePorts(svc) {
			if p.Family == family && req.wanted(p.Port, p.Number) {
				of.add(p, s.Node(name), kubeproxy.Endpoints(p, s.SlicesOf(svc.Namespace, svc.Name)))
			}
		}
		if len(of.ports) > 0 {
			of.addresses, of.numbers = unique(of.addresses, netip.Addr.Compare), unique(of.numbers, cmp.Compare)
			out = append(out, of)
		}
	}
	return out
}

func (of *familyPorts) add(p kubeproxy.ServicePort, n *corev1.Node, endpoints []kubeproxy.Endpoint) {
	of.ports = append(of.ports, p)
	of.numbers = append(of.numbers, uint16(p.Number))
	if p.NodePort != 0 {
		of.numbers = append(of.numbers, uint16(p.NodePort))
	}
	if p.HealthCheckNodePort != 0 {
		of.numbers = append(of.numbers, uint16(p.HealthCheckNodePort))
	}
	for _, to := range walkTargets(p, n) {
		of.addresses = append(of.addresses, to.at.Addr())
	}
	for _, e := range endpoints {
		of.numbers = append(of.numbers, e.Address.Port())
	}
}

func unique[T comparable](list []T, compare func(a, b T) int) []T {
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}

func number(family corev1.IPFamily) int {
	if family == corev1.IPv6Protocol {
		return 6
	}
	return 4
}

// familyPlan filters by address only where all rules are for addresses of Services: behind
// the rewriting of destinations, a packet is for a Pod.
func familyPlan(of familyPorts) node.Plan {
	plan := node.Plan{
		node.List(of.family, "nat", "PREROUTING"),
		node.List(of.family, "nat", "OUTPUT"),
		node.List(of.family, "nat", markChain),
		node.List(of.family, "nat", postroutingChain),
		node.Among(of.family, "nat", servicesChain, of.addresses, of.numbers),
		node.Among(of.family, "filter", servicesChain, nil, of.numbers),
	}
	first := of.ports[0]
	external := len(first.ExternalIPs)+len(first.LoadBalancerIPs) > 0
	nodePorts := slices.ContainsFunc(of.ports, func(p kubeproxy.ServicePort) bool { return p.NodePort != 0 })
	for _, dispatching := range []struct {
		asked        bool
		table, chain string
	}{
		{nodePorts, "nat", nodePortsChain},
		{nodePorts || external, "filter", externalServicesChain},
		{len(first.LoadBalancerIPs) > 0, "filter", proxyFirewallChain},
		{first.HealthCheckNodePort != 0, "filter", nodePortsChain},
	} {
		if dispatching.asked {
			plan = append(plan, node.Among(of.family, dispatching.table, dispatching.chain, nil, of.numbers))
		}
	}
	for _, p := range of.ports {
		plan = append(plan, portPlan(of.family, p)...)
	}
	return plan
}

func portPlan(family int, p kubeproxy.ServicePort) node.Plan {
	var plan node.Plan
	balanced := len(p.LoadBalancerIPs)+len(p.ProxiedIPs) > 0
	if balanced || p.ExternallyAccessible() {
		plan = append(plan, node.List(family, "nat", p.ExternalChain()))
	}
	if balanced {
		// Read without source ranges too: a node that lags may still have it.
		plan = append(plan, node.List(family, "nat", p.FirewallChain()))
	}
	// Both are read whatever the traffic policy is: on a node that does not know the
	// policy yet, the other one is in use.
	return append(plan,
		node.Follow(family, "nat", p.ServiceChain(), kubeproxy.EndpointChainPrefix),
		node.Follow(family, "nat", p.LocalChain(), kubeproxy.EndpointChainPrefix))
}
