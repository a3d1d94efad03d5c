//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// fieldsTampered changes rules of single fields in the kernel: svcpath finds each, and what
// it says then is what packets meet then. kube-proxy does not rewrite a Service's own chains
// when others change, but it does KUBE-SERVICES, so an address that is captured comes first.
func fieldsTampered(t *testing.T) {
	tamper := map[string]func(*testing.T){"lb-proxy": fieldsCapture, "lb-six": fieldsUndrop, "lb": fieldsNarrow, "sticky": fieldsForget}
	if inNFTables(t) {
		tamper = map[string]func(*testing.T){"lb-proxy": fieldsCaptureNFT, "lb-six": fieldsUndropNFT, "lb": fieldsNarrowNFT, "sticky": fieldsForgetNFT}
	}
	askers := fieldsAskers(t)
	for _, c := range []struct{ service, code, has string }{
		{"lb-proxy", explain.ProxiedAddressCaptured, ""},
		{"lb", explain.SourceRangesDiffer, "20.2.36.0/24"},
		{"lb-six", explain.FirewallDropAbsent, ""},
		{"sticky", explain.AffinityDiffers, "no affinity"},
	} {
		tamper[c.service](t)
		p := path(t, 2, c.service, "-n", fieldsSpace, "--node", workNode)
		found := find(p, c.code)
		if len(found) != 1 || found[0].Args["has"] != c.has {
			t.Errorf("%s: %v, want %s with %q", c.service, found, c.code, c.has)
		}
		for _, from := range askers {
			if from.node == workNode && c.service != "sticky" {
				fieldsBalancerCompare(t, p, from)
			}
		}
	}
}

// fieldsBalancerCompare opens connections to the load balancer's addresses.
func fieldsBalancerCompare(t *testing.T, p *svcpath.Path, from fieldsAsker) {
	t.Helper()
	walks := fieldsWalks(t, p.Service.Name, fieldsSpace, from)
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			if e.Kind == "loadBalancerIP" {
				fieldsCompare(t, p, port, e, from, walks)
			}
		}
	}
}

func fieldsCapture(t *testing.T) {
	onNode(t, workNode, "iptables", "-t", "nat", "-I", "KUBE-SERVICES", "-d", "192.0.2.106/32", "-p", "tcp", "-m", "tcp", "--dport", "3000",
		"-m", "comment", "--comment", "fld-e2e/lb-proxy loadbalancer IP", "-j", fieldsChain(t, "KUBE-EXT-", "lb-proxy"))
}

func fieldsCaptureNFT(t *testing.T) {
	const key = "192.0.2.106 . tcp . 3000"
	onNode(t, workNode, "nft", "add", "element", "ip", "kube-proxy", "service-ips", "{ "+key+" : goto "+fieldsChain(t, "external-", "lb-proxy")+" }")
	t.Cleanup(func() {
		onNode(t, workNode, "nft", "delete", "element", "ip", "kube-proxy", "service-ips", "{ "+key+" }")
	})
}

func fieldsUndrop(t *testing.T) {
	for _, line := range strings.Split(onNode(t, workNode, "iptables", "-S", "KUBE-PROXY-FIREWALL"), "\n") {
		if strings.Contains(line, "-d 192.0.2.108/32 ") {
			onNode(t, workNode, "iptables", "-D", "KUBE-PROXY-FIREWALL", "-d", "192.0.2.108/32", "-p", "tcp", "-m", "comment", "--comment",
				strings.Split(line, `"`)[1], "-m", "tcp", "--dport", "3000", "-j", "DROP")
		}
	}
}

func fieldsUndropNFT(t *testing.T) {
	onNode(t, workNode, "nft", "flush", "chain", "ip", "kube-proxy", "firewall-check")
	t.Cleanup(func() {
		onNode(t, workNode, "nft", "add", "rule", "ip", "kube-proxy", "firewall-check", "ip daddr . meta l4proto . th dport vmap @firewall-ips")
	})
}

func fieldsNarrow(t *testing.T) {
	onNode(t, workNode, "iptables", "-t", "nat", "-D", fieldsChain(t, "KUBE-FW-", "lb"), "1")
}

func fieldsNarrowNFT(t *testing.T) {
	firewall := fieldsChain(t, "firewall-", "lb")
	onNode(t, workNode, "nft", "flush", "chain", "ip", "kube-proxy", firewall)
	onNode(t, workNode, "nft", "add", "rule", "ip", "kube-proxy", firewall, "ip saddr != { 20.2.36.0/24 } drop")
}

func fieldsForget(t *testing.T) {
	// The first rule of the chain masquerades, the second is that of a client seen before.
	onNode(t, workNode, "iptables", "-t", "nat", "-D", fieldsChain(t, "KUBE-SVC-", "sticky"), "2")
}

func fieldsForgetNFT(t *testing.T) {
	sticky := fieldsChain(t, "service-", "sticky")
	_, rest, _ := strings.Cut(onNode(t, workNode, "nft", "-a", "list", "chain", "ip", "kube-proxy", sticky), "saddr @affinity-")
	_, rest, _ = strings.Cut(rest, "# handle ")
	handle, _, _ := strings.Cut(rest, "\n")
	onNode(t, workNode, "nft", "delete", "rule", "ip", "kube-proxy", sticky, "handle", strings.TrimSpace(handle))
}

// fieldsLocalhost asks for a NodePort at the loopback address, where it is served in iptables
// mode only. In the other one nothing translates the packets, and the node's kernel refuses
// what no program listens for.
func fieldsLocalhost(t *testing.T) {
	port := fieldsPath(t, "lb", workNode).Ports[0]
	at := slices.IndexFunc(port.Entries, func(e svcpath.Entry) bool { return e.Kind == "nodePort" })
	saver := []string{"iptables-save"}
	if inNFTables(t) {
		saver = []string{"nft", "list", "ruleset"}
	}
	rules := filepath.Join(t.TempDir(), "rules")
	if err := os.WriteFile(rules, []byte(onNode(t, workNode, saver[0], saver[1:]...)), 0o600); err != nil {
		t.Fatal(err)
	}
	want := offline(t, rules, fmt.Sprintf("127.0.0.1:%d", port.Entries[at].Port), "10.0.2.3")
	if served := !inNFTables(t); served == (want == "NONE") {
		t.Errorf("the walk says %s", want)
	}
	if want == "NONE" {
		want = "REJECT"
	}
	from := fieldsNode(t)
	from.address = map[string]string{"IPv4": "127.0.0.1"}
	if got := fieldsSeen(t, from, "IPv4", "127.0.0.1", port.Entries[at].Port); got != want {
		t.Errorf("to 127.0.0.1 the walk says %s, the packets %s", want, got)
	}
}
