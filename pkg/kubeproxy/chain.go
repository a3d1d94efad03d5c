package kubeproxy

import (
	"crypto/sha256"
	"encoding/base32"
	"net/netip"
	"slices"
)

// Prefixes of the chains that the iptables mode makes for each port of each Service
// (pkg/proxy/iptables/proxier.go).
const (
	ServiceChainPrefix  = "KUBE-SVC-"
	LocalChainPrefix    = "KUBE-SVL-"
	ExternalChainPrefix = "KUBE-EXT-"
	FirewallChainPrefix = "KUBE-FW-"
	EndpointChainPrefix = "KUBE-SEP-"
)

// String is the name of the port in the comments of rules: "namespace/name", then
// ":port" where the port has a name (pkg/proxy/types.go ServicePortName).
func (p ServicePort) String() string {
	s := p.Namespace + "/" + p.Name
	if p.Port != "" {
		s += ":" + p.Port
	}
	return s
}

// ServiceChain spreads over the endpoints of the whole cluster.
func (p ServicePort) ServiceChain() string { return ServiceChainPrefix + p.hash("") }

// LocalChain spreads over the endpoints of the node, for the traffic policy Local.
func (p ServicePort) LocalChain() string { return LocalChainPrefix + p.hash("") }

// ExternalChain takes what arrives at a NodePort, an external IP or a load balancer's IP.
func (p ServicePort) ExternalChain() string { return ExternalChainPrefix + p.hash("") }

// FirewallChain stands before ExternalChain for a load balancer's IP with source ranges.
func (p ServicePort) FirewallChain() string { return FirewallChainPrefix + p.hash("") }

// EndpointChain rewrites the destination to one endpoint. Its name changes when the
// endpoint does; those of the other chains stay as long as the port keeps its name.
func (p ServicePort) EndpointChain(ep netip.AddrPort) string {
	return EndpointChainPrefix + p.hash(ep.String())
}

// InternalChain is where KUBE-SERVICES sends what is bound for the clusterIP.
func (p ServicePort) InternalChain() string {
	if p.InternalLocal {
		return p.LocalChain()
	}
	return p.ServiceChain()
}

// hash follows portProtoHash and servicePortEndpointChainName in
// pkg/proxy/iptables/proxier.go. Neither the number of the port nor the IP family goes
// into it, so both families and a port that was renumbered have the same names.
func (p ServicePort) hash(endpoint string) string {
	sum := sha256.Sum256([]byte(p.String() + p.Protocol + endpoint))
	return base32.StdEncoding.EncodeToString(sum[:])[:16]
}

// Chains are the chains of this port, in the table nat and sorted, that a node with these
// endpoints has in iptables mode. There are none at all without a usable endpoint
// (pkg/proxy/iptables/proxier.go syncProxyRules).
func (p ServicePort) Chains(u Used) []string {
	var chains []string
	if len(u.Cluster) > 0 {
		chains = append(chains, p.ServiceChain())
	}
	if len(u.Local) > 0 {
		chains = append(chains, p.LocalChain())
	}
	if u.HasUsable && p.ExternallyAccessible() {
		chains = append(chains, p.ExternalChain())
	}
	if u.HasUsable && p.UsesFirewall() {
		chains = append(chains, p.FirewallChain())
	}
	for _, ep := range u.All {
		chains = append(chains, p.EndpointChain(ep.Address))
	}
	slices.Sort(chains)
	return chains
}

// UsesFirewall reports whether loadBalancerSourceRanges restrict this port. They only do
// at a load balancer's IP, never at a NodePort or the clusterIP.
func (p ServicePort) UsesFirewall() bool {
	return len(p.LoadBalancerIPs) > 0 && len(p.SourceRanges) > 0
}
