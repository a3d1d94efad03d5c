package kubeproxy

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

var webPort = ServicePort{Namespace: "shop", Name: "web", Port: "http", Protocol: "tcp", Family: corev1.IPv4Protocol}

// slice is an EndpointSlice of webPort with these endpoints.
func slice(name string, eps ...discoveryv1.Endpoint) discoveryv1.EndpointSlice {
	return discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name,
			Labels: map[string]string{discoveryv1.LabelServiceName: "web"},
		},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: ptr("http"), Port: ptr[int32](8080), Protocol: ptr(corev1.ProtocolTCP)}},
		Endpoints:   eps,
	}
}

// ready, serving and terminating are "t", "f" or "-" for nil, in this order.
func endpoint(ip, conditions string) discoveryv1.Endpoint {
	condition := map[byte]*bool{'t': ptr(true), 'f': ptr(false), '-': nil}
	return discoveryv1.Endpoint{
		Addresses: []string{ip},
		Conditions: discoveryv1.EndpointConditions{
			Ready: condition[conditions[0]], Serving: condition[conditions[1]], Terminating: condition[conditions[2]],
		},
	}
}

// texts has each endpoint as "address ready serving terminating".
func texts(eps []Endpoint) []string {
	var list []string
	for _, ep := range eps {
		list = append(list, fmt.Sprintf("%s %t %t %t", ep.Address, ep.Ready, ep.Serving, ep.Terminating))
	}
	return list
}

func TestEndpoints(t *testing.T) {
	with := func(s discoveryv1.EndpointSlice, change func(*discoveryv1.EndpointSlice)) discoveryv1.EndpointSlice {
		change(&s)
		return s
	}
	one := slice("a", endpoint("10.0.0.1", "---"))
	for _, tt := range []struct {
		name   string
		slices []discoveryv1.EndpointSlice
		want   []string
	}{
		{"no slice", nil, nil},
		{"nil conditions", []discoveryv1.EndpointSlice{one}, []string{"10.0.0.1:8080 true true false"}},
		{"conditions", []discoveryv1.EndpointSlice{slice("a", endpoint("10.0.0.1", "ftt"), endpoint("10.0.0.2", "fff"))},
			[]string{"10.0.0.1:8080 false true true", "10.0.0.2:8080 false false false"}},
		{"order of strings", []discoveryv1.EndpointSlice{slice("a", endpoint("10.0.0.9", "---"), endpoint("10.0.0.10", "---")), slice("b", endpoint("10.0.0.100", "---"))},
			[]string{"10.0.0.100:8080 true true false", "10.0.0.10:8080 true true false", "10.0.0.9:8080 true true false"}},
		{"first address only", []discoveryv1.EndpointSlice{slice("a", discoveryv1.Endpoint{Addresses: []string{"10.0.0.1", "10.0.0.2"}})},
			[]string{"10.0.0.1:8080 true true false"}},
		{"no address", []discoveryv1.EndpointSlice{slice("a", discoveryv1.Endpoint{}, endpoint("x", "---"))}, nil},
		{"running before terminating", []discoveryv1.EndpointSlice{slice("a", endpoint("10.0.0.1", "t--")), slice("b", endpoint("10.0.0.1", "ftt"))},
			[]string{"10.0.0.1:8080 true true false"}},
		{"terminating before running", []discoveryv1.EndpointSlice{slice("a", endpoint("10.0.0.1", "ftt")), slice("b", endpoint("10.0.0.1", "t--"))},
			[]string{"10.0.0.1:8080 true true false"}},
		{"twice terminating", []discoveryv1.EndpointSlice{slice("a", endpoint("10.0.0.1", "ftt"), endpoint("10.0.0.1", "fft"))},
			[]string{"10.0.0.1:8080 false true true"}},
		{"twice running", []discoveryv1.EndpointSlice{slice("b", endpoint("10.0.0.1", "t--")), slice("a", endpoint("10.0.0.1", "ff-"))},
			[]string{"10.0.0.1:8080 true true false"}},
		{"nil protocol", []discoveryv1.EndpointSlice{with(one, func(s *discoveryv1.EndpointSlice) { s.Ports[0].Protocol = nil })},
			[]string{"10.0.0.1:8080 true true false"}},
	} {
		if diff := cmp.Diff(tt.want, texts(Endpoints(webPort, tt.slices))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// What makes a slice, or one of its ports, none of the Service's.
func TestEndpointsIgnored(t *testing.T) {
	for name, change := range map[string]func(*discoveryv1.EndpointSlice){
		"other namespace":    func(s *discoveryv1.EndpointSlice) { s.Namespace = "x" },
		"no name":            func(s *discoveryv1.EndpointSlice) { s.Name = "" },
		"no label":           func(s *discoveryv1.EndpointSlice) { s.Labels = nil },
		"other service":      func(s *discoveryv1.EndpointSlice) { s.Labels[discoveryv1.LabelServiceName] = "x" },
		"headless":           func(s *discoveryv1.EndpointSlice) { s.Labels[corev1.IsHeadlessService] = "" },
		"other family":       func(s *discoveryv1.EndpointSlice) { s.AddressType = discoveryv1.AddressTypeIPv6 },
		"FQDN":               func(s *discoveryv1.EndpointSlice) { s.AddressType = discoveryv1.AddressTypeFQDN },
		"no ports":           func(s *discoveryv1.EndpointSlice) { s.Ports = nil },
		"port without name":  func(s *discoveryv1.EndpointSlice) { s.Ports[0].Name = nil },
		"other port":         func(s *discoveryv1.EndpointSlice) { s.Ports[0].Name = ptr("") },
		"port nil":           func(s *discoveryv1.EndpointSlice) { s.Ports[0].Port = nil },
		"port 0":             func(s *discoveryv1.EndpointSlice) { s.Ports[0].Port = ptr[int32](0) },
		"port out of bounds": func(s *discoveryv1.EndpointSlice) { s.Ports[0].Port = ptr[int32](65536) },
		"other protocol":     func(s *discoveryv1.EndpointSlice) { s.Ports[0].Protocol = ptr(corev1.ProtocolUDP) },
	} {
		s := slice("a", endpoint("10.0.0.1", "---"))
		change(&s)
		if got := Endpoints(webPort, []discoveryv1.EndpointSlice{s}); len(got) != 0 {
			t.Errorf("%s: got %v", name, texts(got))
		}
	}
}

func TestEndpointFields(t *testing.T) {
	pod := &corev1.ObjectReference{Kind: "Pod", Name: "web-1"}
	in := discoveryv1.Endpoint{
		Addresses: []string{"2001:DB8::0:1"}, NodeName: ptr("n1"), Zone: ptr("z1"), TargetRef: pod,
		Hints: &discoveryv1.EndpointHints{ForZones: []discoveryv1.ForZone{{Name: "z1"}, {Name: "z2"}}, ForNodes: []discoveryv1.ForNode{{Name: "n1"}}},
	}
	s := slice("a", in)
	s.AddressType = discoveryv1.AddressTypeIPv6
	p := webPort
	p.Family = corev1.IPv6Protocol
	want := []Endpoint{{
		Ready: true, Serving: true, NodeName: "n1", Zone: "z1", TargetRef: pod, Slice: "shop/a",
		ZoneHints: []string{"z1", "z2"}, NodeHints: []string{"n1"},
	}}
	got := Endpoints(p, []discoveryv1.EndpointSlice{s})
	if len(got) != 1 || got[0].Address.String() != "[2001:db8::1]:8080" {
		t.Fatalf("got %v", texts(got))
	}
	want[0].Address = got[0].Address
	if diff := cmp.Diff(want, got, comparePort); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
