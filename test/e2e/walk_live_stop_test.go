//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestLiveWalkFindsWhatStops puts a rule into a node's FORWARD that drops what goes to one
// of two endpoints: that is an error, and connections to that endpoint do end so.
func TestLiveWalkFindsWhatStops(t *testing.T) {
	apply(t, liveWalkObjects)
	pods := liveWalkReady(t)
	rule := []string{"FORWARD", "-d", pods["there"][0], "-p", "tcp", "--dport", "3000", "-m", "comment", "--comment", "not there", "-j", "DROP"}
	onNode(t, workNode, "iptables", append([]string{"-I"}, rule...)...)
	t.Cleanup(func() { onNode(t, workNode, "iptables", append([]string{"-D"}, rule...)...) })
	ways := []string{"--via=debug", "--via=exec", "--image=kk-noshell:1"}
	if inNFTables(t) {
		ways = ways[:2] // without a shell nft cannot be asked
	}
	for _, way := range ways {
		p := liveWalk(t, "both", "-n", liveWalkNamespace, "--from", "pod/client-here", way)
		found := find(p, explain.StoppedAfterTranslation)
		if len(found) == 0 || found[0].Args["endpoints"] != pods["there"][0]+":3000" || !strings.Contains(found[0].Evidence[0].What, "not there") {
			t.Fatalf("%s: %+v", way, p.Findings)
		}
		if w := p.Walks[0]; len(w.Endpoints) != 1 || w.Endpoints[0].Address != pods["here"][0]+":3000" || len(w.Others) != 1 || w.Others[0].Verdict != "DROP" {
			t.Errorf("%s: %+v", way, w)
		}
	}
	out := kubectl(t, "exec", "-n", liveWalkNamespace, "client-here", "--", "sh", "-c",
		"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s --max-time 1 http://"+pods["there"][0]+":3000/ || echo stopped $?; curl -s --max-time 1 http://"+pods["here"][0]+":3000/; [ $i -lt 3 ] || break; done")
	if !strings.Contains(out, "stopped 28") || !strings.Contains(out, "From host: here") {
		t.Errorf("connections say otherwise: %s", out)
	}
	if p := liveWalk(t, "both", "-n", liveWalkNamespace, "--from", "pod/client-there"); len(find(p, explain.StoppedAfterTranslation)) != 0 {
		t.Errorf("the other node has no such rule: %+v", p.Findings)
	}
}

// TestLiveWalkRefusals: what cannot be walked is said in a sentence.
func TestLiveWalkRefusals(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--from", "pod/crul"}, "find pod default/crul: not found; "},
		{[]string{"--from", "pod/kube-system/curl"}, "find pod kube-system/curl: not found"},
		{[]string{"--from", "node/k8s-node9"}, "get node k8s-node9: not found"},
		{[]string{"--from", "pod/curl", "--node", otherNode}, "pod/default/curl is on node k8s-node1"},
		{[]string{"--from", "10.0.2.2", "--to-node", workNode}, "node/k8s-master is on node k8s-master"},
		{[]string{"--from", "2001:db8::1"}, "none of that IP family"},
		{[]string{"--from", "203.0.113.7", "--to-node", "k8s-node9"}, "get node k8s-node9: not found"},
	} {
		got := kk(t, append([]string{"svcpath", clusterIPService}, c.args...)...)
		if got.exit != 1 || !strings.Contains(got.stderr, c.want) || strings.Count(got.stderr, "error:") != 1 {
			t.Errorf("%v: exit %d, %s; want %q", c.args, got.exit, got.stderr, c.want)
		}
	}
}
