//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// leftIn takes the arguments of the one finding about rules in a second backend.
func leftIn(t *testing.T, p *svcpath.Path) (other, count string) {
	t.Helper()
	got := find(p, explain.TwoBackends)
	if len(got) != 1 {
		t.Fatalf("findings %v, want one %s", codes(p), explain.TwoBackends)
	}
	return got[0].Args["other"], got[0].Args["count"]
}

// TestBackendsLeftInLegacy makes rules like kube-proxy's in the legacy kind of iptables.
func TestBackendsLeftInLegacy(t *testing.T) {
	legacy := func(args ...string) {
		onNode(t, workNode, "iptables-legacy", append([]string{"-t", "nat"}, args...)...)
	}
	for _, chain := range []string{"KUBE-MARK-MASQ", "KUBE-SERVICES"} {
		legacy("-N", chain)
		t.Cleanup(func() { legacy("-X", chain) })
	}
	t.Cleanup(func() { legacy("-F", "KUBE-SERVICES") })
	question := []string{clusterIPService, "--node", workNode}
	if p := path(t, 0, question...); len(codes(p)) != 0 {
		t.Errorf("chains without a rule of kube-proxy: findings %v", codes(p))
	}
	for i := range 3 {
		legacy("-A", "KUBE-SERVICES", "-d", fmt.Sprintf("20.1.99.%d/32", i), "-j", "KUBE-MARK-MASQ")
	}
	for _, via := range []string{"debug", "exec"} {
		p := path(t, 0, append(question, "--via", via)...)
		if other, count := leftIn(t, p); other != "iptables-legacy" || count != "3" || p.Agreement != svcpath.Agrees {
			t.Errorf("by %s: %s rules in %s, %s", via, count, other, p.Agreement)
		}
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

// TestBackendsLeftInNFTables makes the table of the nftables mode beside iptables at work.
func TestBackendsLeftInNFTables(t *testing.T) {
	for _, command := range []string{
		"add table ip kube-proxy",
		"add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }",
		"add chain ip kube-proxy left",
		"add chain ip kube-proxy services",
		"add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips",
		"add element ip kube-proxy service-ips { 20.1.99.1 . tcp . 80 : goto left, 20.1.99.2 . udp . 53 : goto left }",
	} {
		onNode(t, workNode, "nft", command)
	}
	t.Cleanup(func() { onNode(t, workNode, "nft", "delete", "table", "ip", "kube-proxy") })
	p := path(t, 0, clusterIPService, "--node", workNode)
	if other, count := leftIn(t, p); other != "nftables" || count != "2" || p.Agreement != svcpath.Agrees || p.Node.Backend != "iptables-nft" {
		t.Errorf("%s rules in %s, %s by %s", count, other, p.Agreement, p.Node.Backend)
	}
}

// TestBackendsConfiguredForAnother changes the configuration, and not the process: the
// kubelet brings the file to kube-proxy, which then ends, only about a minute later.
func TestBackendsConfiguredForAnother(t *testing.T) {
	const mode = `mode: "iptables"`
	before := kubectl(t, "-n", "kube-system", "get", "configmap", "kube-proxy", "-o", "yaml")
	if !strings.Contains(before, mode) {
		t.Fatalf("the configuration does not say %s", mode)
	}
	set := func(from, to string) {
		now := kubectl(t, "-n", "kube-system", "get", "configmap", "kube-proxy", "-o", "jsonpath={.data.config\\.conf}")
		patch := fmt.Sprintf(`{"data":{"config.conf":%q}}`, strings.Replace(now, from, to, 1))
		kubectl(t, "-n", "kube-system", "patch", "configmap", "kube-proxy", "-p", patch)
	}
	set(mode, `mode: "nftables"`)
	got := kk(t, "svcpath", clusterIPService, "--node", workNode, "-o", "json")
	set(`mode: "nftables"`, mode)
	p := pathFrom(t, 0, got)
	if f := find(p, explain.ModeDiffers); len(f) != 1 || f[0].Args["configured"] != "nftables" || f[0].Args["found"] != "iptables" || p.Agreement != svcpath.Agrees {
		t.Errorf("%s, findings %v", p.Agreement, p.Findings)
	}
}

// standIn is a Pod that has a component's label, and is none.
func standIn(namespace, name, container, label string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %[2]s, namespace: %[1]s, labels: {%[4]s}}
spec:
  nodeName: %[5]s
  terminationGracePeriodSeconds: 0
  tolerations: [{operator: Exists}]
  containers: [{name: %[3]s, image: "curl:1", command: [sleep, "3600"]}]
`, namespace, name, container, label, otherNode)
}

// TestBackendsWithoutKubeProxy takes kube-proxy from one node, and its rules after it.
func TestBackendsWithoutKubeProxy(t *testing.T) {
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: bke-ovn}\n")
	on := func(selector string) {
		kubectl(t, "-n", "kube-system", "patch", "daemonset", "kube-proxy", "-p", `{"spec":{"template":{"spec":{"nodeSelector":`+selector+`}}}}`)
		kubectl(t, "-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=60s")
	}
	question := []string{clusterIPService, "--node", otherNode, "--image", "registry.k8s.io/kube-proxy:v1.37.2"}
	t.Cleanup(func() {
		on("null")
		eventually(t, 30*time.Second, "the node has its rules again", func() bool {
			return kk(t, append([]string{"svcpath"}, question...)...).exit == 0 && len(codes(path(t, 0, question...))) == 0
		})
	})
	on(`{"kubernetes.io/hostname":"` + workNode + `"}`)
	eventually(t, 30*time.Second, "kube-proxy is gone", func() bool { return len(processesOn(t, otherNode, "kube-proxy")) == 0 })

	ask := func(agreement svcpath.Agreement, want ...string) *svcpath.Path {
		t.Helper()
		p := path(t, 0, question...)
		if !slices.Equal(codes(p), want) || p.Agreement != agreement || len(p.Ports[0].Endpoints) == 0 {
			t.Errorf("%s, findings %v; want %s, %v", p.Agreement, codes(p), agreement, want)
		}
		return p
	}
	ask(svcpath.Agrees, explain.RulesWithoutKubeProxy)
	for _, family := range []string{"iptables", "ip6tables"} {
		onNode(t, otherNode, "sh", "-c", family+"-nft-save | grep -v KUBE- | "+family+"-nft-restore")
	}
	ask(svcpath.NotChecked, explain.KubeProxyNotFound)
	for _, c := range []struct{ component, namespace, container, label string }{
		{"Cilium", "kube-system", "cilium-agent", "k8s-app: cilium"},
		{"OVN-Kubernetes", "bke-ovn", "nb-ovsdb", "app: ovnkube-node"},
	} {
		t.Run(c.component, func(t *testing.T) {
			apply(t, standIn(c.namespace, "bke-stand-in", c.container, c.label))
			p := ask(svcpath.NotChecked, explain.OtherProxy)
			if f := find(p, explain.OtherProxy); len(f) == 1 && (f[0].Args["component"] != c.component || !strings.Contains(f[0].Next[0], "-n "+c.namespace+" exec bke-stand-in -c "+c.container+" -- ")) {
				t.Errorf("%v", f[0])
			}
			many := kk(t, "svcpath", clusterIPService, "--all-nodes", "--image", "registry.k8s.io/kube-proxy:v1.37.2")
			if many.exit != 0 || !strings.Contains(many.stdout, explain.OtherProxy) {
				t.Errorf("exit %d\n%s%s", many.exit, many.stdout, many.stderr)
			}
		})
	}
}
