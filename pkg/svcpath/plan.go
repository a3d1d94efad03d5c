package svcpath

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// The chains in which kube-proxy dispatches by address, which grow with the
// cluster, and those that tell whether it writes rules here at all.
const (
	servicesChain         = "KUBE-SERVICES"
	nodePortsChain        = "KUBE-NODEPORTS"
	externalServicesChain = "KUBE-EXTERNAL-SERVICES"
	markChain             = "KUBE-MARK-MASQ"
	postroutingChain      = "KUBE-POSTROUTING"
)

// Plan is what must be read on a node to follow the Service there. Its cost
// depends on the Service's endpoints, not on the size of the cluster: names of
// chains are computed, and of the dispatching chains only matching rules are sent.
func Plan(svc *corev1.Service, req Request) node.Plan {
	var plan node.Plan
	for _, family := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
		var ports []kubeproxy.ServicePort
		for _, p := range kubeproxy.ServicePorts(svc) {
			if p.Family == family && req.wanted(p.Port, p.Number) {
				ports = append(ports, p)
			}
		}
		if len(ports) > 0 {
			plan = append(plan, nftPlan(number(family), ports)...)
			plan = append(plan, familyPlan(number(family), ports)...)
		}
	}
	return plan
}

func number(family corev1.IPFamily) int {
	if family == corev1.IPv6Protocol {
		return 6
	}
	return 4
}

func familyPlan(family int, ports []kubeproxy.ServicePort) node.Plan {
	address := destination(ports[0].ClusterIP)
	dispatch, nodePorts := append([]string{address}, externalTexts(ports)...), []string(nil)
	for _, p := range ports {
		if p.NodePort != 0 {
			nodePorts = append(nodePorts, fmt.Sprintf("--dport %d ", p.NodePort))
		}
	}
	if nodePorts != nil {
		dispatch = append(dispatch, "-j "+nodePortsChain)
	}
	plan := node.Plan{
		node.List(family, "nat", "PREROUTING"),
		node.List(family, "nat", "OUTPUT"),
		node.List(family, "nat", markChain),
		node.List(family, "nat", postroutingChain),
		node.Match(family, "nat", servicesChain, dispatch...),
		node.Match(family, "filter", servicesChain, address),
	}
	if nodePorts != nil {
		plan = append(plan,
			node.Match(family, "nat", nodePortsChain, nodePorts...))
	}
	plan = append(plan, externalPlan(family, ports, nodePorts)...)
	for _, p := range ports {
		plan = append(plan, portPlan(family, p)...)
	}
	return plan
}

func portPlan(family int, p kubeproxy.ServicePort) node.Plan {
	var plan node.Plan
	if p.ExternallyAccessible() {
		plan = append(plan, node.List(family, "nat", p.ExternalChain()))
	}
	if len(p.LoadBalancerIPs) > 0 {
		// Read without source ranges too: a node that lags may still have it.
		plan = append(plan, node.List(family, "nat", p.FirewallChain()))
	}
	// Both are read whatever the traffic policy is: on a node that does not know the
	// policy yet, the other one is in use.
	return append(plan,
		node.Follow(family, "nat", p.ServiceChain(), kubeproxy.EndpointChainPrefix),
		node.Follow(family, "nat", p.LocalChain(), kubeproxy.EndpointChainPrefix))
}

// destination is how iptables prints a rule's match of one address.
func destination(addr netip.Addr) string {
	return fmt.Sprintf("-d %s/%d ", addr, addr.BitLen())
}
