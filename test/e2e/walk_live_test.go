//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const liveWalkNamespace = "wlk-e2e"

// liveWalkObjects are two servers, a client on each node without an endpoint of its own, one
// on the host network, and a Service of each kind.
const liveWalkObjects = `
apiVersion: v1
kind: Namespace
metadata: {name: wlk-e2e}
---
apiVersion: v1
kind: Pod
metadata: {name: here, namespace: wlk-e2e, labels: {app: walk, on: work}}
spec:
  nodeName: k8s-node1
  terminationGracePeriodSeconds: 0
  containers:
  - {name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}
  - {name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}
---
apiVersion: v1
kind: Pod
metadata: {name: there, namespace: wlk-e2e, labels: {app: walk, on: other}}
spec:
  nodeName: k8s-master
  terminationGracePeriodSeconds: 0
  containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Pod
metadata: {name: client-here, namespace: wlk-e2e}
spec: {nodeName: k8s-node1, terminationGracePeriodSeconds: 0, containers: [{name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client-there, namespace: wlk-e2e}
spec: {nodeName: k8s-master, terminationGracePeriodSeconds: 0, containers: [{name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Pod
metadata: {name: client-host, namespace: wlk-e2e}
spec: {nodeName: k8s-node1, hostNetwork: true, terminationGracePeriodSeconds: 0, containers: [{name: curl, image: "curl:1", imagePullPolicy: IfNotPresent}]}
---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: wlk-e2e}
spec: {selector: {app: walk}, ports: [{port: 3000}], externalIPs: [192.0.2.78]}
---
apiVersion: v1
kind: Service
metadata: {name: both, namespace: wlk-e2e}
spec: {type: NodePort, selector: {app: walk}, ports: [{port: 3000, nodePort: 31781}]}
---
apiVersion: v1
kind: Service
metadata: {name: balanced, namespace: wlk-e2e}
spec: {type: LoadBalancer, selector: {app: walk}, ports: [{port: 3000, nodePort: 31782}]}
---
apiVersion: v1
kind: Service
metadata: {name: fenced, namespace: wlk-e2e}
spec: {type: LoadBalancer, selector: {app: walk}, loadBalancerSourceRanges: [203.0.113.0/24], ports: [{port: 3000, nodePort: 31785}]}
---
apiVersion: v1
kind: Service
metadata: {name: near, namespace: wlk-e2e}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: walk}, ports: [{port: 3000, nodePort: 31786}]}
---
apiVersion: v1
kind: Service
metadata: {name: far, namespace: wlk-e2e}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {on: other}, ports: [{port: 3000, nodePort: 31783}]}
---
apiVersion: v1
kind: Service
metadata: {name: far-inside, namespace: wlk-e2e}
spec: {internalTrafficPolicy: Local, selector: {on: other}, ports: [{port: 3000}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: wlk-e2e}
spec: {type: NodePort, selector: {app: nobody}, ports: [{port: 3000, nodePort: 31784}]}
`

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

// liveWalkReady waits until both nodes have the rules, and returns the servers' addresses.
func liveWalkReady(t *testing.T) map[string]string {
	t.Helper()
	kubectl(t, "wait", "-n", liveWalkNamespace, "--for=condition=Ready", "pod", "--all", "--timeout=90s")
	for name, ip := range map[string]string{"balanced": "192.0.2.79", "fenced": "192.0.2.80"} {
		kubectl(t, "patch", "service", "-n", liveWalkNamespace, name, "--subresource=status", "--type=merge",
			"-p", fmt.Sprintf(`{"status":{"loadBalancer":{"ingress":[{"ip":%q}]}}}`, ip))
	}
	pods := map[string]string{}
	for _, name := range []string{"here", "there"} {
		pods[name] = strings.TrimSpace(kubectl(t, "get", "pod", "-n", liveWalkNamespace, name, "-o", "jsonpath={.status.podIP}"))
	}
	eventually(t, 60*time.Second, "both nodes have the rules", func() bool {
		for _, node := range []string{workNode, otherNode} {
			saved := onNode(t, node, "iptables-save")
			for _, part := range []string{"nobody has no endpoints", "192.0.2.79/32", "192.0.2.80/32", "far -> ", "near -> ", "both -> "} {
				if !strings.Contains(saved, part) {
					return false
				}
			}
			if strings.Count(saved, "-s "+pods["here"]) < 5 || strings.Count(saved, "-s "+pods["there"]) < 6 {
				return false
			}
		}
		return true
	})
	return pods
}

