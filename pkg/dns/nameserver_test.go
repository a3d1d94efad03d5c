package dns

import (
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
	s := &snapshot.Snapshot{
		Services: []corev1.Service{*aService("kube-system", "kube-dns", func(s *corev1.ServiceSpec) { s.ClusterIPs = []string{"20.1.0.10", "fd00::a"} })},
		EndpointSlices: []discoveryv1.EndpointSlice{{
			ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "x", Labels: map[string]string{discoveryv1.LabelServiceName: "kube-dns"}},
			Endpoints: []discoveryv1.Endpoint{
				{Addresses: []string{"20.2.0.2"}, Conditions: discoveryv1.EndpointConditions{Ready: &ready}, NodeName: &node, TargetRef: &corev1.ObjectReference{Name: "b"}},
				{Addresses: []string{"20.2.0.3"}, Conditions: discoveryv1.EndpointConditions{Ready: &not}, TargetRef: &corev1.ObjectReference{Name: "a"}},
			},
		}},
		Absent: []string{"Service with clusterIP 192.0.2.53"},
	}
	pod := &corev1.Pod{Status: corev1.PodStatus{HostIP: "10.0.2.3"}}
	for address, want := range map[string]NameserverKind{
		"20.1.0.10": ServerService, "fd00::a": ServerService, "127.0.0.53": ServerLoopback, "::1": ServerLoopback,
		"169.254.20.10": ServerLocal, "10.0.2.3": ServerNode, "192.0.2.53": ServerOther, "192.0.2.54": ServerUnknown, "x": ServerUnknown,
	} {
		if got := nameserver(s, pod, address); got.Kind != want {
			t.Errorf("%s: %s, want %s", address, got.Kind, want)
		}
	}
	got := nameserver(s, pod, "20.1.0.10")
	if diff := cmp.Diff([]NameserverPod{{"a", "20.2.0.3", "", false}, {"b", "20.2.0.2", node, true}}, got.Pods); diff != "" || got.Ready != 1 || !got.EndpointsKnown {
		t.Errorf("%+v\n%s", got, diff)
	}
}

// TestServers: a Service without Pods has every query refused, which each resolver takes
// in its own way; a loopback address is one of the Pod itself.
func TestServers(t *testing.T) {
	f := Facts{Source: "resolv.conf", File: clusterFirst, Pod: testPod("ClusterFirst", false, nil), Names: []string{"web"}}
	f.Nameservers = []Nameserver{{Address: "20.1.0.10", Kind: ServerService, Service: "kube-system/kube-dns", EndpointsKnown: true}}
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
	const hosts = "# kubelet\n127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost\n20.2.36.5 web.shop web # alias db\n192.0.2.1\n"
	for name, want := range map[string][]string{
		"localhost": {"127.0.0.1", "::1"}, "WEB": {"20.2.36.5"}, "web.shop": {"20.2.36.5"}, "db": nil, "web.": nil, "192.0.2.1": nil, "alias": nil,
	} {
		if diff := cmp.Diff(want, inHosts(hosts, name)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
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
