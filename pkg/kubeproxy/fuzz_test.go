package kubeproxy

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// FuzzUsedEndpoints makes a Service and its EndpointSlices of random bytes, odd ones more
// often than not, for any node. Nothing may panic, and what is chosen has to keep the
// promises that callers rely on.
func FuzzUsedEndpoints(f *testing.F) {
	f.Add([]byte{}, "10.0.0.9", "n1", "z1", "v1.30.0")
	f.Add([]byte("\x01\x02\x03\x02\x02\x01\x01\x01\x02\x00\x01\x02\x01\x00\x01\x01\x02\x01\x00\x01\x02\x03\x04\x05\x06\x07"), "fe80::1%eth0", "", "", "")
	f.Add(slices.Repeat([]byte{2, 0, 1, 3, 1}, 60), "::ffff:10.0.0.1", "n2", "z2", "1.x")
	f.Fuzz(func(t *testing.T, data []byte, address, node, zone, version string) {
		b := bytesOf{data}
		svc := b.service(address)
		all := b.slices(address)
		for _, p := range ServicePorts(svc) {
			eps := Endpoints(p, all)
			u := UsedEndpoints(p, eps, NodeInfo{Name: node, Zone: zone, Version: version})
			checkSorted(t, eps)
			checkUsed(t, p, eps, u)
			checkVerdict(t, p, u)
		}
	})
}

// bytesOf makes choices out of bytes, the first one when they are used up.
type bytesOf struct{ left []byte }

func choose[T any](b *bytesOf, values ...T) T {
	if len(b.left) == 0 {
		return values[0]
	}
	n := int(b.left[0]) % len(values)
	b.left = b.left[1:]
	return values[n]
}

func (b *bytesOf) service(address string) *corev1.Service {
	return service(func(s *corev1.Service) {
		s.Spec.Type = choose(b, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer)
		s.Spec.Ports[0].NodePort = choose[int32](b, 0, 30000)
		s.Spec.InternalTrafficPolicy = choose(b, nil, ptr(corev1.ServiceInternalTrafficPolicyLocal))
		s.Spec.ExternalTrafficPolicy = choose(b, "", corev1.ServiceExternalTrafficPolicyLocal)
		s.Spec.SessionAffinity = choose(b, corev1.ServiceAffinityNone, corev1.ServiceAffinityClientIP)
		s.Spec.ClusterIPs = choose(b, s.Spec.ClusterIPs, []string{address, ""}, nil)
		s.Spec.IPFamilies = choose(b, s.Spec.IPFamilies, nil)
		s.Spec.ExternalIPs = choose(b, nil, []string{address})
		s.Spec.LoadBalancerSourceRanges = choose(b, nil, []string{address + "/8"}, []string{address})
		s.Status.LoadBalancer.Ingress = choose(b, nil, []corev1.LoadBalancerIngress{{IP: address}})
	})
}

func (b *bytesOf) slices(address string) []discoveryv1.EndpointSlice {
	var all []discoveryv1.EndpointSlice
	for range choose(b, 2, 0, 1, 3) {
		s := slice(choose(b, "a", "b", "c", ""))
		s.AddressType = choose(b, discoveryv1.AddressTypeIPv4, discoveryv1.AddressTypeIPv6, discoveryv1.AddressTypeFQDN)
		s.Ports = choose(b, s.Ports, nil, []discoveryv1.EndpointPort{{}, {Name: ptr("http")}, {Name: ptr("http"), Port: ptr[int32](-1)}, s.Ports[0], s.Ports[0]})
		for range choose(b, 3, 0, 1, 2, 4) {
			s.Endpoints = append(s.Endpoints, b.endpoint(address))
		}
		all = append(all, s)
	}
	return all
}

func (b *bytesOf) endpoint(address string) discoveryv1.Endpoint {
	ep := endpoint(choose(b, "10.0.0.10", "10.0.0.9", address, "fd00::a", "010.0.0.9"), choose(b, "---", "ttf", "fft", "ftt", "ttt", "f--", "-f-"))
	ep.NodeName = choose(b, ptr("n1"), nil, ptr("n2"), ptr(""))
	ep.Addresses = choose(b, ep.Addresses, nil, []string{})
	if choose(b, true, false) {
		ep.Hints = &discoveryv1.EndpointHints{
			ForZones: choose(b, []discoveryv1.ForZone{{Name: "z1"}}, nil, []discoveryv1.ForZone{{Name: "z2"}, {}}),
			ForNodes: choose(b, nil, []discoveryv1.ForNode{{Name: "n1"}}, []discoveryv1.ForNode{{}}),
		}
	}
	return ep
}

// checkSorted also finds an address that is there twice.
func checkSorted(t *testing.T, eps []Endpoint) {
	t.Helper()
	for i, ep := range eps {
		if !ep.Address.IsValid() || ep.Address.Port() == 0 {
			t.Errorf("address %s", ep.Address)
		}
		if i > 0 && eps[i-1].Address.String() >= ep.Address.String() {
			t.Errorf("%s before %s", eps[i-1].Address, ep.Address)
		}
	}
}

func checkUsed(t *testing.T, p ServicePort, eps []Endpoint, u Used) {
	t.Helper()
	for _, list := range [][]Endpoint{u.Cluster, u.Local, u.All} {
		checkSorted(t, list)
		for _, ep := range list {
			if !contains(eps, ep) || !contains(u.All, ep) || !ep.Usable() {
				t.Errorf("%s was chosen", ep.Address)
			}
		}
	}
	if len(u.All)+len(u.Unused) != len(eps) {
		t.Errorf("%d used and %d unused are not %d", len(u.All), len(u.Unused), len(eps))
	}
	for promise, kept := range map[string]bool{
		"HasUsable":    u.HasUsable == slices.ContainsFunc(eps, Endpoint.Usable),
		"some usable":  u.HasUsable == (len(u.Cluster) > 0) || !p.UsesCluster(),
		"no Cluster":   p.UsesCluster() || len(u.Cluster) == 0,
		"no Local":     p.UsesLocal() || len(u.Local) == 0,
		"why topology": (u.Hints == HintsFollowed) == (u.Topology != ""),
	} {
		if !kept {
			t.Errorf("%s: %d endpoints, but %+v", promise, len(eps), u)
		}
	}
}

// checkVerdict: a chain that a rule leads to has to be there.
func checkVerdict(t *testing.T, p ServicePort, u Used) {
	t.Helper()
	chains := p.Chains(u)
	if p.InternalVerdict(u) == VerdictEndpoints && !slices.Contains(chains, p.InternalChain()) {
		t.Errorf("%s is not among %v", p.InternalChain(), chains)
	}
	if p.ExternalVerdict(u) == VerdictEndpoints && !slices.Contains(chains, p.ExternalChain()) {
		t.Errorf("%s is not among %v", p.ExternalChain(), chains)
	}
	if !u.HasUsable && len(chains) > 0 {
		t.Errorf("chains without endpoints: %v", chains)
	}
}
