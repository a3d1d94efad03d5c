package kubeproxy

import (
	"fmt"
	"math/rand/v2"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maker makes random objects: such as the API server lets through, and also the odd ones
// that kube-proxy has rules for. It leaves out what kube-proxy decides by chance, which is
// two endpoints of different slices with one address of which none or both terminate.
type maker struct{ *rand.Rand }

func (m maker) chance(percent int) bool { return m.IntN(100) < percent }

func oneOf[T any](m maker, values ...T) T { return values[m.IntN(len(values))] }

func ptr[T any](v T) *T { return &v }

// maybe is nil or one of the values.
func maybe[T any](m maker, values ...T) *T {
	if m.chance(30) {
		return nil
	}
	return ptr(oneOf(m, values...))
}

func (m maker) service(i int) *corev1.Service {
	svc := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: oneOf(m, "default", "shop"), Name: fmt.Sprintf("svc-%d", i)}}
	spec := &svc.Spec
	spec.Type = oneOf(m, corev1.ServiceTypeClusterIP, corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer)
	m.setClusterIPs(spec, i)
	spec.Ports = m.ports(spec.Type)
	spec.ExternalTrafficPolicy = oneOf(m, "", corev1.ServiceExternalTrafficPolicyCluster, corev1.ServiceExternalTrafficPolicyLocal)
	spec.InternalTrafficPolicy = maybe(m, corev1.ServiceInternalTrafficPolicyCluster, corev1.ServiceInternalTrafficPolicyLocal)
	spec.HealthCheckNodePort = oneOf[int32](m, 0, 31000+int32(i))
	if m.chance(25) {
		spec.SessionAffinity = corev1.ServiceAffinityClientIP
		spec.SessionAffinityConfig = &corev1.SessionAffinityConfig{ClientIP: &corev1.ClientIPConfig{TimeoutSeconds: ptr(m.Int32N(86400) + 1)}}
	}
	if m.chance(25) {
		spec.ExternalIPs = m.some("192.0.2.1", "192.0.2.02", "2001:db8::1", "2001:DB8::0:2", "", " ", "example.org")
	}
	if m.chance(40) {
		spec.LoadBalancerSourceRanges = m.some(" 198.51.100.7/24", "203.0.113.0/25", "2001:db8:1::/48", "2001:db8:2::1/64", "10.0.0.0/8", "fd00::/8", "x", "")
	}
	if m.chance(10) {
		spec.LoadBalancerSourceRanges = append(spec.LoadBalancerSourceRanges, oneOf(m, "0.0.0.0/0", "::/0"))
	}
	if spec.Type == corev1.ServiceTypeLoadBalancer {
		svc.Status.LoadBalancer.Ingress = m.ingress()
	}
	return svc
}

func (m maker) setClusterIPs(spec *corev1.ServiceSpec, i int) {
	v4, v6 := fmt.Sprintf("10.96.%d.%d", i/250, i%250+1), fmt.Sprintf("fd00:10:96::%x", i+1)
	ips := oneOf(m, []string{v4}, []string{v6}, []string{v4, v6}, []string{v6, v4})
	spec.ClusterIP = ips[0]
	switch m.IntN(20) {
	case 0: // written before there were two families
		return
	case 1:
		spec.ClusterIP = oneOf(m, "", corev1.ClusterIPNone)
		return
	case 2:
		spec.Type = corev1.ServiceTypeExternalName
	}
	for _, ip := range ips {
		spec.IPFamilies = append(spec.IPFamilies, map[bool]corev1.IPFamily{true: corev1.IPv4Protocol, false: corev1.IPv6Protocol}[ip == v4])
	}
	spec.ClusterIPs = ips
	if m.chance(5) {
		spec.ClusterIPs = ips[:1]
	}
}

