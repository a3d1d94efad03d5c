package kubeproxy

import (
	"net/netip"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Names that real clusters show, and that the tests of kube-proxy itself expect.
func TestChainNames(t *testing.T) {
	for _, tt := range []struct {
		port ServicePort
		hash string
	}{
		{ServicePort{Namespace: "ns1", Name: "svc1", Port: "p80", Protocol: "tcp"}, "XPGD46QRK7WJZT7O"},
		{ServicePort{Namespace: "default", Name: "kubernetes", Port: "https", Protocol: "tcp"}, "NPX46M4PTMTKRN6Y"},
		{ServicePort{Namespace: "kube-system", Name: "kube-dns", Port: "dns", Protocol: "udp"}, "TCOU7JCQXEZGVUNU"},
		{ServicePort{Namespace: "kube-system", Name: "kube-dns", Port: "dns-tcp", Protocol: "tcp"}, "ERIFXISQEP7F7OF4"},
		{ServicePort{Namespace: "kube-system", Name: "kube-dns", Port: "metrics", Protocol: "tcp"}, "JD5MR3NA4I4DYORP"},
		{ServicePort{Namespace: "default", Name: "service-hellok8s-clusterip", Protocol: "tcp"}, "BRULDGNIV2IQDBPU"},
	} {
		p := tt.port
		got := []string{p.ServiceChain(), p.LocalChain(), p.ExternalChain(), p.FirewallChain()}
		want := []string{"KUBE-SVC-" + tt.hash, "KUBE-SVL-" + tt.hash, "KUBE-EXT-" + tt.hash, "KUBE-FW-" + tt.hash}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %v, want %v", p, got, want)
		}
	}
}

func TestEndpointChain(t *testing.T) {
	p := ServicePort{Namespace: "ns1", Name: "svc1", Port: "p80", Protocol: "tcp"}
	for ep, want := range map[string]string{
		"10.180.0.1:80": "KUBE-SEP-SXIVWICOYRO3J4NJ",
	} {
		if got := p.EndpointChain(netip.MustParseAddrPort(ep)); got != want {
			t.Errorf("%s: got %s, want %s", ep, got, want)
		}
	}
}

func TestServicePortString(t *testing.T) {
	for want, p := range map[string]ServicePort{
		"a/b":   {Namespace: "a", Name: "b", Protocol: "tcp", Number: 80},
		"a/b:c": {Namespace: "a", Name: "b", Port: "c", Protocol: "udp", Family: corev1.IPv6Protocol},
	} {
		if got := p.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestInternalChain(t *testing.T) {
	p := ServicePort{Namespace: "a", Name: "b", Protocol: "tcp"}
	if got, want := p.InternalChain(), p.ServiceChain(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	p.InternalLocal = true
	if got, want := p.InternalChain(), p.LocalChain(); got != want {
		t.Errorf("internalTrafficPolicy Local: got %s, want %s", got, want)
	}
}
