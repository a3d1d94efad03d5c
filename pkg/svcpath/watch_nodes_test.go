package svcpath

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// watched are the rates that a watch of the demo's Service shows, of readings of each node.
func watched(t *testing.T, s *snapshot.Snapshot, req Request, how Watching, readings ...*snapshot.Reading) (out []*Rates, err error) {
	t.Helper()
	way := &tickingWay{end: errors.New("the end"), readings: readings}
	err = Watch(t.Context(), Source{Client: cluster(s), Ways: []Way{way}, Warn: silent}, req, how, func(r *Rates) error {
		out = append(out, r)
		return nil
	})
	return out, err
}

// TestWatchLost: while nothing is read, no rate is shown, but since when and why; and what
// is counted afterwards is of the whole time.
func TestWatchLost(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	all, _ := watched(t, s, req, everySecond, countedReading(s, "100", "10", "20"), countedReading(s, "102", "14", "20"), nil,
		countedReading(s, "112", "24", "20"), countedReading(s, "1", "3", "0"))
	if len(all) != 5 {
		t.Fatalf("%d were shown", len(all))
	}
	lost := all[2]
	if lost.Lost == nil || lost.Lost.Why != "its pod is gone" || !lost.Lost.Since.Equal(all[1].At) || len(lost.Ports) != 0 {
		t.Errorf("%+v", lost)
	}
	text := RatesLine(lost) + "\n" + strings.Join(RatesFrame([]*Rates{lost}, render.Style{}, 120, 24), "\n")
	if strings.Contains(text, "0.0") || strings.Contains(text, "2.0") || !strings.Contains(text, "?") || !strings.Contains(text, "not known since") {
		t.Error(text)
	}
	if r := all[3]; r.Seconds != 10 || r.Ports[0].Endpoints[0].New != 10 || r.Ports[0].Endpoints[0].PerSecond != 1 || r.Ports[0].Endpoints[0].Total != 14 {
		t.Errorf("%+v", r)
	}
	// The node was started anew.
	if r := all[4]; !r.Reset || r.Seconds != 1 || r.Ports[0].Endpoints[0].New != 3 {
		t.Errorf("%+v", r)
	}
}

// tracked is a reading of the table of connections, with so many connections to each of two
// endpoints that began at port 1000, and the packets of each.
func tracked(at string, packets, first, last int) *snapshot.Reading {
	var text strings.Builder
	for port := first; port < last; port++ {
		acct := ""
		if packets > 0 {
			acct = fmt.Sprintf("packets=%d bytes=9 ", packets)
		}
		fmt.Fprintf(&text, "tcp 6 99 TIME_WAIT src=20.2.35.1 dst=20.1.120.16 sport=%d dport=3000 %ssrc=20.2.36.3 dst=20.2.35.1 sport=3000 dport=%d %s[ASSURED] mark=0 use=1\n", port, acct, port, acct)
	}
	// What no rule has translated is of no endpoint.
	text.WriteString("tcp 6 99 SYN_SENT src=20.2.35.1 dst=20.1.120.16 sport=9 dport=3000 [UNREPLIED] src=20.1.120.16 dst=20.2.35.1 sport=3000 dport=9 mark=0 use=1\n")
	return &snapshot.Reading{Outputs: []snapshot.Output{
		{Argv: []string{"cat", "/proc/uptime"}, Text: at + "\n"},
		{Argv: strings.Fields("conntrack -L -f ipv4 -p tcp -d 20.1.120.16 --orig-port-dst 3000"), Text: text.String()},
	}}
}

// TestWatchByConnections: where rules have no counters, connections count that were not in
// the reading before.
func TestWatchByConnections(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	ip := s.Services[0].Spec.ClusterIP
	nft := countedReading(s, "1", "0", "0")
	nft.Outputs = []snapshot.Output{
		{Argv: []string{"cat", "/proc/uptime"}, Text: "1\n"},
		{Argv: strings.Fields("nft list map ip kube-proxy service-ips"), Text: "", Filter: "x"},
	}
	table := func(at string, packets, first, last int) *snapshot.Reading {
		r := tracked(at, packets, first, last)
		for i := range r.Outputs {
			r.Outputs[i].Text = strings.ReplaceAll(r.Outputs[i].Text, "20.1.120.16", ip)
			r.Outputs[i].Argv = strings.Fields(strings.ReplaceAll(strings.Join(r.Outputs[i].Argv, " "), "20.1.120.16", ip))
		}
		return r
	}
	way := &twoWays{first: tickingWay{readings: []*snapshot.Reading{nft}}}
	way.then = tickingWay{end: errors.New("the end"), readings: []*snapshot.Reading{table("10", 5, 1000, 1003), table("12", 7, 1001, 1007), table("14", 0, 1001, 1007)}}
	var got []string
	err := Watch(t.Context(), Source{Client: cluster(s), Ways: []Way{way}, Warn: silent}, req, everySecond, func(r *Rates) error {
		for _, e := range r.Ports[0].Endpoints {
			if e.Address == "20.2.36.3:3000" {
				got = append(got, fmt.Sprintf("%s %v %d %d %.1f %s", r.By, e.OnNode == nil, e.New, e.Total, e.PerSecond, packetsWords(e)))
			}
		}
		return nil
	})
	// Of each of six connections 14 packets, less the 10 that two of them had before.
	want := []string{"connections true 0 0 0.0 <unknown>", "connections true 4 4 2.0 32.0", "connections true 0 4 0.0 <unknown>"}
	if diff := cmp.Diff(want, got); diff != "" || err == nil || err.Error() != "the end" {
		t.Errorf("%v, %s", err, diff)
	}
}

