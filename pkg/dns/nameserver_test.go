package dns

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func TestNameserver(t *testing.T) {
	ready, not, node := true, false, "node-1"
	unnamed, port, udp := "", int32(53), corev1.ProtocolUDP
	s := &snapshot.Snapshot{
		Services: []corev1.Service{*aService("kube-system", "kube-dns", func(s *corev1.ServiceSpec) {
			s.ClusterIP, s.ClusterIPs, s.IPFamilies = "20.1.0.10", []string{"20.1.0.10", "fd00::a"}, []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol}
			s.Selector, s.Ports = map[string]string{"k8s-app": "kube-dns"}, []corev1.ServicePort{{Port: 53, Protocol: corev1.ProtocolUDP}}
		})},
		EndpointSlices: []discoveryv1.EndpointSlice{{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "kube-system", Name: "x", Labels: map[string]string{discoveryv1.LabelServiceName: "kube-dns"}},
			AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &unnamed, Port: &port, Protocol: &udp}},
			Endpoints: []discoveryv1.Endpoint{
				{Addresses: []string{"20.2.0.2"}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}, NodeName: &node, TargetRef: &corev1.ObjectReference{Name: "b"}},
				{Addresses: []string{"20.2.0.3"}, Conditions: discoveryv1.EndpointConditions{Ready: &not}, TargetRef: &corev1.ObjectReference{Name: "a"}},
			},
		}},
		Absent: []string{"Service with clusterIP 192.0.2.53"},
	}
	pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: node, DNSPolicy: corev1.DNSNone}, Status: corev1.PodStatus{HostIP: "10.0.2.3"}}
	for address, want := range map[string]NameserverKind{
		"20.1.0.10": ServerService, "fd00::a": ServerService, "127.0.0.53": ServerLoopback, "::1": ServerLoopback,
		"169.254.20.10": ServerLocal, "10.0.2.3": ServerNode, "192.0.2.53": ServerOther, "192.0.2.54": ServerUnknown, "x": ServerUnknown,
	} {
		if got := nameserver(s, pod, nil, address, false); got.Kind != want {
			t.Errorf("%s: %s, want %s", address, got.Kind, want)
		}
	}
	got := nameserver(s, pod, nil, "20.1.0.10", false)
	if diff := cmp.Diff([]NameserverPod{{"a", "20.2.0.3", "", false}, {"b", "20.2.0.2", node, true}}, got.Pods); diff != "" || got.Ready != 1 || got.Fate != FateArrives || !got.Cluster {
		t.Errorf("%+v\n%s", got, diff)
	}
}

