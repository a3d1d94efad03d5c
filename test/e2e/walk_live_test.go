//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// liveClient is where connections are opened, and how kk is told so.
type liveClient struct {
	from []string
	node string
	run  func(script string) string
	// addresses are what its packets come from.
	addresses []string
}

// TestLiveWalkIsWhatPacketsDo opens the connections that svcpath --from walks: from a Pod
// on each node, from an endpoint, from a Pod on the host network, from a node and from
// outside, to every address of Services of every kind. Who answers, the source that
// packets go on with, and whether a refusal comes at once or never, must be the same.
func TestLiveWalkIsWhatPacketsDo(t *testing.T) {
	apply(t, liveWalkObjects)
	pods := liveWalkReady(t)
	clients := liveWalkClients(t)
	for _, service := range []string{"plain", "both", "balanced", "fenced", "near", "far", "far-inside", "nobody"} {
		for name, c := range clients {
			t.Run(service+" from "+name, func(t *testing.T) {
				p := liveWalk(t, append([]string{service, "-n", liveWalkNamespace}, c.from...)...)
				if len(p.Walks) == 0 || p.Node.Name != c.node {
					t.Fatalf("%d walks, on %s", len(p.Walks), p.Node.Name)
				}
				for _, w := range p.Walks {
					if want, got := liveWords(w), c.observe(t, w.To, pods); want != got {
						t.Errorf("to %s (%s) the walk says %s, the packets %s\n%s", w.To, w.Kind, want, got, strings.Join(w.Rules, "\n"))
					}
				}
			})
		}
	}
}

// liveWalk is the answer of svcpath, whatever it found.
func liveWalk(t *testing.T, args ...string) *svcpath.Path {
	t.Helper()
	got := kk(t, append([]string{"svcpath", "-o", "json"}, args...)...)
	var p svcpath.Path
	if err := json.Unmarshal([]byte(got.stdout), &p); got.exit == 1 || err != nil {
		t.Fatalf("exit %d: %s%s", got.exit, got.stdout, got.stderr)
	}
	return &p
}

// liveWords is a walk in one line.
func liveWords(w svcpath.Walk) string {
	if w.Verdict != "DNAT" || len(w.DependsOn) > 0 {
		return strings.Join(append([]string{string(w.Verdict)}, w.DependsOn...), " ")
	}
	var out []string
	for _, e := range w.Endpoints {
		out = append(out, fmt.Sprintf("%s masqueraded %v", e.Address, e.Masquerade))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// observe opens connections, and says what became of them in the words of liveWords.
func (c liveClient) observe(t *testing.T, to string, pods map[string]string) string {
	t.Helper()
	const tries = 20
	out := c.run(fmt.Sprintf("i=0; while [ $i -lt %d ]; do curl -sS --max-time 2 http://%s/ 2>&1; e=$?; [ $e = 0 ] || { echo; echo exit $e; break; }; i=$((i+1)); done; true", tries, to))
	switch {
	case strings.Contains(out, "exit 7\n"):
		return "REJECT"
	case strings.Contains(out, "exit 28\n"):
		return "DROP"
	}
	seen := map[string]bool{}
	for _, line := range strings.Split(out, "\n") {
		if _, host, ok := strings.Cut(line, "From host: "); ok {
			seen[pods[host]] = true
		}
	}
	var lines []string
	for _, addr := range slices.Sorted(maps.Keys(seen)) {
		lines = append(lines, fmt.Sprintf("%s:3000 masqueraded %v", addr, c.masquerade(t, to, addr)))
	}
	return strings.Join(lines, ", ")
}

// masquerade looks at the connections that the node tracks, as sender.masqueraded does. The
// kernel changes a port also where two connections would be the same to the endpoint: so
// one that is as it was sent says that none is masqueraded.
func (c liveClient) masquerade(t *testing.T, to, endpoint string) bool {
	t.Helper()
	host, port, _ := strings.Cut(to, ":")
	tracked := onNode(t, c.node, "conntrack", "-L", "-p", "tcp", "--orig-src", c.addresses[0], "--orig-dst", host, "--orig-port-dst", port)
	found := false
	for _, line := range strings.Split(tracked, "\n") {
		sent, reply, ok := strings.Cut(line, " src="+endpoint+" dst=")
		if !ok {
			continue
		}
		found = true
		answered, _, _ := strings.Cut(reply, " ")
		if answered == c.addresses[0] && field(sent, "sport=") == field(reply, "dport=") {
			return false
		}
	}
	if found {
		return true
	}
	t.Fatalf("conntrack on %s has no connection from %s to %s at %s:\n%s", c.node, c.addresses[0], to, endpoint, tracked)
	return false
}
