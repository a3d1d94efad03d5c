//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"
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

// liveWalkReady waits until both nodes have the rules, and returns the servers' addresses.
func liveWalkReady(t *testing.T) map[string][]string {
	t.Helper()
	kubectl(t, "wait", "-n", liveWalkNamespace, "--for=condition=Ready", "pod", "--all", "--timeout=90s")
	for name, ip := range map[string]string{"balanced": "192.0.2.79", "fenced": "192.0.2.80"} {
		kubectl(t, "patch", "service", "-n", liveWalkNamespace, name, "--subresource=status", "--type=merge",
			"-p", fmt.Sprintf(`{"status":{"loadBalancer":{"ingress":[{"ip":%q}]}}}`, ip))
	}
	pods := map[string][]string{"here": podIPs(t, liveWalkNamespace, "here"), "there": podIPs(t, liveWalkNamespace, "there")}
	eventually(t, 60*time.Second, "both nodes have the rules", func() bool {
		for _, node := range []string{workNode, otherNode} {
			if inNFTables(t) {
				if !liveWalkInNFT(t, node, pods) {
					return false
				}
				continue
			}
			saved := onNode(t, node, "iptables-save")
			for _, part := range []string{"nobody has no endpoints", "192.0.2.79/32", "192.0.2.80/32", "far -> ", "near -> ", "both -> "} {
				if !strings.Contains(saved, part) {
					return false
				}
			}
			if strings.Count(saved, "-s "+pods["here"][0]) < 5 || strings.Count(saved, "-s "+pods["there"][0]) < 6 {
				return false
			}
		}
		return true
	})
	return pods
}

// liveWalkInNFT says whether kube-proxy's nft table of a node has all Services.
func liveWalkInNFT(t *testing.T, node string, pods map[string][]string) bool {
	t.Helper()
	table := onNode(t, node, "nft", "list", "table", "ip", "kube-proxy")
	for _, part := range []string{"wlk-e2e/nobody", "192.0.2.78 . ", "192.0.2.79 . ", "192.0.2.80 . ", "31783", "31786"} {
		if !strings.Contains(table, part) {
			return false
		}
	}
	for _, name := range []string{"plain", "both", "balanced", "fenced", "near"} {
		if got := reached(t, node, liveWalkNamespace+"/"+name); !got[pods["here"][0]] || !got[pods["there"][0]] {
			return false
		}
	}
	return reached(t, node, liveWalkNamespace+"/far")[pods["there"][0]]
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
	pod := func(name, container, node string) client {
		return client{node, inPod(t, liveWalkNamespace, name, container), podIPs(t, liveWalkNamespace, name)}
	}
	return map[string]liveClient{
		"a Pod here":     {[]string{"--from", "pod/client-here"}, pod("client-here", "curl", workNode)},
		"a Pod there":    {[]string{"--from", "pod/" + liveWalkNamespace + "/client-there"}, pod("client-there", "curl", otherNode)},
		"an endpoint":    {[]string{"--from", podIPs(t, liveWalkNamespace, "here")[0]}, pod("here", "curl", workNode)},
		"a host's Pod":   {[]string{"--from", "pod/client-host"}, pod("client-host", "curl", workNode)},
		"the other node": {[]string{"--from", "node/" + otherNode}, client{otherNode, fromNode(t, otherNode), []string{"10.0.2.2"}}},
		"outside":        {[]string{"--from", "10.0.2.147", "--to-node", workNode}, client{workNode, fromNode(t, "wlk-out"), []string{"10.0.2.147"}}},
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