// TestFate: what kube-proxy makes of queries, and whether the API's names count at all.
func TestFate(t *testing.T) {
	yes, no, here, there := true, false, "node-1", "node-2"
	local := corev1.ServiceInternalTrafficPolicyLocal
	ready := discoveryv1.EndpointConditions{Ready: &yes}
	for what, c := range map[string]struct {
		svc     func(*corev1.ServiceSpec)
		node    string
		is      discoveryv1.EndpointConditions
		tcp     bool
		fate    Fate
		cluster bool
	}{
		"DNS":             {nil, there, ready, false, FateArrives, true},
		"by TCP":          {nil, there, ready, true, FateLost, true},
		"local, not here": {func(s *corev1.ServiceSpec) { s.InternalTrafficPolicy = &local }, there, ready, false, FateLost, true},
		"local, here":     {func(s *corev1.ServiceSpec) { s.InternalTrafficPolicy = &local }, here, ready, false, FateArrives, true},
		"not ready":       {nil, there, discoveryv1.EndpointConditions{Ready: &no}, false, FateRefused, true},
		"terminating":     {nil, there, discoveryv1.EndpointConditions{Ready: &no, Serving: &yes, Terminating: &yes}, false, FateArrives, true},
		"another port":    {func(s *corev1.ServiceSpec) { s.Ports[0].Port = 80 }, there, ready, false, FateLost, true},
		"no DNS Service":  {func(s *corev1.ServiceSpec) { s.Selector = nil }, there, ready, false, FateArrives, false},
	} {
		name, port, udp := "dns", int32(53), corev1.ProtocolUDP
		svc := aService("kube-system", "kube-dns", nil)
		svc.Spec.IPFamilies, svc.Spec.Selector = []corev1.IPFamily{corev1.IPv4Protocol}, map[string]string{"k8s-app": "kube-dns"}
		svc.Spec.Ports = []corev1.ServicePort{{Name: name, Port: 53, Protocol: udp}}
		if c.svc != nil {
			c.svc(&svc.Spec)
		}
		s := &snapshot.Snapshot{Services: []corev1.Service{*svc}, EndpointSlices: []discoveryv1.EndpointSlice{{
			ObjectMeta:  metav1.ObjectMeta{Namespace: "kube-system", Name: "x", Labels: map[string]string{discoveryv1.LabelServiceName: "kube-dns"}},
			AddressType: discoveryv1.AddressTypeIPv4, Ports: []discoveryv1.EndpointPort{{Name: &name, Port: &port, Protocol: &udp}},
			Endpoints: []discoveryv1.Endpoint{{Addresses: []string{"20.2.0.2"}, NodeName: &c.node, Conditions: c.is}},
		}}}
		pod := &corev1.Pod{Spec: corev1.PodSpec{NodeName: here, DNSPolicy: corev1.DNSNone}}
		n := nameserver(s, pod, nil, "20.1.0.9", c.tcp)
		if n.Fate != c.fate || n.Cluster != c.cluster || (n.Why == "") != (c.fate == FateArrives) {
			t.Errorf("%s: %s (%s), cluster %v", what, n.Fate, n.Why, n.Cluster)
		}
	}
}

// TestStrangers: the API's names are no prediction for a server that is none of the
// cluster's. Who is asked first decides, for musl who is asked at all.
func TestStrangers(t *testing.T) {
	records := []Record{{Name: "web.shop.svc.cluster.local", A: Addresses, AAAA: NoData, Addresses: []string{"20.1.0.9"}}}
	ours, stranger := Nameserver{Address: "20.1.0.10", Cluster: true}, Nameserver{Address: "192.0.2.53"}
	lost := Nameserver{Address: "192.0.2.53", Fate: FateLost}
	for what, c := range map[string]struct {
		servers []Nameserver
		found   map[Libc]bool
	}{
		"ours":              {[]Nameserver{ours}, map[Libc]bool{Glibc: true, Musl: true, Go: true}},
		"a stranger":        {[]Nameserver{stranger}, map[Libc]bool{}},
		"a stranger first":  {[]Nameserver{stranger, ours}, map[Libc]bool{}},
		"a stranger second": {[]Nameserver{ours, stranger}, map[Libc]bool{Glibc: true, Go: true}},
		"a silent one":      {[]Nameserver{lost, ours}, map[Libc]bool{Glibc: true, Musl: true, Go: true}},
	} {
		file := "search shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5 timeout:1\n"
		for _, n := range c.servers {
			file += "nameserver " + n.Address + "\n"
		}
		for _, libc := range Libcs {
			r := Analyze(Facts{Source: "f", File: file, Libc: libc, Pod: testPod("None", false, nil), Records: records, Nameservers: c.servers, Names: []string{"web"}})
			if got := r.Lookups[0].Result == "found"; got != c.found[libc] {
				t.Errorf("%s, %s: %q", what, libc, r.Lookups[0].Result)
			}
		}
	}
}