func (m maker) ports(svcType corev1.ServiceType) []corev1.ServicePort {
	names := m.some("http", "dns", "p-3")
	if len(names) < 2 && m.chance(60) {
		names = []string{""}
	}
	var ports []corev1.ServicePort
	for _, name := range names {
		p := corev1.ServicePort{Name: name, Port: m.Int32N(1000) + 1, Protocol: oneOf(m, corev1.ProtocolTCP, corev1.ProtocolTCP, corev1.ProtocolUDP, corev1.ProtocolSCTP)}
		if svcType != corev1.ServiceTypeClusterIP && m.chance(80) {
			p.NodePort = 30000 + m.Int32N(1000)
		}
		ports = append(ports, p)
	}
	return ports
}

func (m maker) ingress() []corev1.LoadBalancerIngress {
	var all []corev1.LoadBalancerIngress
	for _, ip := range m.some("203.0.113.1", "203.0.113.02", "2001:db8::aa", "2001:db8::BB", "") {
		all = append(all, corev1.LoadBalancerIngress{IP: ip, IPMode: maybe(m, corev1.LoadBalancerIPModeVIP, corev1.LoadBalancerIPModeVIP, corev1.LoadBalancerIPModeProxy)})
	}
	return all
}

// some keeps about half of the values, in their order.
func (m maker) some(values ...string) []string {
	var kept []string
	for _, v := range values {
		if m.chance(50) {
			kept = append(kept, v)
		}
	}
	return kept
}

// slices are up to four EndpointSlices of a Service, each with addresses of its own.
func (m maker) slices(svc *corev1.Service) []discoveryv1.EndpointSlice {
	var all []discoveryv1.EndpointSlice
	mood := mood{hints: m.IntN(4), leaving: m.chance(25)}
	families := svc.Spec.IPFamilies
	if len(families) == 0 || m.chance(5) {
		families = []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
	}
	for i := range m.IntN(6) {
		s := discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: svc.Namespace, Name: fmt.Sprintf("%s-%c", svc.Name, 'd'-i),
				Labels: map[string]string{discoveryv1.LabelServiceName: svc.Name},
			},
			AddressType: discoveryv1.AddressType(oneOf(m, families...)),
			Ports:       m.endpointPorts(svc),
		}
		for j := range m.IntN(6) {
			s.Endpoints = append(s.Endpoints, m.endpoint(s.AddressType, i, j, mood))
		}
		m.spoil(&s)
		all = append(all, s)
	}
	return m.move(all)
}

// endpointPorts are the ports of the Service, and some that belong to nobody.
func (m maker) endpointPorts(svc *corev1.Service) []discoveryv1.EndpointPort {
	var ports []discoveryv1.EndpointPort
	for _, p := range svc.Spec.Ports {
		port := discoveryv1.EndpointPort{Name: ptr(p.Name), Protocol: ptr(p.Protocol), Port: ptr(8000 + m.Int32N(3))}
		switch m.IntN(25) {
		case 0:
			port.Name = nil
		case 1:
			port.Port = nil
		case 2:
			port.Port = ptr[int32](0)
		case 3:
			port.Name = ptr("other")
		case 4:
			port.Protocol = ptr(corev1.ProtocolTCP)
		case 5: // the same name at two numbers
			ports = append(ports, discoveryv1.EndpointPort{Name: ptr(p.Name), Protocol: ptr(p.Protocol), Port: ptr[int32](9000)})
		}
		ports = append(ports, port)
	}
	return ports
}

// spoil turns a slice into one that is not the Service's.
func (m maker) spoil(s *discoveryv1.EndpointSlice) {
	switch m.IntN(30) {
	case 0:
		s.AddressType = discoveryv1.AddressTypeFQDN
	case 1:
		delete(s.Labels, discoveryv1.LabelServiceName)
	case 2:
		s.Labels[discoveryv1.LabelServiceName] = "nobody"
	case 3:
		s.Labels[corev1.IsHeadlessService] = ""
	case 4:
		s.Namespace = "elsewhere"
	}
}
