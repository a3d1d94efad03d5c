package kubeproxy

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var (
	compareAddr   = cmp.Comparer(func(a, b netip.Addr) bool { return a == b })
	comparePrefix = cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })
	comparePort   = cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })
)

func ptr[T any](v T) *T { return &v }

// service is a dual-stack Service with two ports, changed as a test wants it.
func service(change func(*corev1.Service)) *corev1.Service {
	svc := &corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
		Spec: corev1.ServiceSpec{
			Type:       corev1.ServiceTypeClusterIP,
			ClusterIP:  "10.96.0.7",
			ClusterIPs: []string{"10.96.0.7", "fd00::7"},
			IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol},
			Ports: []corev1.ServicePort{
				{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("web")},
				{Name: "dns", Protocol: corev1.ProtocolUDP, Port: 53, TargetPort: intstr.FromInt32(5353)},
			},
		},
	}
	if change != nil {
		change(svc)
	}
	return svc
}

func TestSkipped(t *testing.T) {
	for _, tt := range []struct {
		want   string
		change func(*corev1.Service)
	}{
		{"", nil},
		{SkippedHeadless, func(s *corev1.Service) { s.Spec.ClusterIP = "None" }},
		{SkippedHeadless, func(s *corev1.Service) { s.Spec.ClusterIP = "" }},
		{SkippedExternalName, func(s *corev1.Service) { s.Spec.Type, s.Spec.ClusterIP = "ExternalName", "" }},
		{SkippedExternalName, func(s *corev1.Service) { s.Spec.Type = "ExternalName" }},
		{SkippedProxyName, func(s *corev1.Service) { s.Labels = map[string]string{ProxyNameLabel: ""} }},
	} {
		svc := service(tt.change)
		if got := Skipped(svc); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
		if ports := ServicePorts(svc); (len(ports) == 0) != (tt.want != "") {
			t.Errorf("%q, but %d ports", tt.want, len(ports))
		}
	}
}