// TestHostnameOfPod: what is behind the first dot may become the search list.
func TestHostnameOfPod(t *testing.T) {
	yes, override := true, "a.b"
	k := testKubelet()
	for want, set := range map[string]func(*corev1.PodSpec){
		"web":                                 func(*corev1.PodSpec) {},
		"own":                                 func(s *corev1.PodSpec) { s.Hostname, s.Subdomain = "own", "sub" },
		"web.sub.shop.svc." + k.ClusterDomain: func(s *corev1.PodSpec) { s.Subdomain, s.SetHostnameAsFQDN = "sub", &yes },
		"a.b":                                 func(s *corev1.PodSpec) { s.HostnameOverride = &override },
		"":                                    func(s *corev1.PodSpec) { s.HostNetwork, s.Hostname = true, "x.y" },
	} {
		pod := testPod("ClusterFirst", false, nil)
		pod.Name, pod.Namespace = "web", "shop"
		set(&pod.Spec)
		if got := hostname(pod, &k); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestServers: a Service without Pods has every query refused, which each resolver takes
// in its own way; a loopback address is one of the Pod itself.
func TestServers(t *testing.T) {
	f := Facts{Source: "resolv.conf", File: clusterFirst, Pod: testPod("ClusterFirst", false, nil), Names: []string{"web"}}
	f.Nameservers = []Nameserver{{Address: "20.1.0.10", Kind: ServerService, Service: "kube-system/kube-dns", Cluster: true, Fate: FateRefused, Why: "no endpoint is ready"}}
	for libc, want := range map[Libc]string{Glibc: "try again", Musl: "try again", Go: "try again"} {
		f.Libc = libc
		r := Analyze(f)
		complete(t, r)
		if got := codes(r); got != "E129 E151" || r.Lookups[0].Result != want {
			t.Errorf("%s: %s, %s", libc, got, r.Lookups[0].Result)
		}
	}
	f.File, f.Names, f.Libc = "nameserver 127.0.0.53\n", nil, Glibc
	f.Nameservers = []Nameserver{{Address: "127.0.0.53", Kind: ServerLoopback}}
	if got := codes(Analyze(f)); got != "W154" {
		t.Errorf("loopback: %s", got)
	}
	f.Pod = testPod("Default", true, nil)
	if got := codes(Analyze(f)); got != "" {
		t.Errorf("loopback on the host network: %s", got)
	}
}

func TestHosts(t *testing.T) {
	const hosts = "# kubelet\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n20.2.36.5 web.shop web # alias db\n192.0.2.1\nno-address broken\n"
	for _, c := range []struct {
		name string
		want map[Libc]string
	}{
		{"localhost", says("127.0.0.1 ::1", "127.0.0.1 ::1", "127.0.0.1 ::1")}, {"WEB", says("20.2.36.5", "", "20.2.36.5")},
		{"web.shop", says("20.2.36.5", "20.2.36.5", "20.2.36.5")}, {"web.", says("", "", "20.2.36.5")},
		{"db", says("", "", "")}, {"192.0.2.1", says("", "", "")}, {"alias", says("", "", "")}, {"broken", says("", "", "")},
	} {
		for _, l := range Libcs {
			if got := strings.Join(inHosts(hosts, c.name, l), " "); got != c.want[l] {
				t.Errorf("%s, %s: %q, want %q", c.name, l, got, c.want[l])
			}
		}
	}
	r := Analyze(Facts{Source: "resolv.conf", File: clusterFirst, Libc: Glibc, Hosts: hosts, Names: []string{"web"}})
	if l := r.Lookups[0]; l.Queries != 0 || l.Result != "found" || codes(r) != "I134" {
		t.Errorf("%+v %s", l, codes(r))
	}
}

// TestWindows: nothing is said of queries.
func TestWindows(t *testing.T) {
	pod := testPod("ClusterFirst", false, nil)
	pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows}
	k := testKubelet()
	r := Analyze(Facts{Source: "the spec", Pod: pod, Kubelet: &k, Windows: true, Names: []string{"web"}})
	if len(r.Lookups) != 0 || len(r.Config.Servers) != 0 || r.Should == nil || r.Findings[0].Code != explain.WindowsPod {
		t.Errorf("%+v", r)
	}
	complete(t, r)
	if out := text(t, r, Options{}); out[:len("Windows has no resolv.conf")] != "Windows has no resolv.conf" {
		t.Error(out)
	}
}
