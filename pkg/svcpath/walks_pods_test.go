package svcpath

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// TestPodAtNodePortByLocal: Pods pass by externalTrafficPolicy Local, even where
// internalTrafficPolicy is Local too and no endpoint is on the node, so that no rule for
// the clusterIP tells of Pods.
func TestPodAtNodePortByLocal(t *testing.T) {
	path := allWalks(t, "pods-outside", "")
	for from, want := range map[string]netfilter.Verdict{"pod": netfilter.DNAT, "node": netfilter.DNAT, "outside": netfilter.Drop} {
		if w := one(t, path, "nodePort", from); w.Verdict != want {
			t.Errorf("from %s: %s, want %s", from, w.Verdict, want)
		}
		if w := one(t, path, "nodePort", from); from == "pod" && w.Masquerade {
			t.Error("a Pod is masqueraded")
		}
	}
}

// TestPodInSourceRange: where some Pods are in loadBalancerSourceRanges, the Pods of the
// node are known by its range, and without that it is said that Pods differ.
func TestPodInSourceRange(t *testing.T) {
	const pods = "20.2.36.0/24"
	path := allWalks(t, "pods-ranges", "")
	says := func(note string) bool { return strings.Contains(note, "a Pod that has its address in "+pods) }
	if one(t, path, "loadBalancerIP", "pod").Verdict != netfilter.Drop || !slices.ContainsFunc(path.WalkNotes, says) {
		t.Errorf("%+v", path.WalkNotes)
	}
	path = allWalks(t, "pods-ranges", pods)
	if one(t, path, "loadBalancerIP", "pod").Verdict != netfilter.DNAT || slices.ContainsFunc(path.WalkNotes, says) {
		t.Errorf("%+v", path.WalkNotes)
	}
	if w := one(t, path, "loadBalancerIP", "outside"); w.Verdict != netfilter.Drop {
		t.Errorf("from outside: %s", w.Verdict)
	}
}

// TestSeveralPorts: that one port lacks endpoints is not said of the Service.
func TestSeveralPorts(t *testing.T) {
	s, req := load(t, "testdata/walks/several-ports.json")
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	if got := verdict(path); strings.Contains(got, "No endpoint is usable") || !strings.Contains(got, "4 ready endpoints") {
		t.Error(got)
	}
}

// allWalks are the walks of a recording, on a node with that range of Pods.
func allWalks(t *testing.T, name, pods string) *Path {
	t.Helper()
	s, req := load(t, "testdata/walks/"+name+".json")
	req.Walks = true
	if pods != "" {
		s.Nodes[0].Spec.PodCIDRs = []string{netip.MustParsePrefix(pods).String()}
	}
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func one(t *testing.T, path *Path, kind, from string) Walk {
	t.Helper()
	at := slices.IndexFunc(path.Walks, func(w Walk) bool { return w.Kind == kind && w.From == from })
	if at < 0 {
		t.Fatalf("no walk from %s to the %s", from, kind)
	}
	return path.Walks[at]
}

// TestParseFromRefuses addresses that no packet comes from.
func TestParseFromRefuses(t *testing.T) {
	for _, text := range []string{"127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::", "224.0.0.1"} {
		if f, err := ParseFrom(text); err == nil {
			t.Errorf("%s: %+v", text, f)
		}
	}
}
