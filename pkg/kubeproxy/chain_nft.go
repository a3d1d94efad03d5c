package kubeproxy

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"net/netip"
	"strings"
)

// Prefixes of the chains, and of the sets of clients, that the nftables mode makes for each
// port of each Service (pkg/proxy/nftables/proxier.go).
const (
	NFTServicePrefix  = "service-"
	NFTLocalPrefix    = "local-"
	NFTExternalPrefix = "external-"
	NFTFirewallPrefix = "firewall-"
	NFTEndpointPrefix = "endpoint-"
	NFTAffinityPrefix = "affinity-"
)

// NFTServiceChain spreads over the endpoints of the whole cluster, in the nftables mode.
func (p ServicePort) NFTServiceChain() string { return NFTServicePrefix + hashed(p.nftName()) }

// NFTLocalChain spreads over the endpoints of the node.
func (p ServicePort) NFTLocalChain() string { return NFTLocalPrefix + hashed(p.nftName()) }

// NFTExternalChain takes what arrives at a NodePort, an external IP or a load balancer's IP.
func (p ServicePort) NFTExternalChain() string { return NFTExternalPrefix + hashed(p.nftName()) }

// NFTFirewallChain drops what loadBalancerSourceRanges do not let in.
func (p ServicePort) NFTFirewallChain() string { return NFTFirewallPrefix + hashed(p.nftName()) }

// NFTEndpointChain rewrites the destination to one endpoint. From 1.36 on it is only there
// where the Service has session affinity.
func (p ServicePort) NFTEndpointChain(ep netip.AddrPort) string {
	return NFTEndpointPrefix + hashed(p.nftEndpoint(ep))
}

// NFTAffinitySet holds the clients that stay with one endpoint.
func (p ServicePort) NFTAffinitySet(ep netip.AddrPort) string {
	return NFTAffinityPrefix + hashed(p.nftEndpoint(ep))
}

// nftName follows servicePortChainNameBase in pkg/proxy/nftables/proxier.go: a port
// without a name leaves a slash at the end.
func (p ServicePort) nftName() string {
	return p.Namespace + "/" + p.Name + "/" + p.Protocol + "/" + p.Port
}

// nftEndpoint follows servicePortEndpointChainNameBase: a name has no room for colons.
func (p ServicePort) nftEndpoint(ep netip.AddrPort) string {
	return fmt.Sprintf("%s__%s/%d", p.nftName(), strings.ReplaceAll(ep.Addr().String(), ":", "."), ep.Port())
}

// nftNameRoom is what nft leaves for a name of 256 bytes behind the longest prefix
// (chainNameBaseLengthMax).
const nftNameRoom = 240

// hashed follows hashAndTruncate.
func hashed(name string) string {
	sum := sha256.Sum256([]byte(name))
	name = base32.StdEncoding.EncodeToString(sum[:])[:8] + "-" + name
	if len(name) > nftNameRoom {
		return name[:nftNameRoom-len("...")] + "..."
	}
	return name
}
