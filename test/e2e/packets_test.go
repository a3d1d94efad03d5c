//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"net"
	"slices"
	"strings"
	"testing"
)

// client is where connections are opened, and the node whose rules they meet.
type client struct {
	node string
	run  func(script string) string
	// addresses are what its packets come from: an IPv4 one, and perhaps an IPv6 one.
	addresses []string
}

// inPod runs scripts in a container.
func inPod(t *testing.T, namespace, name, container string) func(script string) string {
	return func(script string) string {
		return kubectl(t, "exec", "-n", namespace, name, "-c", container, "--", "sh", "-c", script)
	}
}

// podIPs are the addresses of a Pod.
func podIPs(t *testing.T, namespace, name string) []string {
	t.Helper()
	return strings.Fields(kubectl(t, "get", "pod", "-n", namespace, name, "-o", "jsonpath={.status.podIPs[*].ip}"))
}

// observe opens connections, and says what became of them: who was reached, at which of the
// addresses of pods (by hostname), and whether masqueraded; or REJECT, DROP, NONE.
func (c client) observe(t *testing.T, to string, pods map[string][]string) string {
	t.Helper()
	const tries = 24
	before := resets(t, c.node)
	out := c.run(fmt.Sprintf("i=0; while [ $i -lt %d ]; do curl -sS -g --max-time 2 'http://%s/' 2>&1; e=$?; [ $e = 0 ] || { echo; echo exit $e; [ $e = 7 ] && [ $i -lt 3 ] || break; }; i=$((i+1)); done; true", tries, to))
	switch {
	case strings.Contains(out, "exit 7\n") && resets(t, c.node)-before >= 4:
		return "NONE"
	case strings.Contains(out, "exit 7\n"):
		return "REJECT"
	case strings.Contains(out, "exit 28\n"):
		return "DROP"
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(out, "\n") {
		if _, host, ok := strings.Cut(line, "From host: "); ok {
			seen[ofFamily(to, pods[host])] = true
		}
	}
	var lines []string
	for _, addr := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, fmt.Sprintf("%s masqueraded %v", net.JoinHostPort(addr, "3000"), c.masquerade(t, to, addr)))
	}
	return strings.Join(lines, ", ")
}

// ofFamily is the address of a list that has the IP family of another one with its port.
func ofFamily(to string, list []string) string {
	for _, addr := range list {
		if strings.Contains(addr, ":") == strings.HasPrefix(to, "[") {
			return addr
		}
	}
	return ""
}

// resets counts the connections that a node's own TCP has reset: so it answers where no rule
// takes a connection, and no program listens. A rule that refuses sends ICMP instead.
func resets(t *testing.T, node string) int {
	t.Helper()
	lines := strings.Split(onNode(t, node, "grep", "^Tcp:", "/proc/self/net/snmp"), "\n")
	at, n := slices.Index(strings.Fields(lines[0]), "OutRsts"), 0
	if _, err := fmt.Sscan(strings.Fields(lines[1])[at], &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// masquerade looks at the connections that the node tracks: the server answers to the
// source that the packets went on with. Where that is the node's own address before and
// after, the port tells, which a rule with --random-fully changes. The kernel changes a port
// also where two connections would be the same to the endpoint: so one that is as it was
// sent says that none is masqueraded.
func (c client) masquerade(t *testing.T, to, endpoint string) bool {
	t.Helper()
	host, port, _ := net.SplitHostPort(to)
	family, from := "ipv4", ofFamily(to, c.addresses)
	if strings.Contains(host, ":") {
		family = "ipv6"
	}
	tracked := onNode(t, c.node, "conntrack", "-L", "-f", family, "-p", "tcp", "--orig-src", from, "--orig-dst", host, "--orig-port-dst", port)
	found := false
	for _, line := range strings.Split(tracked, "\n") {
		sent, reply, ok := strings.Cut(line, " src="+endpoint+" dst=")
		if !ok {
			continue
		}
		found = true
		answered, _, _ := strings.Cut(reply, " ")
		if answered == from && field(sent, "sport=") == field(reply, "dport=") {
			return false
		}
	}
	if !found {
		t.Fatalf("conntrack on %s has no connection from %s to %s at %s:\n%s", c.node, from, to, endpoint, tracked)
	}
	return true
}

// field is the value of the first field of a name.
func field(line, name string) string {
	_, rest, _ := strings.Cut(line, name)
	value, _, _ := strings.Cut(rest, " ")
	return value
}
