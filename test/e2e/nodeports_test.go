//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// secondAddress is one that a node's interface gets besides that of its Node object.
const secondAddress = "10.0.2.203"

// TestNodePortAddresses has kube-proxy serve NodePorts at one of a node's two addresses, by a
// range and by a keyword: that one answers, the other does not, and svcpath says so of the
// addresses in its tree, its walks and its findings. A range of IPv4 does not restrict IPv6.
func TestNodePortAddresses(t *testing.T) {
	if got := run(t, nil, "ip", "-n", workNode, "addr", "add", secondAddress+"/24", "dev", "eth0"); got.exit != 0 {
		t.Fatal(got.stderr)
	}
	t.Cleanup(func() { run(t, nil, "ip", "-n", workNode, "addr", "delete", secondAddress+"/24", "dev", "eth0") })
	apply(t, nearPods+"---\n"+`{apiVersion: v1, kind: Service, metadata: {name: ports, namespace: live-e2e}, spec: {type: NodePort, ipFamilyPolicy: RequireDualStack, selector: {app: near}, ports: [{port: 3000, nodePort: 31912}]}}`)
	kubectl(t, "wait", "-n", nearSpace, "--for=condition=Ready", "pod", "--all", "--timeout=90s")
	for _, c := range []struct{ configured, served, left string }{
		{`["10.0.2.192/27"]`, secondAddress, "10.0.2.3"},
		{`["primary"]`, "10.0.2.3", secondAddress},
	} {
		t.Run(c.configured, func(t *testing.T) {
			proxyConfigured(t, "nodePortAddresses: "+c.configured)
			nodePortsServed(t, c.served, c.left)
		})
	}
}

func nodePortsServed(t *testing.T, served, left string) {
	t.Helper()
	pods := map[string][]string{"here": podIPs(t, nearSpace, "here"), "there": podIPs(t, nearSpace, "there")}
	rules := filepath.Join(t.TempDir(), "rules")
	eventually(t, 40*time.Second, "the node serves "+served, func() bool {
		saver := []string{"iptables-save"}
		if inNFTables(t) {
			saver = []string{"nft", "list", "ruleset"}
		}
		saved := onNode(t, workNode, saver[0], saver[1:]...)
		if err := os.WriteFile(rules, []byte(saved), 0o600); err != nil {
			t.Fatal(err)
		}
		got := reached(t, workNode, nearSpace+"/ports")
		return got[pods["here"][0]] && got[pods["there"][0]] && slices.Contains(nodePortAddresses(t), served) && !slices.Contains(nodePortAddresses(t), left)
	})
	clients := map[string]liveClient{
		"pod/client-here":  {[]string{"--from", "pod/client-here"}, client{workNode, inPod(t, nearSpace, "client-here"), podIPs(t, nearSpace, "client-here")}},
		"node/" + workNode: {[]string{"--from", "node/" + workNode}, client{workNode, fromNode(t, workNode), []string{"10.0.2.3", "fd00:10::3"}}},
	}
	for name, c := range clients {
		for _, w := range liveWalk(t, append([]string{"ports", "-n", nearSpace}, c.from...)...).Walks {
			if want, got := liveWords(w), c.observe(t, w.To, pods); want != got {
				t.Errorf("from %s to %s the walk says %s, the packets %s", name, w.To, want, got)
			}
		}
	}
	outside := client{workNode, fromNode(t, otherNode), []string{"10.0.2.2"}}
	for address, answers := range map[string]bool{served: true, left: false} {
		to := address + ":31912"
		want, got := offline(t, rules, to, "10.0.2.2"), outside.observe(t, to, pods)
		if want != got || (got != "NONE") != answers {
			t.Errorf("from outside to %s the walk says %s, the packets %s; answers: %v", to, want, got, answers)
		}
	}
	nodePortsSaid(t, served, left)
}

// nodePortsSaid holds the tree and the findings to what was served.
func nodePortsSaid(t *testing.T, served, left string) {
	t.Helper()
	got := kk(t, "svcpath", "-o", "json", "ports", "-n", nearSpace, "--node", workNode)
	p := pathFrom(t, 0, got)
	if p.Agreement != svcpath.Agrees {
		t.Errorf("%s, findings %v", p.Agreement, p.Findings)
	}
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			want := "endpoints"
			if e.Address == left {
				want = "none"
			}
			if e.Expected != want || e.Found != want {
				t.Errorf("%s %s: expected %s, found %s, want %s", e.Kind, e.Address, e.Expected, e.Found, want)
			}
		}
		if port.Family == "IPv4" && !slices.ContainsFunc(port.Entries, func(e svcpath.Entry) bool { return e.Address == served }) {
			t.Errorf("nothing is said of %s: %+v", served, port.Entries)
		}
	}
	found := find(p, explain.NodePortAddressLeftOut)
	ofNode := left == "10.0.2.3" // the other address is not in the Node object
	if (len(found) == 1) != ofNode || ofNode && (found[0].Args["addresses"] != left || !strings.HasSuffix(found[0].Evidence[len(found[0].Evidence)-1].What, served)) {
		t.Errorf("findings %v", p.Findings)
	}
}

// nodePortAddresses are those that the kernel's rules of the node name.
func nodePortAddresses(t *testing.T) []string {
	t.Helper()
	var out []string
	if inNFTables(t) {
		set := onNode(t, workNode, "nft", "list", "set", "ip", "kube-proxy", "nodeport-ips")
		_, list, _ := strings.Cut(set, "elements = {")
		list, _, _ = strings.Cut(list, "}")
		return strings.FieldsFunc(list, func(r rune) bool { return strings.ContainsRune(", \n\t", r) })
	}
	for _, line := range strings.Split(onNode(t, workNode, "iptables", "-t", "nat", "-S", "KUBE-SERVICES"), "\n") {
		if _, rest, ok := strings.Cut(line, " -d "); ok && strings.HasSuffix(line, "-j KUBE-NODEPORTS") {
			address, _, _ := strings.Cut(rest, "/")
			out = append(out, address)
		}
	}
	return out
}

// proxyConfigured adds a line to kube-proxy's configuration and restarts it, and puts things
// back after the test.
func proxyConfigured(t *testing.T, line string) {
	t.Helper()
	before := kubectl(t, "-n", "kube-system", "get", "configmap", "kube-proxy", "-o", `jsonpath={.data.config\.conf}`)
	set := func(text string) {
		file := filepath.Join(t.TempDir(), "config.conf")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		all := kubectl(t, "-n", "kube-system", "create", "configmap", "kube-proxy", "--from-file=config.conf="+file, "--dry-run=client", "-o", "jsonpath={.data}")
		kubectl(t, "-n", "kube-system", "patch", "configmap", "kube-proxy", "--type=merge", "-p", `{"data":`+all+`}`)
		kubectl(t, "-n", "kube-system", "rollout", "restart", "daemonset/kube-proxy")
		kubectl(t, "-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=90s")
	}
	t.Cleanup(func() {
		set(before)
		eventually(t, 60*time.Second, "both nodes agree again", func() bool { return kk(t, "svcpath", "kubernetes", "--all-nodes").exit == 0 })
	})
	set(strings.TrimRight(before, "\n") + "\n" + line + "\n")
}
