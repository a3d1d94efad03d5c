package svcpath

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// printed adds to the reading what the script prints of a program.
func printed(s *snapshot.Snapshot, exit int, text, argv string) {
	s.Readings[0].Outputs = append(s.Readings[0].Outputs, snapshot.Output{Argv: strings.Fields(argv), Text: text, Exit: exit})
}

// configured replaces the mode in kube-proxy's configuration, which the demo has as iptables.
func configured(s *snapshot.Snapshot, mode string) {
	s.ConfigMaps[0].Data["config.conf"] = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\nmode: " + mode + "\n"
}

// tableOfNFT lets nft find a table of the nftables mode that is empty.
func tableOfNFT(s *snapshot.Snapshot) {
	for i := range s.Readings[0].Outputs {
		if o := &s.Readings[0].Outputs[i]; o.Argv[0] == "nft" {
			o.Exit, o.Text = 0, "table ip kube-proxy {\n}\n"
		}
	}
	printed(s, 0, "4\n", "nft list map ip kube-proxy service-ips | grep -c :.goto")
	printed(s, 0, "31\n", "iptables-nft -t nat -S | grep -c ^-A.KUBE-[^MP]")
}

func link(s *snapshot.Snapshot, n string) {
	printed(s, 0, n+"\n", "cat /proc/net/dev | grep -c kube-ipvs0:")
}

// TestBackends: which of the places with rules of kube-proxy is the one at work, and what
// is said of the others.
func TestBackends(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*snapshot.Snapshot)
		// backend is the one that the answer goes by.
		backend string
		want    []string
		args    map[string]string
	}{
		"nothing else": {func(s *snapshot.Snapshot) { link(s, "0") }, "iptables-nft", []string{}, nil},
		"left in legacy": {
			func(s *snapshot.Snapshot) {
				printed(s, 0, "12\n", "iptables-legacy -t nat -S | grep -c ^-A.KUBE-[^MP]")
			},
			"iptables-nft", []string{explain.TwoBackends}, map[string]string{"used": "iptables-nft", "other": "iptables-legacy", "count": "12"},
		},
		"empty chains in legacy": {
			func(s *snapshot.Snapshot) { printed(s, 0, "0\n", "iptables-legacy -t nat -S | grep -c ^-A.KUBE-[^MP]") },
			"iptables-nft", []string{}, nil,
		},
		"a table of nftables besides iptables": {
			tableOfNFT, "iptables-nft", []string{explain.TwoBackends}, map[string]string{"other": "nftables", "count": "4"},
		},
		"iptables besides nftables": {
			func(s *snapshot.Snapshot) { tableOfNFT(s); configured(s, "nftables") },
			"nftables", []string{explain.RulesAbsent, explain.HookAbsent, explain.HookAbsent, explain.TwoBackends}, map[string]string{"used": "nftables", "other": "iptables-nft", "count": "31"},
		},
		"a table of nftables, and kube-proxy says iptables": {
			func(s *snapshot.Snapshot) {
				tableOfNFT(s)
				configured(s, "nftables")
				printed(s, 0, "iptables", "curl -s -m 2 http://127.0.0.1:10249/proxyMode")
			},
			"iptables-nft", []string{explain.TwoBackends, explain.ModeDiffers}, map[string]string{"other": "nftables"},
		},
		"kube-proxy does not answer": {
			func(s *snapshot.Snapshot) { printed(s, 7, "", "curl -s -m 2 http://127.0.0.1:10249/proxyMode") },
			"iptables-nft", []string{}, nil,
		},
		"configured for nftables, and iptables at work": {
			func(s *snapshot.Snapshot) { link(s, "0"); configured(s, "nftables") },
			"iptables-nft", []string{explain.ModeDiffers}, nil,
		},
		"configured for ipvs, and iptables at work": {
			func(s *snapshot.Snapshot) { link(s, "0"); configured(s, "ipvs") },
			"iptables-nft", []string{explain.ModeDiffers}, nil,
		},
		"ipvs": {
			func(s *snapshot.Snapshot) { link(s, "1"); configured(s, "ipvs") },
			"ipvs", []string{explain.ProxyModeNotRead}, nil,
		},
		"ipvs, by a reading without a shell": {
			func(s *snapshot.Snapshot) {
				s.Readings[0].Outputs = slices.DeleteFunc(s.Readings[0].Outputs, func(o snapshot.Output) bool { return o.Argv[0] == "cat" })
				configured(s, "ipvs")
			},
			"ipvs", []string{explain.ProxyModeNotRead}, nil,
		},
		"left of ipvs": {
			func(s *snapshot.Snapshot) {
				link(s, "1")
				printed(s, 0, "9\n", "cat /proc/net/ip_vs | grep -c ^[TUS]")
			},
			"iptables-nft", []string{explain.TwoBackends}, map[string]string{"other": "ipvs", "count": "9"},
		},
		"no configuration known, two modes": {
			func(s *snapshot.Snapshot) { tableOfNFT(s); s.ConfigMaps = nil },
			"nftables", []string{explain.RulesAbsent, explain.HookAbsent, explain.HookAbsent, explain.TwoBackends}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "../../testdata/demo.json")
			c.change(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			if got := findingCodes(path); !slices.Equal(got, c.want) || path.Node.Backend != c.backend {
				t.Fatalf("backend %s, findings %v; want %s, %v", path.Node.Backend, got, c.backend, c.want)
			}
			for _, f := range path.Findings {
				for key, want := range c.args {
					if f.Code == explain.TwoBackends && f.Args[key] != want {
						t.Errorf("%s is %q, want %q", key, f.Args[key], want)
					}
				}
			}
		})
	}
}

