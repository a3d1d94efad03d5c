package kubeproxy

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestHealthOf: an address counts once however many ports it has, and only where it is ready
// and on the node.
func TestHealthOf(t *testing.T) {
	a, b, here, there, no, yes := "a", "b", "here", "there", false, true
	number := int32(80)
	tcp := corev1.ProtocolTCP
	slice := discoveryv1.EndpointSlice{
		ObjectMeta:  metav1.ObjectMeta{Name: "s", Namespace: "n", Labels: map[string]string{discoveryv1.LabelServiceName: "svc"}},
		AddressType: discoveryv1.AddressTypeIPv4,
		Ports:       []discoveryv1.EndpointPort{{Name: &a, Port: &number, Protocol: &tcp}, {Name: &b, Port: &number, Protocol: &tcp}},
		Endpoints: []discoveryv1.Endpoint{
			{Addresses: []string{"10.0.0.1"}, NodeName: &here},
			{Addresses: []string{"10.0.0.2"}, NodeName: &here, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
			{Addresses: []string{"10.0.0.3"}, NodeName: &here, Conditions: discoveryv1.EndpointConditions{Ready: &no, Serving: &yes, Terminating: &yes}},
			{Addresses: []string{"10.0.0.4"}, NodeName: &there, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
		},
	}
	var ports []ServicePort
	for _, name := range []string{a, b} {
		ports = append(ports, ServicePort{Namespace: "n", Name: "svc", Port: name, Protocol: "tcp", Family: corev1.IPv4Protocol})
	}
	for node, want := range map[string]Health{here: {1, 200}, there: {0, 503}, "nowhere": {0, 503}} {
		if got := HealthOf(ports, []discoveryv1.EndpointSlice{slice}, NodeInfo{Name: node}); got != want {
			t.Errorf("%s: %+v, want %+v", node, got, want)
		}
	}
}
