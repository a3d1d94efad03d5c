package kubeproxy

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// In these tables an endpoint is written as "address@node state[ hints]": its state is
// ready, unready, leaving (terminating and serving) or gone (terminating and not); its
// hints are z:ZONE and n:NODE.
func parseEndpoints(t *testing.T, list ...string) []Endpoint {
	t.Helper()
	var eps []Endpoint
	for _, s := range list {
		words := strings.Fields(s)
		number, node, _ := strings.Cut(words[0], "@")
		ep := Endpoint{Address: netip.MustParseAddrPort("10.0.0." + number + ":80"), NodeName: node}
		switch words[1] {
		case "ready":
			ep.Ready, ep.Serving = true, true
		case "leaving":
			ep.Serving, ep.Terminating = true, true
		case "gone":
			ep.Terminating = true
		case "unready":
		default:
			t.Fatalf("no state: %q", s)
		}
		for _, hint := range words[2:] {
			if place, ok := strings.CutPrefix(hint, "z:"); ok {
				ep.ZoneHints = append(ep.ZoneHints, place)
			} else {
				ep.NodeHints = append(ep.NodeHints, strings.TrimPrefix(hint, "n:"))
			}
		}
		eps = append(eps, ep)
	}
	return eps
}

// numbers are the last numbers of the addresses.
func numbers(eps []Endpoint) string {
	var list []string
	for _, ep := range eps {
		list = append(list, fmt.Sprint(ep.Address.Addr().As4()[3]))
	}
	return strings.Join(list, " ")
}

var (
	clusterOnly  = ServicePort{Name: "cluster"}
	localInside  = ServicePort{Name: "internal", InternalLocal: true}
	localOutside = ServicePort{Name: "external", ExternalLocal: true, NodePort: 30000}
	localBoth    = ServicePort{Name: "both", InternalLocal: true, ExternalLocal: true, NodePort: 30000}
)

