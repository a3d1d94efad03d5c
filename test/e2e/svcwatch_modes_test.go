//go:build e2e

package e2e

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// TestServiceWatchInEachMode makes a known number of connections in the mode that kube-proxy
// runs in: its rules count them, or the table of connections where these have no counters.
func TestServiceWatchInEachMode(t *testing.T) {
	apply(t, countedObjects)
	kubectl(t, "-n", "bke-watch", "rollout", "status", "deployment/web", "--timeout=60s")
	eventually(t, 20*time.Second, "the node has the rules", func() bool { return len(reached(t, workNode, "bke-watch/web")) == 2 })
	w := count(t, "web")
	connects(t, workNode, "web", 25)
	w.counted(t, 25)
	by := svcpath.ByRules
	if inNFTables(t) {
		by = svcpath.ByConnections
	}
	for _, r := range w.intervals(t) {
		if r.By != by {
			t.Fatalf("by %s, want %s", r.By, by)
		}
		for _, e := range r.Ports[0].Endpoints {
			if (e.OnNode == nil) != (by == svcpath.ByConnections) || !e.InAPI {
				t.Errorf("%+v", e)
			}
		}
	}
	w.stop(t)
}

// packetsTracked adds up the packets of the connections to an address, as the kernel has them.
func packetsTracked(t *testing.T, address string) (n int) {
	t.Helper()
	for _, word := range strings.Fields(onNode(t, workNode, "conntrack", "-L", "-p", "tcp", "-d", address)) {
		if text, ok := strings.CutPrefix(word, "packets="); ok {
			packets, err := strconv.Atoi(text)
			if err != nil {
				t.Fatal(err)
			}
			n += packets
		}
	}
	return n
}

// TestServiceWatchPackets has the kernel count packets, and compares them with its own numbers.
func TestServiceWatchPackets(t *testing.T) {
	if !inNFTables(t) {
		return // rules count connections there
	}
	const acct = "net.netfilter.nf_conntrack_acct"
	onNode(t, workNode, "sysctl", "-q", acct+"=1")
	t.Cleanup(func() { onNode(t, workNode, "sysctl", "-q", acct+"=0") })
	apply(t, countedObjects)
	kubectl(t, "-n", "bke-watch", "rollout", "status", "deployment/web", "--timeout=60s")
	eventually(t, 20*time.Second, "the node has the rules", func() bool { return len(reached(t, workNode, "bke-watch/web")) == 2 })
	w := count(t, "web")
	before := packetsTracked(t, clusterIPOf(t, "web"))
	connects(t, workNode, "web", 20)
	w.counted(t, 20)
	sum := 0.0
	for _, r := range w.intervals(t) {
		for _, e := range r.Ports[0].Endpoints {
			if e.PacketsPerSecond != nil {
				sum += *e.PacketsPerSecond * r.Seconds
			}
		}
	}
	if want := packetsTracked(t, clusterIPOf(t, "web")) - before; int(sum+0.5) != want || want < 20*8 {
		t.Errorf("%.1f packets, and the kernel counts %d", sum, want)
	}
	w.stop(t)
}