// Each port of the Service, once for each family, in the order of the Service.
func TestServicePortsFamilies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*corev1.Service)
		want   []string
	}{
		{"dual", nil, []string{"http 10.96.0.7", "http fd00::7", "dns 10.96.0.7", "dns fd00::7"}},
		{"IPv6 first", func(s *corev1.Service) {
			s.Spec.ClusterIP, s.Spec.ClusterIPs = "fd00::7", []string{"fd00::7", "10.96.0.7"}
			s.Spec.IPFamilies = []corev1.IPFamily{corev1.IPv6Protocol, corev1.IPv4Protocol}
		}, []string{"http fd00::7", "http 10.96.0.7", "dns fd00::7", "dns 10.96.0.7"}},
		{"family without address", func(s *corev1.Service) { s.Spec.ClusterIPs = s.Spec.ClusterIPs[:1] },
			[]string{"http 10.96.0.7", "dns 10.96.0.7"}},
		{"before dual stack", func(s *corev1.Service) { s.Spec.IPFamilies, s.Spec.ClusterIPs = nil, nil },
			[]string{"http 10.96.0.7", "dns 10.96.0.7"}},
		{"before dual stack, IPv6", func(s *corev1.Service) { s.Spec.IPFamilies, s.Spec.ClusterIP = nil, "fd00::7" },
			[]string{"http fd00::7", "dns fd00::7"}},
		{"leading zeros", func(s *corev1.Service) { s.Spec.ClusterIPs = []string{"010.096.000.007"} },
			[]string{"http 10.96.0.7", "dns 10.96.0.7"}},
	} {
		var got []string
		for _, p := range ServicePorts(service(tt.change)) {
			got = append(got, p.Port+" "+p.ClusterIP.String())
			if familyOf(p.ClusterIP) != p.Family {
				t.Errorf("%s: %s has family %s", tt.name, p.ClusterIP, p.Family)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestServicePortFields(t *testing.T) {
	svc := service(func(s *corev1.Service) {
		s.Annotations = map[string]string{corev1.AnnotationTopologyMode: "Auto"}
		s.Spec.Type = corev1.ServiceTypeLoadBalancer
		s.Spec.Ports = s.Spec.Ports[:1]
		s.Spec.Ports[0].NodePort = 30080
		s.Spec.ExternalIPs = []string{"192.0.2.1", "2001:db8::1", "", "example.org"}
		s.Spec.LoadBalancerSourceRanges = []string{" 198.51.100.7/24 ", "2001:db8:1::/48", "x"}
		s.Spec.ExternalTrafficPolicy = corev1.ServiceExternalTrafficPolicyLocal
		s.Spec.InternalTrafficPolicy = ptr(corev1.ServiceInternalTrafficPolicyLocal)
		s.Spec.HealthCheckNodePort = 31000
		s.Spec.SessionAffinity = corev1.ServiceAffinityClientIP
		s.Status.LoadBalancer.Ingress = []corev1.LoadBalancerIngress{
			{IP: "203.0.113.1"}, {IP: "203.0.113.2", IPMode: ptr(corev1.LoadBalancerIPModeProxy)},
			{IP: "2001:db8::2", IPMode: ptr(corev1.LoadBalancerIPModeVIP)}, {Hostname: "lb.example.org"},
		}
	})
	want := ServicePort{
		Namespace: "shop", Name: "web", Port: "http", Protocol: "tcp", Family: corev1.IPv4Protocol,
		ClusterIP: netip.MustParseAddr("10.96.0.7"), Number: 80, NodePort: 30080, TargetPort: intstr.FromString("web"),
		InternalLocal: true, ExternalLocal: true,
		ExternalIPs:         []netip.Addr{netip.MustParseAddr("192.0.2.1")},
		LoadBalancerIPs:     []netip.Addr{netip.MustParseAddr("203.0.113.1")},
		ProxiedIPs:          []netip.Addr{netip.MustParseAddr("203.0.113.2")},
		SourceRanges:        []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		HealthCheckNodePort: 31000, AffinitySeconds: 10800, HintsAnnotation: "Auto",
	}
	if diff := cmp.Diff(want, ServicePorts(svc)[0], compareAddr, comparePrefix); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// externalTrafficPolicy: Local counts on some Services only, and then not all of it.
func TestPolicies(t *testing.T) {
	local := corev1.ServiceExternalTrafficPolicyLocal
	for _, tt := range []struct {
		name                           string
		change                         func(*corev1.Service)
		externalLocal, cluster, locals bool
		health                         int32
	}{
		{"plain", nil, false, true, false, 0},
		{"clusterIP with policy", func(s *corev1.Service) { s.Spec.ExternalTrafficPolicy = local }, false, true, false, 0},
		{"external IP", func(s *corev1.Service) {
			s.Spec.ExternalTrafficPolicy, s.Spec.ExternalIPs = local, []string{"192.0.2.1"}
		}, true, true, true, 0},
		{"node port", func(s *corev1.Service) {
			s.Spec.Type, s.Spec.ExternalTrafficPolicy, s.Spec.Ports[0].NodePort = "NodePort", local, 30000
			s.Spec.HealthCheckNodePort = 31000
		}, true, true, true, 0},
		{"load balancer that never came", func(s *corev1.Service) {
			s.Spec.Type, s.Spec.ExternalTrafficPolicy, s.Spec.HealthCheckNodePort = "LoadBalancer", local, 31000
		}, true, true, false, 31000},
		{"internal", func(s *corev1.Service) {
			s.Spec.InternalTrafficPolicy = ptr(corev1.ServiceInternalTrafficPolicyLocal)
		}, false, false, true, 0},
		{"internal, node port", func(s *corev1.Service) {
			s.Spec.Type, s.Spec.Ports[0].NodePort = "NodePort", 30000
			s.Spec.InternalTrafficPolicy = ptr(corev1.ServiceInternalTrafficPolicyLocal)
		}, false, true, true, 0},
	} {
		p := ServicePorts(service(tt.change))[0]
		got := []any{p.ExternalLocal, p.UsesCluster(), p.UsesLocal(), p.HealthCheckNodePort}
		want := []any{tt.externalLocal, tt.cluster, tt.locals, tt.health}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: externalLocal, cluster, local, health check (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestSourceRangeOfEverything(t *testing.T) {
	p := ServicePorts(service(func(s *corev1.Service) {
		s.Spec.LoadBalancerSourceRanges = []string{"198.51.100.0/24", "0.0.0.0/0"}
	}))[0]
	if p.SourceRanges != nil {
		t.Errorf("0.0.0.0/0 restricts nothing, got %v", p.SourceRanges)
	}
}

func TestHintsAnnotation(t *testing.T) {
	p := ServicePorts(service(func(s *corev1.Service) {
		s.Annotations = map[string]string{
			corev1.AnnotationTopologyMode:                 "Auto",
			corev1.DeprecatedAnnotationTopologyAwareHints: "disabled",
		}
	}))[0]
	if p.HintsAnnotation != "disabled" {
		t.Errorf("got %q: the older name comes first", p.HintsAnnotation)
	}
}
