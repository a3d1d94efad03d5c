package dns

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func testPod(policy corev1.DNSPolicy, hostNetwork bool, config *corev1.PodDNSConfig) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web-0"},
		Spec:       corev1.PodSpec{DNSPolicy: policy, HostNetwork: hostNetwork, DNSConfig: config},
	}
}

func testKubelet() Kubelet {
	node := "# node\nsearch corp.example.\nnameserver 192.0.2.53\noptions timeout:2\n"
	return Kubelet{ClusterDNS: []string{"10.96.0.10"}, ClusterDomain: "cluster.local", ResolvConf: &node}
}

// TestExpect is each policy, with the origin of each entry. test/oracle/kubelet holds
// the values to the kubelet's own code.
func TestExpect(t *testing.T) {
	ndots := "2"
	config := &corev1.PodDNSConfig{Nameservers: []string{"192.0.2.1"}, Searches: []string{"a.test", "cluster.local"}, Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &ndots}, {Name: "edns0"}}}
	cluster := []Entry{{"shop.svc.cluster.local", FromCluster}, {"svc.cluster.local", FromCluster}, {"cluster.local", FromCluster}, {"corp.example", FromNode}}
	node := Should{Policy: corev1.DNSDefault, Servers: []Entry{{"192.0.2.53", FromNode}}, Search: []Entry{{"corp.example", FromNode}}, Options: []Entry{{"timeout:2", FromNode}}}
	first := Should{Policy: corev1.DNSClusterFirst, Servers: []Entry{{"10.96.0.10", FromClusterDNS}}, Search: cluster, Options: []Entry{{"ndots:5", FromKubelet}}}
	with := first
	with.Policy = corev1.DNSClusterFirstWithHostNet
	merged := first
	merged.Servers = slices.Concat(first.Servers, []Entry{{"192.0.2.1", FromPod}})
	merged.Search = slices.Concat(cluster, []Entry{{"a.test", FromPod}})
	merged.Options = []Entry{{"edns0", FromPod}, {"ndots:2", FromPod}}
	none := Should{Policy: corev1.DNSNone, Servers: []Entry{{"192.0.2.1", FromPod}}, Search: []Entry{{"a.test", FromPod}, {"cluster.local", FromPod}}, Options: merged.Options}
	bare := node
	bare.NoClusterDNS = true
	for name, tt := range map[string]struct {
		pod  *corev1.Pod
		k    func(*Kubelet)
		want Should
	}{
		"ClusterFirst":                 {testPod("ClusterFirst", false, nil), nil, first},
		"ClusterFirst, host network":   {testPod("ClusterFirst", true, nil), nil, node},
		"ClusterFirstWithHostNet":      {testPod("ClusterFirstWithHostNet", true, nil), nil, with},
		"Default":                      {testPod("Default", false, nil), nil, node},
		"None":                         {testPod("None", false, config), nil, none},
		"ClusterFirst and dnsConfig":   {testPod("ClusterFirst", false, config), nil, merged},
		"ClusterFirst, no cluster DNS": {testPod("ClusterFirst", false, nil), func(k *Kubelet) { k.ClusterDNS = nil }, bare},
		"ClusterFirst, node not known": {testPod("Default", false, nil), func(k *Kubelet) { k.ResolvConf = nil }, Should{Policy: corev1.DNSDefault, NodeUnknown: true}},
		"Default, no file":             {testPod("Default", false, nil), func(k *Kubelet) { k.ResolvConf, k.NoResolvConf = nil, true }, Should{Policy: corev1.DNSDefault, Servers: []Entry{{"127.0.0.1", FromKubelet}}, Search: []Entry{{".", FromKubelet}}}},
	} {
		k := testKubelet()
		if tt.k != nil {
			tt.k(&k)
		}
		if diff := cmp.Diff(tt.want, Expect(tt.pod, k)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestCut(t *testing.T) {
	config := &corev1.PodDNSConfig{Nameservers: []string{"192.0.2.1", "192.0.2.2", "192.0.2.3"}}
	for i := range 40 {
		config.Searches = append(config.Searches, strings.Repeat("x", i)+"y.test")
	}
	s := Expect(testPod("ClusterFirst", false, config), testKubelet())
	if len(s.Servers) != 3 || len(s.Search) != 32 || len(s.Cut) != 1+40+4-32 || s.Cut[0].Value != "192.0.2.3" {
		t.Errorf("%d servers, %d domains, cut %v", len(s.Servers), len(s.Search), s.Cut)
	}
	config.Searches = []string{strings.Repeat("z", 254), strings.Repeat("a", 250), strings.Repeat("b", 250)}
	if s = Expect(testPod("ClusterFirst", false, config), testKubelet()); len(s.Cut) != 2 || s.Cut[1].Value[0] != 'z' {
		t.Errorf("cut %v", s.Cut)
	}
}
