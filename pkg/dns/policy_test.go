package dns

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestEgress: what one policy leaves open to kube-dns, whose Pods listen at 5353.
func TestEgress(t *testing.T) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", Labels: map[string]string{"app": "web"}}}
	dns := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-dns"}, Spec: corev1.ServiceSpec{Selector: map[string]string{"k8s-app": "kube-dns"}}}
	server := Nameserver{Address: "20.1.0.10", Kind: ServerService, svc: dns, ports: []int32{5353}, Pods: []NameserverPod{{Address: "20.2.0.7"}}}
	for spec, want := range map[string]string{
		`{podSelector: {}, policyTypes: [Egress]}`:                                                                                          "closed",
		`{podSelector: {}, policyTypes: [Ingress]}`:                                                                                         "none",
		`{podSelector: {}, policyTypes: [Ingress], egress: [{}]}`:                                                                           "none",
		`{podSelector: {}, ingress: [{}]}`:                                                                                                  "none",
		`{podSelector: {matchLabels: {app: other}}, policyTypes: [Egress]}`:                                                                 "none",
		`{podSelector: {matchExpressions: [{key: app, operator: In, values: [web]}]}, policyTypes: [Egress]}`:                               "closed",
		`{podSelector: {}, egress: [{}]}`:                                                                                                   "udp tcp",
		`{podSelector: {}, egress: [{ports: [{port: 53}]}]}`:                                                                                "tcp",
		`{podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}]}]}`:                                                                 "udp",
		`{podSelector: {}, egress: [{ports: [{port: 5353, protocol: UDP}, {port: 5353, protocol: TCP}]}]}`:                                  "udp tcp",
		`{podSelector: {}, egress: [{ports: [{port: 50, endPort: 60, protocol: UDP}]}]}`:                                                    "udp",
		`{podSelector: {}, egress: [{ports: [{port: 54, endPort: 60, protocol: UDP}]}]}`:                                                    "closed",
		`{podSelector: {}, egress: [{ports: [{port: dns, protocol: UDP}]}]}`:                                                                "udp",
		`{podSelector: {}, egress: [{ports: [{protocol: UDP}]}]}`:                                                                           "udp",
		`{podSelector: {}, egress: [{to: [{podSelector: {}}]}]}`:                                                                            "closed",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {}}]}]}`:                                                                      "udp tcp",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]}]}`:               "udp tcp",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}]}]}`:                     "closed",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {matchLabels: {team: core}}}]}]}`:                                             "udp tcp",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]}]}`:                     "udp tcp",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: other}}}]}]}`:                        "closed",
		`{podSelector: {}, egress: [{to: [{namespaceSelector: {}, podSelector: {matchExpressions: [{key: k8s-app, operator: Exists}]}}]}]}`: "udp tcp",
		`{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 20.1.0.0/16}}]}]}`:                                                               "udp tcp",
		`{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 20.2.0.0/16}}]}]}`:                                                               "udp tcp",
		`{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 20.0.0.0/8, except: [20.1.0.0/16, 20.2.0.0/16]}}]}]}`:                            "closed",
		`{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 192.0.2.0/24}}]}]}`:                                                              "closed",
	} {
		var p networkingv1.NetworkPolicy
		if err := yaml.UnmarshalStrict([]byte(spec), &p.Spec); err != nil {
			t.Fatal(err)
		}
		p.Namespace, p.Name = "shop", "closed"
		got := "none"
		if e := egress(&snapshot.Snapshot{NetworkPolicies: []networkingv1.NetworkPolicy{p}}, pod, []Nameserver{server}); len(e) > 0 {
			got = map[[2]bool]string{{false, false}: "closed", {true, false}: "udp", {false, true}: "tcp", {true, true}: "udp tcp"}[[2]bool{e[0].UDP, e[0].TCP}]
		}
		if got != want {
			t.Errorf("%s: %s, want %s", spec, got, want)
		}
	}
}

// TestEgressIsASum: one policy that allows is enough; another namespace's, and a Pod on
// the host network, are not concerned.
func TestEgressIsASum(t *testing.T) {
	closed := networkingv1.NetworkPolicy{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "b"}, Spec: networkingv1.NetworkPolicySpec{PolicyTypes: []networkingv1.PolicyType{networkingv1.PolicyTypeEgress}}}
	open := closed
	open.Name, open.Spec.Egress = "a", []networkingv1.NetworkPolicyEgressRule{{}}
	s := &snapshot.Snapshot{NetworkPolicies: []networkingv1.NetworkPolicy{closed, open}}
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop"}}
	e := egress(s, pod, []Nameserver{{Address: "192.0.2.53", Kind: ServerOther}})
	if len(e) != 1 || !e[0].UDP || strings.Join(e[0].Policies, " ") != "a b" {
		t.Errorf("%+v", e)
	}
	pod.Spec.HostNetwork = true
	if e := egress(s, pod, []Nameserver{{}}); e != nil {
		t.Errorf("host network: %+v", e)
	}
	pod.Spec.HostNetwork, pod.Namespace = false, "other"
	if e := egress(s, pod, []Nameserver{{}}); e != nil {
		t.Errorf("another namespace: %+v", e)
	}
}
