//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// connections is how many are opened from each place.
const connections = 150

// TestPacketsAreThoseThatWereSent opens connections from a Pod and from the node. Each
// answer names its Pod, so the count for each endpoint is known from the servers.
func TestPacketsAreThoseThatWereSent(t *testing.T) {
	for _, way := range []struct {
		name, service string
		dual          bool
	}{
		{name: "ClusterIP", service: clusterIPService},
		{name: "dual-stack", service: "service-hellok8s-dual", dual: true},
	} {
		t.Run(way.name, func(t *testing.T) {
			upToDate(t, workNode, way.service)
			before := path(t, 0, way.service)
			answers := map[string]int{}
			for _, address := range before.Service.ClusterIPs {
				url := "http://" + bracketed(address) + ":3000/"
				add(answers, send(t, url, fromPod(t)))
				add(answers, send(t, url, fromNode(t, workNode)))
			}
			if way.dual && len(before.Service.ClusterIPs) != 2 {
				t.Fatalf("the Service has the clusterIPs %v, not one of each family", before.Service.ClusterIPs)
			}
			if inNFTables(t) {
				answeredAsShown(t, before, answers)
				evenly(t, answers)
				return
			}
			grown := growth(t, before, path(t, 0, way.service))
			if !maps.Equal(grown, answers) {
				t.Errorf("packets counted %v, answers got %v", grown, answers)
			}
			evenly(t, grown)
		})
	}
}

// TestNodePortPackets opens connections to the NodePort from the other node.
func TestNodePortPackets(t *testing.T) {
	const service = "service-hellok8s-nodeport"
	upToDate(t, workNode, service)
	before := path(t, 0, service)
	answers := send(t, "http://10.0.2.3:30000/", fromNode(t, otherNode))
	if inNFTables(t) {
		answeredAsShown(t, before, answers)
		return
	}
	after := path(t, 0, service)
	if grown := growth(t, before, after); !maps.Equal(grown, answers) {
		t.Errorf("packets counted %v, answers got %v", grown, answers)
	}
	entrance := func(p *svcpath.Path) uint64 {
		for _, e := range p.Ports[0].Entries {
			if e.Kind == "nodePort" && e.Address == "10.0.2.3" && e.Port == 30000 {
				return packetsTo(e.Steps, "KUBE-EXT-")
			}
		}
		t.Fatal("no entry for the NodePort")
		return 0
	}
	if got := entrance(after) - entrance(before); got != connections {
		t.Errorf("%d packets went into the NodePort's chain, %d were sent", got, connections)
	}
}

// packetsTo sums the counters of the rules that lead into chains of a kind.
func packetsTo(steps []svcpath.Step, prefix string) uint64 {
	var sum uint64
	for _, s := range steps {
		if strings.HasPrefix(s.Target, prefix) && s.Packets != nil {
			sum += *s.Packets
			continue
		}
		sum += packetsTo(s.Steps, prefix)
	}
	return sum
}

// growth is how much the counters of each Pod's rules grew from one answer to the next.
func growth(t *testing.T, before, after *svcpath.Path) map[string]int {
	t.Helper()
	out := map[string]int{}
	add(out, perPod(t, after))
	for pod, n := range perPod(t, before) {
		out[pod] -= n
	}
	return out
}

func perPod(t *testing.T, p *svcpath.Path) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, port := range p.Ports {
		pods := map[string]string{}
		for _, e := range port.Endpoints {
			pods[e.Address] = strings.TrimPrefix(e.Pod, "default/")
		}
		for _, s := range flat(port.Entries[0].Steps) {
			if strings.HasPrefix(s.Target, "KUBE-SEP-") {
				if s.Packets == nil {
					t.Fatalf("no counter at %s", s.Rule)
				}
				out[pods[s.Endpoint]] += int(*s.Packets)
			}
		}
	}
	return out
}

func flat(steps []svcpath.Step) []svcpath.Step {
	var out []svcpath.Step
	for _, s := range steps {
		out = append(append(out, s), flat(s.Steps)...)
	}
	return out
}

func fromPod(t *testing.T) func(script string) string {
	return func(script string) string { return kubectl(t, "exec", "curl", "--", "sh", "-c", script) }
}

func fromNode(t *testing.T, node string) func(script string) string {
	return func(script string) string { return onNode(t, node, "sh", "-c", script) }
}

// send opens connections and counts the answers by the Pod that gave them.
func send(t *testing.T, url string, from func(script string) string) map[string]int {
	t.Helper()
	out := from(fmt.Sprintf("i=0; while [ $i -lt %d ]; do curl -sS -g --max-time 5 '%s'; i=$((i+1)); done", connections, url))
	answers, total := map[string]int{}, 0
	for _, line := range strings.Split(out, "\n") {
		if _, host, ok := strings.Cut(line, "From host: "); ok {
			answers[host]++
			total++
		}
	}
	if total != connections {
		t.Fatalf("%d answers to %d connections to %s", total, connections, url)
	}
	return answers
}

func add(to, more map[string]int) {
	for key, n := range more {
		to[key] += n
	}
}

func bracketed(address string) string {
	if strings.Contains(address, ":") {
		return "[" + address + "]"
	}
	return address
}

// evenly holds the counts to equal shares by a chi-square test. The limit for two
// endpoints (one degree of freedom) is passed by luck once in a million runs.
func evenly(t *testing.T, counts map[string]int) {
	t.Helper()
	const limit = 23.93
	if len(counts) != 2 {
		t.Fatalf("counts of %d Pods, not of two: %v", len(counts), counts)
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	expected, sum := float64(total)/2, 0.0
	for _, n := range counts {
		sum += (float64(n) - expected) * (float64(n) - expected) / expected
	}
	if sum > limit {
		t.Errorf("counts %v do not fit shares of 50%%: chi-square %.1f, limit %.2f", counts, sum, limit)
	}
}
