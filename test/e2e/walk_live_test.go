//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// liveClient is a client, and how kk is told of it.
type liveClient struct {
	from []string
	client
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

// liveWords is a walk in one line, in the words of observe.
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
