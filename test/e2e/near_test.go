//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const (
	nearSpace            = "live-e2e"
	zoneLabel            = "topology.kubernetes.io/zone"
	workZone, otherZone  = "live-a", "live-b"
	hintedElsewhere      = "hinted for elsewhere"
	bothNear             = "here there"
	nearReasonIncomplete = "a ready endpoint has no hint"
)

// nearPods are a server on each node, and a client on each.
const nearPods = `
apiVersion: v1
kind: Namespace
metadata: {name: live-e2e}
---
apiVersion: v1
kind: Pod
metadata: {name: here, namespace: live-e2e, labels: {app: near}}
spec: {nodeName: k8s-node1, terminationGracePeriodSeconds: 0, containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: there, namespace: live-e2e, labels: {app: near}}
spec: {nodeName: k8s-master, terminationGracePeriodSeconds: 0, containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client-here, namespace: live-e2e}
spec: {nodeName: k8s-node1, terminationGracePeriodSeconds: 0, containers: [{name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client-there, namespace: live-e2e}
spec: {nodeName: k8s-master, terminationGracePeriodSeconds: 0, containers: [{name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}]}
`

// nearServices have hints by the controller, and by hand: of one endpoint only, and for a
// zone that no node is in.
const nearServices = `
{apiVersion: v1, kind: Service, metadata: {name: close, namespace: live-e2e}, spec: {type: NodePort, ipFamilyPolicy: RequireDualStack, selector: {app: near}, trafficDistribution: PreferClose, ports: [{port: 3000, nodePort: 31911}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: zone, namespace: live-e2e}, spec: {ipFamilyPolicy: RequireDualStack, selector: {app: near}, trafficDistribution: PreferSameZone, ports: [{port: 3000}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: node, namespace: live-e2e}, spec: {ipFamilyPolicy: RequireDualStack, selector: {app: near}, trafficDistribution: PreferSameNode, ports: [{port: 3000}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: half, namespace: live-e2e}, spec: {trafficDistribution: PreferSameZone, ports: [{port: 3000}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: half-1, namespace: live-e2e, labels: {kubernetes.io/service-name: half}}, addressType: IPv4, ports: [{port: 3000}],
 endpoints: [{addresses: [HERE], nodeName: k8s-node1, hints: {forZones: [{name: live-a}]}}, {addresses: [THERE], nodeName: k8s-master}]}
---
{apiVersion: v1, kind: Service, metadata: {name: away, namespace: live-e2e}, spec: {trafficDistribution: PreferSameZone, ports: [{port: 3000}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: away-1, namespace: live-e2e, labels: {kubernetes.io/service-name: away}}, addressType: IPv4, ports: [{port: 3000}],
 endpoints: [{addresses: [HERE], nodeName: k8s-node1, hints: {forZones: [{name: live-c}]}}, {addresses: [THERE], nodeName: k8s-master, hints: {forZones: [{name: live-c}]}}]}
`

