package svcpath

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	testclient "k8s.io/client-go/testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
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

// TestAnyPod: where the Node does not say which addresses its Pods have, or a Pod that there
// is contradicts it, a real Pod stands for any. In rules that take 20.2.0.0/16 for Pods, one
// with an address of another range is masqueraded, as kube-proxy does with it.
func TestAnyPod(t *testing.T) {
	const note = "does not say which addresses its Pods have"
	other := func(ip string, host bool) *corev1.Pod {
		pod := clientPod("other", "k8s-node1", corev1.PodRunning, host, ip)
		return &pod
	}
	for name, c := range map[string]struct {
		podCIDRs   []string
		pod        *corev1.Pod
		masquerade bool
		noted      bool
	}{
		"nothing is known":                     {nil, nil, false, true},
		"a Pod within the range of the rules":  {nil, other("20.2.36.9", false), false, false},
		"a Pod out of the range of the rules":  {nil, other("192.168.7.9", false), true, false},
		"a Pod on the host network":            {nil, other("10.0.2.3", true), false, true},
		"an endpoint stands for no other":      {nil, other("20.2.36.3", false), false, true},
		"the Node says it":                     {[]string{"20.2.36.0/24"}, nil, false, false},
		"the Node says it, and a Pod does too": {[]string{"20.2.36.0/24"}, other("20.2.36.9", false), false, false},
		"a Pod contradicts the Node":           {[]string{"20.2.36.0/24"}, other("192.168.7.9", false), true, false},
		"endpoints contradict the Node":        {[]string{"20.9.0.0/24"}, nil, false, true},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "testdata/walks/all.json")
			onlyEndpoints(s)
			req.Walks = true
			s.Nodes[0].Spec.PodCIDRs = c.podCIDRs
			if c.pod != nil {
				s.Pods = append(s.Pods, *c.pod)
			}
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			if w := one(t, path, "clusterIP", "pod"); w.Masquerade != c.masquerade {
				t.Errorf("masquerade %v, want %v", w.Masquerade, c.masquerade)
			}
			if noted := slices.ContainsFunc(path.WalkNotes, func(n string) bool { return strings.Contains(n, note) }); noted != c.noted {
				t.Errorf("notes %q", path.WalkNotes)
			}
		})
	}
}

// onlyEndpoints drops the Pod that stood for any when it was recorded.
func onlyEndpoints(s *snapshot.Snapshot) {
	s.Pods = slices.DeleteFunc(s.Pods, func(p corev1.Pod) bool { return !strings.HasPrefix(p.Name, "hellok8s") })
}

// TestGatherAnyPod: a Pod of the node is looked for only where it is needed, and one that
// may not be listed is missing.
func TestGatherAnyPod(t *testing.T) {
	for name, c := range map[string]struct {
		podCIDRs []string
		walks    bool
		forbid   bool
		want     string
	}{
		"nobody asked for walks": {want: "default/other"},
		"the Node says":          {walks: true, podCIDRs: []string{"20.2.36.0/24"}},
		"it does not":            {walks: true, want: "default/other"},
		"it may not list":        {walks: true, forbid: true, want: "missing"},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "testdata/walks/all.json")
			onlyEndpoints(s)
			req.Walks, s.Nodes[0].Spec.PodCIDRs = c.walks, c.podCIDRs
			client := cluster(s)
			other := clientPod("other", "k8s-node1", corev1.PodRunning, false, "20.2.36.9", "fd00:20:2:36::9")
			if err := client.Tracker().Add(&other); err != nil {
				t.Fatal(err)
			}
			if c.forbid {
				client.PrependReactor("list", "pods", func(a testclient.Action) (bool, runtime.Object, error) {
					return a.GetNamespace() == "", nil, apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "", errors.New("no"))
				})
			}
			got, err := Gather(t.Context(), Source{Client: client, Ways: []Way{&planWay{reading: &s.Readings[0]}}, Warn: silent}, req)
			if err != nil {
				t.Fatal(err)
			}
			found := ""
			if got.Pod("default", "other") != nil {
				found = "default/other"
			}
			if slices.ContainsFunc(got.Missing, func(m snapshot.Missing) bool { return m.What == "list pods in all namespaces" }) {
				found = "missing"
			}
			if found != c.want {
				t.Errorf("%q, want %q", found, c.want)
			}
			onlyAllowed(t, name, client.Actions())
		})
	}
}
