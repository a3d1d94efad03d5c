package svcpath

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
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

// plan is what must be read on a node for the request. What only walks need comes last, as
// it is left out on a node with very many rules where nobody asked for walks.
func (g *gathering) plan(svc *corev1.Service, name string) node.Plan {
	plan := slices.Concat(Plan(svc, g.req, g.s, name), connectionsPlan(svc, g.req, g.s.Node(name)), g.modePlan())
	for _, of := range families(svc, g.req, g.s, name) {
		if !g.req.walked() {
			plan = append(plan, node.Few(of.family))
		}
		plan = walkPlan(plan, of)
	}
	return plan
}

// walked says whether packets were asked to be followed through all that they meet on the
// node.
func (r Request) walked() bool { return r.Walks || r.From.given() }

// walkPlan adds what a packet meets besides the Service's own chains: the built-in chains
// and all they lead to.
func walkPlan(plan node.Plan, of familyPorts) node.Plan {
	plan = plan.Once(node.Among(of.family, "nat", nodePortsChain, nil, of.numbers))
	for _, chain := range []string{nodePortsChain, externalServicesChain, proxyFirewallChain} {
		plan = plan.Once(node.Among(of.family, "filter", chain, nil, of.numbers))
	}
	for _, p := range of.ports {
		if p.UsesFirewall() {
			plan = plan.Once(node.List(of.family, "nat", p.FirewallChain()))
		}
	}
	for _, in := range builtins {
		for _, chain := range in.chains {
			plan = append(plan, node.Tree(of.family, in.table, chain))
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
	for _, ip := range slices.Concat(p.LoadBalancerIPs, p.ProxiedIPs) {
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