func findingCodes(p *Path) []string {
	out := []string{}
	for _, f := range p.Findings {
		out = append(out, f.Code)
	}
	return out
}

// TestLegacyNotAsked: a kind of iptables that may not be asked is said to be not checked.
func TestLegacyNotAsked(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	printed(s, 4, "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Permission denied (you must be root)\n", "iptables-legacy -t nat -S KUBE-MARK-MASQ")
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	last := len(path.NotChecked) - 1
	if len(path.Findings) > 0 || last < 0 || !strings.Contains(path.NotChecked[last].Why, "you must be root") {
		t.Errorf("findings %v, not checked %v", path.Findings, path.NotChecked)
	}
}

// component is a Pod of something that can answer for Services, on the demo's node.
func component(s *snapshot.Snapshot, namespace, name, container string, labels map[string]string) {
	s.Pods = append(s.Pods, corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: labels},
		Spec:       corev1.PodSpec{NodeName: s.Readings[0].Node, Containers: []corev1.Container{{Name: "init"}, {Name: container}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}},
	})
}

// withoutKubeProxy takes kube-proxy's Pods from the demo, and its rules too unless they stay.
func withoutKubeProxy(s *snapshot.Snapshot, rulesStay bool) {
	s.Pods = slices.DeleteFunc(s.Pods, func(p corev1.Pod) bool { return kubeproxy.IsKubeProxy(&p) })
	for i := range s.Readings[0].Outputs {
		if o := &s.Readings[0].Outputs[i]; !rulesStay {
			o.Exit, o.Text = 1, "iptables: No chain/target/match by that name.\n"
		}
	}
}

// TestOtherProxies: who answers for Services on a node without kube-proxy, by its Pods.
func TestOtherProxies(t *testing.T) {
	for name, c := range map[string]struct {
		namespace, container, label, value string
		next                               []string
	}{
		"Cilium":         {"kube-system", "cilium-agent", "k8s-app", "cilium", []string{"kubectl -n kube-system exec it-1 -c cilium-agent -- cilium-dbg service list", "kubectl -n kube-system get configmap cilium-config -o jsonpath={.data.kube-proxy-replacement}"}},
		"OVN-Kubernetes": {"openshift-ovn-kubernetes", "nbdb", "app", "ovnkube-node", []string{"kubectl -n openshift-ovn-kubernetes exec it-1 -c nbdb -- ovn-nbctl lb-list"}},
		"Antrea":         {"kube-system", "antrea-agent", "component", "antrea-agent", []string{"kubectl -n kube-system exec it-1 -c antrea-agent -- antctl get ovsflows -S service-hellok8s-clusterip -n default", "kubectl -n kube-system get configmap antrea-config -o yaml | grep proxyAll"}},
		"kube-router":    {"kube-system", "kube-router", "k8s-app", "kube-router", []string{"kubectl -n kube-system exec it-1 -c kube-router -- ipvsadm -Ln", "kubectl -n kube-system get ds kube-router -o yaml | grep run-service-proxy"}},
		"Calico":         {"calico-system", "calico-node", "k8s-app", "calico-node", []string{"kubectl -n calico-system exec it-1 -c calico-node -- calico-node -bpf nat dump", "kubectl get felixconfiguration default -o jsonpath={.spec.bpfEnabled}"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "../../testdata/demo.json")
			component(s, c.namespace, "it-1", c.container, map[string]string{c.label: c.value})
			withoutKubeProxy(s, false)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			if got := findingCodes(path); !slices.Equal(got, []string{explain.OtherProxy}) || path.Agreement != NotChecked {
				t.Fatalf("%s, findings %v", path.Agreement, got)
			}
			if f := path.Findings[0]; f.Args["component"] != name || f.Args["pod"] != c.namespace+"/it-1" || !slices.Equal(f.Next, c.next) {
				t.Errorf("%v", f)
			}
			if len(path.Ports[0].Endpoints) != 2 {
				t.Errorf("the API's part is missing: %v", path.Ports)
			}
		})
	}
}

// TestRulesWithoutKubeProxy: the rules are there, and no Pod of kube-proxy.
func TestRulesWithoutKubeProxy(t *testing.T) {
	for name, c := range map[string]struct {
		change   func(*snapshot.Snapshot)
		want     []string
		severity explain.Severity
	}{
		"a service of the system": {func(*snapshot.Snapshot) {}, []string{explain.RulesWithoutKubeProxy}, explain.Info},
		"another component came": {func(s *snapshot.Snapshot) {
			component(s, "kube-system", "cilium-1", "cilium-agent", map[string]string{"k8s-app": "cilium"})
		}, []string{explain.OtherProxy, explain.RulesWithoutKubeProxy}, explain.Warning},
		"k3s": {func(s *snapshot.Snapshot) {
			s.Nodes[0].Status.NodeInfo.KubeletVersion = "v1.37.2+k3s1"
		}, []string{explain.KubeProxyEmbedded}, explain.Info},
		"Pods that may not be listed": {func(s *snapshot.Snapshot) {
			s.Missing = append(s.Missing, snapshot.Missing{What: "list pods in namespace kube-system", Why: "forbidden"})
		}, []string{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "../../testdata/demo.json")
			withoutKubeProxy(s, true)
			c.change(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			if got := findingCodes(path); !slices.Equal(got, c.want) || path.Agreement != Agrees {
				t.Fatalf("%s, findings %v, want %v", path.Agreement, got, c.want)
			}
			if n := len(c.want); n > 0 && path.Findings[n-1].Severity != c.severity {
				t.Errorf("severity %s, want %s", path.Findings[n-1].Severity, c.severity)
			}
		})
	}
}