// liveWalkClients are the places to open connections from. One outside has a network of
// its own, and knows the cluster as what is behind the node.
func liveWalkClients(t *testing.T) map[string]liveClient {
	t.Helper()
	for _, args := range [][]string{
		{"netns", "add", "wlk-out"},
		{"-n", "kk-wire", "link", "add", "wlk-out", "type", "veth", "peer", "name", "eth0", "netns", "wlk-out"},
		{"-n", "kk-wire", "link", "set", "wlk-out", "master", liveWalkBridge(t), "up"},
		{"-n", "wlk-out", "addr", "add", "10.0.2.147/24", "dev", "eth0"},
		{"-n", "wlk-out", "link", "set", "eth0", "up"},
		{"-n", "wlk-out", "route", "add", "default", "via", "10.0.2.3"},
	} {
		if got := run(t, nil, "ip", args...); got.exit != 0 {
			t.Fatalf("ip %v: %s", args, got.stderr)
		}
		if args[1] == "add" {
			t.Cleanup(func() { run(t, nil, "ip", "netns", "delete", "wlk-out") })
		}
	}
	pod := func(name, container string) func(string) string {
		return func(script string) string {
			return kubectl(t, "exec", "-n", liveWalkNamespace, name, "-c", container, "--", "sh", "-c", script)
		}
	}
	ip := func(name string) []string {
		return []string{strings.TrimSpace(kubectl(t, "get", "pod", "-n", liveWalkNamespace, name, "-o", "jsonpath={.status.podIP}"))}
	}
	return map[string]liveClient{
		"a Pod here":     {[]string{"--from", "pod/client-here"}, workNode, pod("client-here", "curl"), ip("client-here")},
		"a Pod there":    {[]string{"--from", "pod/" + liveWalkNamespace + "/client-there"}, otherNode, pod("client-there", "curl"), ip("client-there")},
		"an endpoint":    {[]string{"--from", ip("here")[0]}, workNode, pod("here", "curl"), ip("here")},
		"a host's Pod":   {[]string{"--from", "pod/client-host"}, workNode, pod("client-host", "curl"), []string{"10.0.2.3"}},
		"the other node": {[]string{"--from", "node/" + otherNode}, otherNode, fromNode(t, otherNode), []string{"10.0.2.2"}},
		"outside":        {[]string{"--from", "10.0.2.147", "--to-node", workNode}, workNode, fromNode(t, "wlk-out"), []string{"10.0.2.147"}},
	}
}

func liveWalkBridge(t *testing.T) string {
	t.Helper()
	var links []struct{ Ifname string }
	if err := json.Unmarshal([]byte(onNode(t, "kk-wire", "ip", "-j", "link", "show", "type", "bridge")), &links); err != nil || len(links) != 1 {
		t.Fatalf("%v: %v", links, err)
	}
	return links[0].Ifname
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

// masquerade looks at the connections that the node tracks, as sender.masqueraded does.
func (c liveClient) masquerade(t *testing.T, to, endpoint string) bool {
	t.Helper()
	host, port, _ := strings.Cut(to, ":")
	tracked := onNode(t, c.node, "conntrack", "-L", "-p", "tcp", "--orig-src", c.addresses[0], "--orig-dst", host, "--orig-port-dst", port)
	for _, line := range strings.Split(tracked, "\n") {
		sent, reply, ok := strings.Cut(line, " src="+endpoint+" dst=")
		if !ok {
			continue
		}
		answered, _, _ := strings.Cut(reply, " ")
		return answered != c.addresses[0] || field(sent, "sport=") != field(reply, "dport=")
	}
	t.Fatalf("conntrack on %s has no connection from %s to %s at %s:\n%s", c.node, c.addresses[0], to, endpoint, tracked)
	return false
}

// TestLiveWalkFindsWhatStops puts a rule into a node's FORWARD that drops what goes to one
// of two endpoints: that is an error, and connections to that endpoint do end so.
func TestLiveWalkFindsWhatStops(t *testing.T) {
	apply(t, liveWalkObjects)
	pods := liveWalkReady(t)
	rule := []string{"FORWARD", "-d", pods["there"], "-p", "tcp", "--dport", "3000", "-m", "comment", "--comment", "not there", "-j", "DROP"}
	onNode(t, workNode, "iptables", append([]string{"-I"}, rule...)...)
	t.Cleanup(func() { onNode(t, workNode, "iptables", append([]string{"-D"}, rule...)...) })
	for _, way := range []string{"--via=debug", "--via=exec", "--image=kk-noshell:1"} {
		p := liveWalk(t, "both", "-n", liveWalkNamespace, "--from", "pod/client-here", way)
		found := find(p, explain.StoppedAfterTranslation)
		if len(found) == 0 || found[0].Args["endpoints"] != pods["there"]+":3000" || !strings.Contains(found[0].Evidence[0].What, "not there") {
			t.Fatalf("%s: %+v", way, p.Findings)
		}
		if w := p.Walks[0]; len(w.Endpoints) != 1 || w.Endpoints[0].Address != pods["here"]+":3000" || len(w.Others) != 1 || w.Others[0].Verdict != "DROP" {
			t.Errorf("%s: %+v", way, w)
		}
	}
	out := kubectl(t, "exec", "-n", liveWalkNamespace, "client-here", "--", "sh", "-c",
		"for i in 1 2 3 4 5 6 7 8 9 10 11 12; do curl -s --max-time 1 http://"+pods["there"]+":3000/ || echo stopped $?; curl -s --max-time 1 http://"+pods["here"]+":3000/; [ $i -lt 3 ] || break; done")
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
