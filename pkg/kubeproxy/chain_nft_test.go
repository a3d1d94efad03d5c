package kubeproxy

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// TestNFTNames are names that kube-proxy's own tests expect, and one that a cluster showed.
func TestNFTNames(t *testing.T) {
	p := ServicePort{Namespace: "ns1", Name: "svc1", Port: "p80", Protocol: "tcp"}
	unnamed := ServicePort{Namespace: "default", Name: "service-hellok8s-clusterip", Protocol: "tcp"}
	got := []string{
		p.NFTServiceChain(), p.NFTLocalChain(), p.NFTExternalChain(), p.NFTFirewallChain(),
		p.NFTEndpointChain(netip.MustParseAddrPort("10.180.0.1:80")), unnamed.NFTServiceChain(),
	}
	want := []string{
		"service-ULMVA6XW-ns1/svc1/tcp/p80", "local-ULMVA6XW-ns1/svc1/tcp/p80", "external-ULMVA6XW-ns1/svc1/tcp/p80",
		"firewall-ULMVA6XW-ns1/svc1/tcp/p80", "endpoint-5OJB2KTY-ns1/svc1/tcp/p80__10.180.0.1/80",
		"service-SSSAT6SI-default/service-hellok8s-clusterip/tcp/",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestNFTLongName: the longest names of everything, and an address of IPv6, end in dots.
func TestNFTLongName(t *testing.T) {
	long := strings.Repeat("a", 63)
	p := ServicePort{Namespace: long, Name: long, Port: long, Protocol: "sctp"}
	got := p.NFTEndpointChain(netip.MustParseAddrPort("[2001:db8:1111:2222:3333:4444:5555:6666]:65535"))
	if name := strings.TrimPrefix(got, NFTEndpointPrefix); len(name) != nftNameRoom || !strings.HasSuffix(name, "...") {
		t.Errorf("%d bytes: %s", len(name), name)
	}
	if strings.Contains(got, ":") {
		t.Errorf("a colon in %s", got)
	}
}
