//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

const (
	fieldsSpace = "fld-e2e"
	// outsideSpace is a machine beside the nodes, which routes external addresses to the
	// node that runs the Pods.
	outsideSpace, outside4, outside6 = "fld-out", "10.0.2.77", "fd00:10::77"
)

// fieldsScene creates the Pods and the Services of testdata/fields.yaml, and waits until
// both nodes have their rules.
func fieldsScene(t *testing.T) {
	t.Helper()
	apply(t, fieldsFile(t, "fields-pods.yaml"))
	kubectl(t, "wait", "-n", fieldsSpace, "--for=condition=Ready", "pod/here", "pod/there", "pod/asks-here", "pod/asks-there", "pod/numbered", "--timeout=90s")
	dns := strings.TrimSpace(kubectl(t, "get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[0].status.podIP}"))
	apply(t, strings.NewReplacer("[HERE", "["+fieldsPodIP(t, "here", 0), "[THERE", "["+fieldsPodIP(t, "there", 0), "[DNS", "["+dns, "ip: HERE", "ip: "+fieldsPodIP(t, "here", 0)).
		Replace(fieldsFile(t, "fields.yaml")))
	for _, line := range strings.Split(strings.TrimSpace(fieldsFile(t, "fields-status")), "\n") {
		name, ingress, _ := strings.Cut(line, " ")
		kubectl(t, "patch", "service", "-n", fieldsSpace, name, "--subresource=status", "--type=merge", "-p", `{"status":{"loadBalancer":{"ingress":[`+ingress+`]}}}`)
	}
	for _, node := range []string{workNode, otherNode} {
		eventually(t, 40*time.Second, node+" has the rules", func() bool { return fieldsWritten(t, node) })
	}
	outsideMachine(t)
}

// fieldsWritten looks for what kube-proxy writes last: addresses that were patched in, and
// endpoints of slices that a controller made.
func fieldsWritten(t *testing.T, node string) bool {
	saved, six := onNode(t, node, "iptables-save"), onNode(t, node, "ip6tables-save")
	texts := []string{"192.0.2.111/32", "192.0.2.107/32", "fld-e2e/legacy ->", "fld-e2e/streams ->", "fld-e2e/numbers -> " + fieldsPodIP(t, "numbered", 0), "fld-e2e/published ->"}
	if inNFTables(t) {
		saved, six = onNode(t, node, "nft", "list", "table", "ip", "kube-proxy"), onNode(t, node, "nft", "list", "table", "ip6", "kube-proxy")
		texts = []string{"192.0.2.111 . ", "192.0.2.107 . ", "-fld-e2e/legacy/tcp/ ", "-fld-e2e/streams/sctp/ ", " : " + fieldsPodIP(t, "numbered", 0) + " . ", "-fld-e2e/published/tcp/ "}
	}
	return strings.Contains(six, "2001:db8::108") && !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(saved, text) })
}

func fieldsFile(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func fieldsPodIP(t *testing.T, pod string, which int) string {
	t.Helper()
	return strings.TrimSpace(kubectl(t, "get", "pod", "-n", fieldsSpace, pod, "-o", fmt.Sprintf("jsonpath={.status.podIPs[%d].ip}", which)))
}

// outsideMachine plugs a machine into the wire between the nodes.
func outsideMachine(t *testing.T) {
	t.Helper()
	run(t, nil, "ip", "netns", "delete", outsideSpace)
	for _, line := range []string{
		"ip netns add " + outsideSpace,
		"ip -n " + outsideSpace + " link set lo up",
		"ip -n " + outsideSpace + " link add eth0 type veth peer name fldout netns kk-wire",
		"ip -n kk-wire link set fldout master br0 up",
		"ip -n " + outsideSpace + " addr add " + outside4 + "/24 dev eth0",
		"ip -n " + outsideSpace + " addr add " + outside6 + "/64 dev eth0 nodad",
		"ip -n " + outsideSpace + " link set eth0 up",
		"ip -n " + outsideSpace + " route add 192.0.2.0/24 via 10.0.2.3",
		"ip -n " + outsideSpace + " -6 route add 2001:db8::/64 via fd00:10::3",
	} {
		words := strings.Fields(line)
		if got := run(t, nil, words[0], words[1:]...); got.exit != 0 {
			t.Fatalf("%s: %s", line, got.stderr)
		}
	}
	t.Cleanup(func() { run(t, nil, "ip", "netns", "delete", outsideSpace) })
}

// asker is a place that connections are opened from, and the node whose rules they meet.
type fieldsAsker struct {
	name, node string
	address    map[string]string // by IP family
	local      bool              // the node itself
	outside    bool
	from       [][]string // svcpath's flags for it, of each family where these differ
	run        func(script string) string
}

func fieldsAskers(t *testing.T) []fieldsAsker {
	t.Helper()
	pod := func(name, node string) fieldsAsker {
		return fieldsAsker{
			name: name, node: node, from: [][]string{{"--from", "pod/" + fieldsSpace + "/" + name}}, address: map[string]string{"IPv4": fieldsPodIP(t, name, 0), "IPv6": fieldsPodIP(t, name, 1)},
			run: func(script string) string {
				return kubectl(t, "exec", "-n", fieldsSpace, name, "--", "sh", "-c", script)
			},
		}
	}
	return []fieldsAsker{
		pod("asks-here", workNode), pod("asks-there", otherNode),
		fieldsNode(t),
		{name: "outside", node: workNode, outside: true, from: [][]string{{"--from", outside4, "--to-node", workNode}, {"--from", outside6, "--to-node", workNode}}, address: map[string]string{"IPv4": outside4, "IPv6": outside6}, run: fromNode(t, outsideSpace)},
	}
}

// fieldsNode is the node itself.
func fieldsNode(t *testing.T) fieldsAsker {
	t.Helper()
	return fieldsAsker{
		name: "node", node: workNode, local: true, from: [][]string{{"--from", "node/" + workNode}},
		address: map[string]string{"IPv4": "10.0.2.3", "IPv6": "fd00:10::3"}, run: fromNode(t, workNode),
	}
}
