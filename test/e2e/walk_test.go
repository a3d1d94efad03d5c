//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
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
	pods := map[string][]string{"here": podIPs(t, "walk-e2e", "here"), "there": podIPs(t, "walk-e2e", "there")}
	service := func(name string) string {
		return strings.TrimSpace(kubectl(t, "get", "service", "-n", "walk-e2e", name, "-o", "jsonpath={.spec.clusterIP}")) + ":3000"
	}
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
		return strings.Count(saved, "-s "+pods["here"][0]) >= 3 && strings.Count(saved, "-s "+pods["there"][0]) >= 4
	})
	pod := client{workNode, fromPod(t), podIPs(t, "default", "curl")}
	node := client{workNode, fromNode(t, workNode), []string{"10.0.2.3"}}
	outside := client{workNode, fromNode(t, otherNode), []string{"10.0.2.2"}}
	for name, c := range map[string]struct {
		to      string
		clients []client
	}{
		"clusterIP":                {service("plain"), []client{pod, node}},
		"externalIP":               {"192.0.2.77:3000", []client{pod, node}},
		"nodePort":                 {"10.0.2.3:31771", []client{pod, node, outside}},
		"nodePort, Local":          {"10.0.2.3:31772", []client{pod, node, outside}},
		"nodePort, Local, far":     {"10.0.2.3:31773", []client{pod, node, outside}},
		"internal Local, far":      {service("far-inside"), []client{pod, node}},
		"no endpoints":             {service("nobody"), []client{pod, node}},
		"nodePort of no endpoints": {"10.0.2.3:31774", []client{pod, node, outside}},
	} {
		for _, from := range c.clients {
			t.Run(name+" from "+from.addresses[0], func(t *testing.T) {
				want := offline(t, rules, c.to, from.addresses[0])
				got := from.observe(t, c.to, pods)
				if want != got {
					t.Errorf("the walk says %s, the packets %s", want, got)
				}
			})
		}
	}
}

// offline is what the walk says, in one line.
func offline(t *testing.T, rules, to, from string) string {
	t.Helper()
	got := kk(t, "svcpath", to, "--rules", rules, "--from", from, "--node-ip", "10.0.2.3", "--node-ip", secondAddress, "-o", "json")
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