// twoWays gives other readings the second time.
type twoWays struct {
	refusingWay
	first, then tickingWay
	begun       bool
}

func (w *twoWays) Watch(ctx context.Context, target node.Target, plan node.Plan, interval time.Duration, hear node.Listener) error {
	if !w.begun {
		w.begun = true
		return w.first.Watch(ctx, target, plan, interval, hear)
	}
	return w.then.Watch(ctx, target, plan, interval, hear)
}

// TestWatchNodes: each node has its own counters, and the picture their sum.
func TestWatchNodes(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	second := s.Nodes[0]
	second.Name = "a-second"
	s.Nodes = append(s.Nodes, second)
	all, err := watched(t, s, req, Watching{Interval: time.Second, Many: true}, countedReading(s, "100", "10", "20"), countedReading(s, "102", "14", "20"), nil)
	if err == nil || !strings.Contains(err.Error(), "none of 2 nodes is read; the last one said: the end") {
		t.Errorf("%v", err)
	}
	last := map[string]*Rates{}
	for _, r := range all {
		if r.Seconds > 0 {
			last[r.Node.Name] = r
		}
	}
	if len(last) != 2 {
		t.Fatalf("nodes %v", last)
	}
	picture := func(a, b *Rates) string {
		return strings.Join(RatesFrame([]*Rates{a, b}, render.Style{}, 140, 24), "\n")
	}
	if text := picture(last["a-second"], last["k8s-node1"]); !strings.Contains(text, "on 2 nodes") || !strings.Contains(text, "all endpoints: 4.0/s, 8 since") {
		t.Error(text)
	}
	lost := all[len(all)-1]
	other := last["a-second"]
	if lost.Node.Name == "a-second" {
		other = last["k8s-node1"]
	}
	if text := picture(other, lost); lost.Lost == nil || !strings.Contains(text, "all endpoints, without "+lost.Node.Name+": 2.0/s, 8 since") || !strings.Contains(text, lost.Node.Name+": nothing is known since") {
		t.Error(text)
	}
}

// TestRatesNotes: what a watch says of where it counts, and where it does not.
func TestRatesNotes(t *testing.T) {
	for name, c := range map[string]struct {
		r    Rates
		says []string
		not  string
	}{
		"chosen":      {Rates{Chosen: ChosenByEndpoint, OtherNodes: true, By: ByRules}, []string{"chosen as it runs an endpoint; --node takes another, --all-nodes all", "not counted: what Pods on other nodes connect"}, "nftables"},
		"any":         {Rates{Chosen: ChosenAsAny, OtherNodes: true, By: ByRules}, []string{"chosen as the first that is Ready"}, "nftables"},
		"asked":       {Rates{Chosen: ChosenByUser, OtherNodes: true, By: ByRules}, []string{"this node was asked for; --all-nodes counts on all"}, "chosen"},
		"one node":    {Rates{Chosen: ChosenByEndpoint, By: ByRules}, []string{"by the counters of the rules"}, "other nodes"},
		"connections": {Rates{Chosen: ChosenByUser, By: ByConnections}, []string{"connections and not packets: the rules of kube-proxy's nftables mode have no counters", "gone from it at the next reading is missed"}, "other nodes"},
	} {
		text := strings.Join(RatesHead(&c.r), "\n")
		for _, words := range c.says {
			if !strings.Contains(text, words) {
				t.Errorf("%s: %q is not in\n%s", name, words, text)
			}
		}
		if strings.Contains(text, c.not) {
			t.Errorf("%s: %q is in\n%s", name, c.not, text)
		}
	}
}