func TestUsedEndpoints(t *testing.T) {
	mixed := []string{"1@a ready", "2@b ready", "3@a unready", "4@a leaving", "5@b gone"}
	leaving := []string{"1@a leaving", "2@b leaving", "3@a gone", "4@b unready"}
	for _, tt := range []struct {
		name                                string
		port                                ServicePort
		node                                string
		eps                                 []string
		cluster, local, all                 string
		terminating, localTerminating, none bool
	}{
		{"nothing", clusterOnly, "a", nil, "", "", "", false, false, true},
		{"ready", clusterOnly, "a", mixed, "1 2", "", "1 2", false, false, false},
		{"ready, internal policy", localInside, "a", mixed, "", "1", "1", false, false, false},
		{"ready, external policy", localOutside, "a", mixed, "1 2", "1", "1 2", false, false, false},
		{"ready, both policies", localBoth, "b", mixed, "1 2", "2", "1 2", false, false, false},
		{"ready elsewhere", localInside, "c", mixed, "", "", "", false, false, false},
		{"ready elsewhere, leaving here", localOutside, "a", []string{"1@b ready", "2@a leaving"}, "1", "2", "1 2", false, true, false},
		{"leaving", clusterOnly, "a", leaving, "1 2", "", "1 2", true, false, false},
		{"leaving, internal policy", localInside, "b", leaving, "", "2", "2", false, true, false},
		{"leaving, external policy", localOutside, "a", leaving, "1 2", "1", "1 2", true, true, false},
		{"leaving elsewhere", localInside, "c", leaving, "", "", "", false, false, false},
		{"none usable", localOutside, "a", []string{"1@a gone", "2@a unready"}, "", "", "", false, false, true},
		{"no node", localInside, "a", []string{"1@ ready"}, "", "", "", false, false, false},
		{"unknown node", localInside, "", []string{"1@ ready"}, "", "", "", false, false, false},
		{"policy without way in", ServicePort{ExternalLocal: true}, "a", mixed, "1 2", "", "1 2", false, false, false},
	} {
		u := UsedEndpoints(tt.port, parseEndpoints(t, tt.eps...), NodeInfo{Name: tt.node})
		got := []any{numbers(u.Cluster), numbers(u.Local), numbers(u.All), u.TerminatingOnly, u.LocalTerminatingOnly, !u.HasUsable}
		want := []any{tt.cluster, tt.local, tt.all, tt.terminating, tt.localTerminating, tt.none}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: cluster, local, all, terminating, locally, none usable (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestUnused(t *testing.T) {
	hinted := []string{"1@a ready z:z1", "2@b ready z:z2", "3@b unready", "4@a gone", "5@a leaving"}
	for _, tt := range []struct {
		name string
		port ServicePort
		want []string
	}{
		{"hints", clusterOnly, []string{"2 hinted for elsewhere", "3 not ready", "4 terminating", "5 terminating"}},
		{"policy", localInside, []string{"2 on another node", "3 not ready", "4 terminating", "5 terminating"}},
	} {
		var got []string
		for _, left := range UsedEndpoints(tt.port, parseEndpoints(t, hinted...), NodeInfo{Name: "a", Zone: "z1"}).Unused {
			got = append(got, numbers([]Endpoint{left.Endpoint})+" "+string(left.Reason))
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

// The traffic policies and where the usable endpoints are decide what a connection meets.
func TestVerdict(t *testing.T) {
	const e, r, d, n = VerdictEndpoints, VerdictReject, VerdictDrop, VerdictNone
	here, away, none := []string{"1@a ready"}, []string{"1@b leaving"}, []string{"1@a unready"}
	for _, tt := range []struct {
		port               ServicePort
		eps                []string
		internal, external Verdict
	}{
		{clusterOnly, here, e, n}, {clusterOnly, away, e, n}, {clusterOnly, none, r, n},
		{localInside, here, e, n}, {localInside, away, d, n}, {localInside, none, r, n},
		{localOutside, here, e, e}, {localOutside, away, e, d}, {localOutside, none, r, r},
		{localBoth, here, e, e}, {localBoth, away, d, d}, {localBoth, none, r, r},
	} {
		u := UsedEndpoints(tt.port, parseEndpoints(t, tt.eps...), NodeInfo{Name: "a"})
		if got := tt.port.InternalVerdict(u); got != tt.internal {
			t.Errorf("%s, %v: clusterIP: got %q, want %q", tt.port.Name, tt.eps, got, tt.internal)
		}
		if got := tt.port.ExternalVerdict(u); got != tt.external {
			t.Errorf("%s, %v: from outside: got %q, want %q", tt.port.Name, tt.eps, got, tt.external)
		}
	}
}

func TestChains(t *testing.T) {
	lb := localOutside
	lb.LoadBalancerIPs = []netip.Addr{netip.MustParseAddr("203.0.113.1")}
	lb.SourceRanges = []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")}
	for _, tt := range []struct {
		port ServicePort
		ep   string
		want []string
	}{
		{clusterOnly, "1@b ready", []string{"SEP", "SVC"}},
		{clusterOnly, "1@b unready", nil},
		{localInside, "1@a ready", []string{"SEP", "SVL"}},
		{localInside, "1@b ready", nil},
		{localOutside, "1@a ready", []string{"EXT", "SEP", "SVC", "SVL"}},
		{localOutside, "1@b ready", []string{"EXT", "SEP", "SVC"}},
		{lb, "1@b ready", []string{"EXT", "FW", "SEP", "SVC"}},
		{lb, "1@b unready", nil},
	} {
		var got []string
		for _, chain := range tt.port.Chains(UsedEndpoints(tt.port, parseEndpoints(t, tt.ep), NodeInfo{Name: "a"})) {
			got = append(got, strings.Split(chain, "-")[1])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s, %s: (-want +got)\n%s", tt.port.Name, tt.ep, diff)
		}
	}
}
