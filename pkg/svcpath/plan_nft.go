package svcpath

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// The names in kube-proxy's nft table (pkg/proxy/nftables/proxier.go), the same in all
// versions from 1.31 on: the chain that takes connections to Services, the maps in which it
// looks their addresses up, and those of the addresses that are refused.
const (
	nftTable             = "kube-proxy"
	nftServicesChain     = "services"
	nftServiceIPs        = "service-ips"
	nftNodePorts         = "service-nodeports"
	nftNoEndpoints       = "no-endpoint-services"
	nftNoEndpointsOfNode = "no-endpoint-nodeports"
	nftClusterIPs        = "cluster-ips"
	nftNodePortIPs       = "nodeport-ips"
	nftFirewallIPs       = "firewall-ips"
)

// nftHooks are the base chains that lead into the chain services, by the hook that the
// findings name.
var nftHooks = map[string]string{"PREROUTING": "nat-prerouting", "OUTPUT": "nat-output"}

// nftPlan is what must be read where kube-proxy runs in nftables mode. Its first questions
// tell whether it does.
func nftPlan(family int, ports []kubeproxy.ServicePort) node.Plan {
	var keys, nodePorts []string
	balanced := false
	for _, p := range ports {
		balanced = balanced || p.UsesFirewall()
		// nft has the names of protocols from /etc/protocols, and images often have no such file.
		for _, protocol := range []string{p.Protocol, protocolNumbers[p.Protocol]} {
			for _, to := range slices.Concat([]netip.Addr{p.ClusterIP}, p.ExternalIPs, p.LoadBalancerIPs, p.ProxiedIPs) {
				keys = append(keys, fmt.Sprintf("%s . %s . %d ", to, protocol, p.Number))
			}
			if p.NodePort != 0 {
				nodePorts = append(nodePorts, fmt.Sprintf("%s . %d ", protocol, p.NodePort))
			}
		}
	}
	plan := node.Plan{
		node.Table(family, nftTable),
		node.Elements(family, "map", nftServiceIPs, keys...),
		node.Elements(family, "map", nftNoEndpoints, keys...),
		node.Elements(family, "set", nftClusterIPs, ports[0].ClusterIP.String()),
		node.Elements(family, "set", nftNodePortIPs),
	}
	if balanced {
		plan = append(plan, node.Elements(family, "map", nftFirewallIPs, keys...))
	}
	if nodePorts != nil {
		plan = append(plan,
			node.Elements(family, "map", nftNodePorts, nodePorts...),
			node.Elements(family, "map", nftNoEndpointsOfNode, nodePorts...))
	}
	for _, p := range ports {
		for _, chain := range nftChains(p) {
			plan = append(plan, node.Rules(family, chain))
		}
	}
	return append(plan, node.Base(family, nftServicesChain), node.Base(family, nftHooks["PREROUTING"]), node.Base(family, nftHooks["OUTPUT"]))
}

// protocolNumbers are those of IP (IANA, "Protocol Numbers").
var protocolNumbers = map[string]string{"tcp": "6", "udp": "17", "sctp": "132"}

// nftChains are the chains that a port has by its traffic policies. Where a node does not
// know these policies yet, its maps lead to other chains, which are read too.
func nftChains(p kubeproxy.ServicePort) []string {
	var chains []string
	if p.ExternallyAccessible() {
		chains = append(chains, p.NFTExternalChain())
	}
	if p.UsesCluster() {
		chains = append(chains, p.NFTServiceChain())
	}
	if p.UsesLocal() {
		chains = append(chains, p.NFTLocalChain())
	}
	return chains
}
