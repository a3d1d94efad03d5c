//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// inNFTables says whether the cluster's kube-proxy runs in nftables mode. The table of
// Services is the same in both modes; how the kernel is asked, and what its rules are
// called, is told apart here and nowhere else.
func inNFTables(t *testing.T) bool {
	t.Helper()
	config := kubectl(t, "-n", "kube-system", "get", "configmap", "kube-proxy", "-o", `jsonpath={.data.config\.conf}`)
	return strings.Contains(config, `mode: "nftables"`)
}

// destinationsInNFT are the addresses in a rule that rewrites the destination.
var destinationsInNFT = regexp.MustCompile(`(\d+\.\d+\.\d+\.\d+)(?: \. |:)\d+`)

// reached are the IPv4 addresses that the kernel's rules of a node lead to for a Service,
// which is "namespace/name".
func reached(t *testing.T, node, service string) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	if !inNFTables(t) {
		for _, line := range strings.Split(onNode(t, node, "iptables-save", "-t", "nat"), "\n") {
			if _, rest, ok := strings.Cut(line, `"`+service+" -> "); ok {
				address, _, _ := strings.Cut(rest, ":")
				out[address] = true
			}
		}
		return out
	}
	inside := false
	for _, line := range strings.Split(onNode(t, node, "nft", "list", "table", "ip", "kube-proxy"), "\n") {
		if _, name, ok := strings.Cut(line, "\tchain "); ok {
			inside = strings.Contains(name, "-"+service+"/")
		}
		if _, to, ok := strings.Cut(line, "dnat "); ok && inside {
			for _, found := range destinationsInNFT.FindAllStringSubmatch(to, -1) {
				out[found[1]] = true
			}
		}
	}
	return out
}

// refuses says whether the kernel of a node refuses connections to a Service of the
// namespace default.
func refuses(t *testing.T, node, name string) bool {
	t.Helper()
	if inNFTables(t) {
		return strings.Contains(onNode(t, node, "nft", "list", "map", "ip", "kube-proxy", "no-endpoint-services"), `"default/`+name+`"`)
	}
	return strings.Contains(onNode(t, node, "iptables", "-t", "filter", "-S", "KUBE-SERVICES"), "default/"+name+" has no endpoints")
}

// chooses says whether a step of an answer is the choice of one endpoint, and not the way
// back of a client that was there before.
func chooses(s svcpath.Step) bool {
	switch {
	case strings.Contains(s.Rule, "--rcheck") || strings.Contains(s.Rule, "@affinity-"):
		return false
	case strings.HasPrefix(s.Target, "KUBE-SEP-") || strings.HasPrefix(s.Target, "endpoint-"):
		return true
	default:
		return s.Table == "kube-proxy" && s.Target == "DNAT" && !strings.HasPrefix(s.Chain, "endpoint-")
	}
}

// answeredAsShown holds the answers to a number of connections to the endpoints of an
// answer, where rules have no counters: each endpoint answered, and nobody else.
func answeredAsShown(t *testing.T, p *svcpath.Path, answers map[string]int) {
	t.Helper()
	for _, port := range p.Ports {
		for _, e := range port.Endpoints {
			if pod := strings.TrimPrefix(e.Pod, "default/"); answers[pod] == 0 {
				t.Errorf("%s of %s gave no answer: %v", e.Address, pod, answers)
			}
		}
		for _, entry := range port.Entries {
			for _, s := range flat(entry.Steps) {
				if s.Packets != nil {
					t.Errorf("%d packets at %q, which counts none", *s.Packets, s.Rule)
				}
			}
		}
		if len(port.Endpoints) != len(answers) {
			t.Errorf("answers of %v, and endpoints %v", answers, port.Endpoints)
		}
	}
}

// TestModeIsSaid: the answer names the mode that the ConfigMap has.
func TestModeIsSaid(t *testing.T) {
	p := path(t, 0, "kubernetes")
	if got := p.Node.Backend; (got == "nftables") != inNFTables(t) {
		t.Errorf("backend %q, and nftables %v", got, inNFTables(t))
	}
}

// TestHookOfNFTables takes the jump out of a base chain, and the table away, of the other
// node, whose kube-proxy is stopped meanwhile and then writes them again.
func TestHookOfNFTables(t *testing.T) {
	if !inNFTables(t) {
		return // the other mode has a test of its own on recordings
	}
	thaw := stopProxy(t, otherNode)
	restore := func() {
		thaw()
		kubectl(t, "-n", "kube-system", "delete", "pod", "-l", "k8s-app=kube-proxy", "--field-selector", "spec.nodeName="+otherNode)
		kubectl(t, "-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=60s")
		eventually(t, 30*time.Second, "the rules are back", func() bool { return kk(t, "svcpath", "kubernetes", "--node", otherNode).exit == 0 })
	}
	t.Cleanup(restore)
	onNode(t, otherNode, "nft", "flush", "chain", "ip", "kube-proxy", "nat-output")
	if p := path(t, 2, "kubernetes", "--node", otherNode); codes(p)[0] != explain.HookAbsent || find(p, explain.HookAbsent)[0].Args["hook"] != "OUTPUT" {
		t.Errorf("findings %v, want the hook", p.Findings)
	}
	onNode(t, otherNode, "nft", "delete", "table", "ip", "kube-proxy")
	if p := path(t, 2, "kubernetes", "--node", otherNode); len(find(p, explain.RulesAbsent)) != 1 || len(find(p, explain.HookAbsent)) != 2 {
		t.Errorf("findings %v, want no rules and no hooks", codes(p))
	}
}

// TestImageWithoutShell reads what iptables-save and nft print whole, and finds the same.
func TestImageWithoutShell(t *testing.T) {
	upToDate(t, workNode, "service-hellok8s-nodeport")
	with := path(t, 0, "service-hellok8s-nodeport")
	without := path(t, 0, "service-hellok8s-nodeport", "--image", "kk-noshell:1")
	agrees(t, without, 2)
	if got, want := len(flat(without.Ports[0].Entries[1].Steps)), len(flat(with.Ports[0].Entries[1].Steps)); got != want || want == 0 {
		t.Errorf("%d steps without a shell, %d with one", got, want)
	}
}