// TestNearEndpoints puts the nodes into two zones. The controller writes hints; packets from
// a Pod and from the node itself, on both nodes, reach those that the rules of Kubernetes
// say, svcpath walks there, and says of the others why not.
func TestNearEndpoints(t *testing.T) {
	zones(t)
	apply(t, nearPods)
	kubectl(t, "wait", "-n", nearSpace, "--for=condition=Ready", "pod", "--all", "--timeout=90s")
	pods := map[string][]string{"here": podIPs(t, nearSpace, "here"), "there": podIPs(t, nearSpace, "there")}
	apply(t, strings.NewReplacer("HERE", pods["here"][0], "THERE", pods["there"][0]).Replace(nearServices))
	clients := map[string]liveClient{
		"pod/client-here":   {client: client{workNode, inPod(t, nearSpace, "client-here", "curl"), podIPs(t, nearSpace, "client-here")}},
		"pod/client-there":  {client: client{otherNode, inPod(t, nearSpace, "client-there", "curl"), podIPs(t, nearSpace, "client-there")}},
		"node/" + workNode:  {client: client{workNode, fromNode(t, workNode), []string{"10.0.2.3", "fd00:10::3"}}},
		"node/" + otherNode: {client: client{otherNode, fromNode(t, otherNode), []string{"10.0.2.2", "fd00:10::2"}}},
	}
	near := map[string]string{workNode: "here", otherNode: "there"}
	for service, mode := range map[string]string{"close": "PreferSameZone", "zone": "PreferSameZone", "node": "PreferSameNode"} {
		for from, c := range clients {
			t.Run(service+" from "+from, func(t *testing.T) {
				p := nearPath(t, service, from, c.client, near[c.node], pods)
				found := find(p, explain.TopologyNarrowed)
				if len(found) == 0 || found[0].Args["mode"] != mode {
					t.Errorf("findings %v, want the mode %s", p.Findings, mode)
				}
			})
		}
	}
	for service, reason := range map[string]string{"half": nearReasonIncomplete, "away": "no hint names this node or its zone"} {
		t.Run(service, func(t *testing.T) {
			for _, from := range []string{"pod/client-here", "pod/client-there"} {
				notFollowed(t, nearPath(t, service, from, clients[from].client, bothNear, pods), reason)
			}
		})
	}
	kubectl(t, "label", "node", workNode, zoneLabel+"-")
	from := "pod/client-here"
	notFollowed(t, nearPath(t, "zone", from, clients[from].client, bothNear, pods), "the node has no label "+zoneLabel)
}

// zones labels the nodes, and takes the labels away after the test.
func zones(t *testing.T) {
	t.Helper()
	for node, zone := range map[string]string{workNode: workZone, otherNode: otherZone} {
		t.Cleanup(func() { kubectl(t, "label", "node", node, zoneLabel+"-") })
		kubectl(t, "label", "node", node, zoneLabel+"="+zone)
	}
}

func notFollowed(t *testing.T, p *svcpath.Path, reason string) {
	t.Helper()
	if found := find(p, explain.HintsNotFollowed); len(found) != 1 || found[0].Args["reason"] != reason {
		t.Errorf("findings %v, want that hints are not followed: %s", p.Findings, reason)
	}
}

// nearPath waits until the kernel's rules lead to the wanted servers, and holds packets and
// the answer to them.
func nearPath(t *testing.T, service, from string, c client, want string, pods map[string][]string) *svcpath.Path {
	t.Helper()
	eventually(t, 30*time.Second, c.node+" leads "+service+" to "+want, func() bool {
		have := map[string]bool{}
		for _, name := range strings.Fields(want) {
			have[pods[name][0]] = true
		}
		return maps.Equal(reached(t, c.node, nearSpace+"/"+service), have)
	})
	p := liveWalk(t, service, "-n", nearSpace, "--from", from)
	if len(p.Walks) == 0 || p.Agreement != svcpath.Agrees {
		t.Errorf("%d walks, %s, findings %v", len(p.Walks), p.Agreement, p.Findings)
	}
	for _, w := range p.Walks {
		got := c.observe(t, w.To, pods)
		if said := liveWords(w); said != got {
			t.Errorf("to %s the walk says %s, the packets %s", w.To, said, got)
		}
		if met := servers(got, w.To, pods); met != want {
			t.Errorf("to %s packets reached %s, want %s", w.To, met, want)
		}
	}
	for _, port := range p.Ports {
		for _, e := range port.Endpoints {
			near := slices.Contains(strings.Fields(want), e.Pod[strings.LastIndex(e.Pod, "/")+1:])
			if reason := map[bool]string{true: "", false: hintedElsewhere}[near || e.Pod == ""]; e.Unused != reason {
				t.Errorf("%s of %s is unused because %q, want %q", e.Address, e.Pod, e.Unused, reason)
			}
		}
	}
	return p
}

// servers are the names of those that observe saw.
func servers(seen, to string, pods map[string][]string) string {
	var out []string
	for name, addresses := range pods {
		if strings.Contains(seen, ofFamily(to, addresses)+":") || strings.Contains(seen, fmt.Sprintf("[%s]:", ofFamily(to, addresses))) {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}
