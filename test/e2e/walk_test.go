//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

const walkServices = `
apiVersion: v1
kind: Namespace
metadata: {name: walk-e2e}
---
apiVersion: v1
kind: Pod
metadata: {name: here, namespace: walk-e2e, labels: {app: walk, on: work}}
spec:
  nodeName: k8s-node1
  terminationGracePeriodSeconds: 0
  containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Pod
metadata: {name: there, namespace: walk-e2e, labels: {app: walk, on: other}}
spec:
  nodeName: k8s-master
  terminationGracePeriodSeconds: 0
  containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Service
metadata: {name: plain, namespace: walk-e2e}
spec: {selector: {app: walk}, ports: [{port: 3000}], externalIPs: [192.0.2.77]}
---
apiVersion: v1
kind: Service
metadata: {name: both, namespace: walk-e2e}
spec: {type: NodePort, selector: {app: walk}, ports: [{port: 3000, nodePort: 31771}]}
---
apiVersion: v1
kind: Service
metadata: {name: near, namespace: walk-e2e}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {app: walk}, ports: [{port: 3000, nodePort: 31772}]}
---
apiVersion: v1
kind: Service
metadata: {name: far, namespace: walk-e2e}
spec: {type: NodePort, externalTrafficPolicy: Local, selector: {on: other}, ports: [{port: 3000, nodePort: 31773}]}
---
apiVersion: v1
kind: Service
metadata: {name: far-inside, namespace: walk-e2e}
spec: {internalTrafficPolicy: Local, selector: {on: other}, ports: [{port: 3000}]}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: walk-e2e}
spec: {type: NodePort, selector: {app: nobody}, ports: [{port: 3000, nodePort: 31774}]}
`

// TestWalkIsWhatPacketsDo saves the rules of a node, walks through them without a
// cluster, and opens the same connections for real: who answers, with which source the
// packets go on (as conntrack has it), and whether a refusal comes at once or never.
func TestWalkIsWhatPacketsDo(t *testing.T) {
	apply(t, walkServices)
	kubectl(t, "wait", "-n", "walk-e2e", "--for=condition=Ready", "pod/here", "pod/there", "--timeout=60s")
	ip := func(kind, name, field string) string {
		return strings.TrimSpace(kubectl(t, "get", kind, "-n", "walk-e2e", name, "-o", "jsonpath={"+field+"}"))
	}
	pods := map[string]string{"here": ip("pod", "here", ".status.podIP"), "there": ip("pod", "there", ".status.podIP")}
	service := func(name string) string { return ip("service", name, ".spec.clusterIP") + ":3000" }
	rules := filepath.Join(t.TempDir(), "rules")
	eventually(t, 30*time.Second, "the rules have all six Services", func() bool {
		saved := onNode(t, workNode, "iptables-save")
		if err := os.WriteFile(rules, []byte(saved), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"plain", "both", "near", "far", "far-inside", "nobody"} {
			if !strings.Contains(saved, "walk-e2e/"+name) {
				return false
			}
		}
		return strings.Count(saved, "-s "+pods["here"]) >= 3 && strings.Count(saved, "-s "+pods["there"]) >= 4
	})
	pod := sender{strings.TrimSpace(kubectl(t, "get", "pod", "curl", "-o", "jsonpath={.status.podIP}")), fromPod(t)}
	node := sender{"10.0.2.3", fromNode(t, workNode)}
	outside := sender{"10.0.2.2", fromNode(t, otherNode)}
	for name, c := range map[string]struct {
		to      string
		clients []sender
	}{
		"clusterIP":                {service("plain"), []sender{pod, node}},
		"externalIP":               {"192.0.2.77:3000", []sender{pod, node}},
		"nodePort":                 {"10.0.2.3:31771", []sender{pod, node, outside}},
		"nodePort, Local":          {"10.0.2.3:31772", []sender{pod, node, outside}},
		"nodePort, Local, far":     {"10.0.2.3:31773", []sender{pod, node, outside}},
		"internal Local, far":      {service("far-inside"), []sender{pod, node}},
		"no endpoints":             {service("nobody"), []sender{pod, node}},
		"nodePort of no endpoints": {"10.0.2.3:31774", []sender{pod, node, outside}},
	} {
		for _, from := range c.clients {
			t.Run(name+" from "+from.address, func(t *testing.T) {
				want := offline(t, rules, c.to, from.address)
				got := from.observe(t, c.to, pods)
				if want != got {
					t.Errorf("the walk says %s, the packets %s", want, got)
				}
			})
		}
	}
}

type sender struct {
	address string
	run     func(script string) string
}

// offline is what the walk says, in one line.
func offline(t *testing.T, rules, to, from string) string {
	t.Helper()
	got := kk(t, "svcpath", to, "--rules", rules, "--from", from, "--node-ip", "10.0.2.3", "-o", "json")
	var a walk.Walks
	if err := json.Unmarshal([]byte(got.stdout), &a); got.exit != 0 || err != nil {
		t.Fatalf("exit %d: %s%s", got.exit, got.stdout, got.stderr)
	}
	w := a.Walks[0]
	if w.Verdict != "DNAT" {
		return string(w.Verdict)
	}
	var out []string
	for _, e := range w.Endpoints {
		out = append(out, fmt.Sprintf("%s masqueraded %v", e.Address, e.Masquerade))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// observe opens connections, and says what became of them in the words of offline.
func (c sender) observe(t *testing.T, to string, pods map[string]string) string {
	t.Helper()
	const tries = 24
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
		lines = append(lines, fmt.Sprintf("%s:3000 masqueraded %v", addr, c.masqueraded(t, to, addr)))
	}
	return strings.Join(lines, ", ")
}

// masqueraded looks at the connections that the node tracks: the server answers to the
// source that the packets went on with. Where that is the node's own address before and
// after, the port tells, which a rule with --random-fully changes.
func (c sender) masqueraded(t *testing.T, to, endpoint string) bool {
	t.Helper()
	host, port, _ := strings.Cut(to, ":")
	for _, line := range strings.Split(onNode(t, workNode, "conntrack", "-L", "-p", "tcp", "--orig-src", c.address, "--orig-dst", host, "--orig-port-dst", port), "\n") {
		sent, reply, ok := strings.Cut(line, " src="+endpoint+" dst=")
		if !ok {
			continue
		}
		answered, _, _ := strings.Cut(reply, " ")
		return answered != c.address || field(sent, "sport=") != field(reply, "dport=")
	}
	t.Fatalf("conntrack has no connection from %s to %s at %s", c.address, to, endpoint)
	return false
}

// field is the value of the first field of a name.
func field(line, name string) string {
	_, rest, _ := strings.Cut(line, name)
	value, _, _ := strings.Cut(rest, " ")
	return value
}
