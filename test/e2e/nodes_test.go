//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// byHand is a Service without a selector, and its endpoints, which no Pod has: only rules
// are asked here, and no Pod has to come or go.
func byHand(name string, addresses ...string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Namespace
metadata: {name: nodes-e2e}
---
apiVersion: v1
kind: Service
metadata: {name: %[1]s, namespace: nodes-e2e}
spec: {ports: [{port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: %[1]s, namespace: nodes-e2e, labels: {kubernetes.io/service-name: %[1]s}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [%[2]s]}]
`, name, strings.Join(addresses, "]}, {addresses: ["))
}

// paths runs svcpath on many nodes.
func paths(t *testing.T, wantExit int, args ...string) *svcpath.Paths {
	t.Helper()
	got := kk(t, append([]string{"svcpath", "-o", "json", "-n", "nodes-e2e"}, args...)...)
	if got.exit != wantExit {
		t.Fatalf("exit %d, want %d\n%s%s", got.exit, wantExit, got.stdout, got.stderr)
	}
	var p svcpath.Paths
	if err := json.Unmarshal([]byte(got.stdout), &p); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s%s", err, got.stdout, got.stderr)
	}
	return &p
}

// leadsTo says whether a node's rules for the Service of nodes-e2e lead to an address. The
// kernel is asked.
func leadsTo(t *testing.T, node, service, address string) bool {
	t.Helper()
	return reached(t, node, "nodes-e2e/"+service)[address]
}

// TestStaleNodeOfMany stops kube-proxy on one node while an endpoint is replaced.
func TestStaleNodeOfMany(t *testing.T) {
	apply(t, byHand("many", "192.0.2.1"))
	for _, node := range []string{workNode, otherNode} {
		eventually(t, 20*time.Second, node+" has the rules", func() bool { return leadsTo(t, node, "many", "192.0.2.1") })
	}
	p := paths(t, 0, "many", "--all-nodes")
	if want := (svcpath.Summary{Nodes: 2, Agree: 2}); p.Summary != want {
		t.Errorf("%+v, want %+v", p.Summary, want)
	}
	thaw := stopProxy(t, workNode)
	apply(t, byHand("many", "192.0.2.2"))
	eventually(t, 20*time.Second, otherNode+" has the new rules", func() bool { return leadsTo(t, otherNode, "many", "192.0.2.2") })
	p = paths(t, 2, "many", "--all-nodes")
	thaw()
	if want := (svcpath.Summary{Nodes: 2, Agree: 1, Differ: 1}); p.Summary != want {
		t.Errorf("%+v, want %+v", p.Summary, want)
	}
	for _, item := range p.Items {
		got, want := codes(item), []string{}
		if item.Node.Name == workNode {
			want = []string{explain.EndpointMissingOnNode, explain.StaleEndpointNoPod}
		}
		if !slices.Equal(errorsOf(item, got), want) {
			t.Errorf("%s: findings %v, want %v", item.Node.Name, got, want)
		}
	}
	eventually(t, 20*time.Second, "the nodes agree again", func() bool { return kk(t, "svcpath", "many", "-n", "nodes-e2e", "--all-nodes").exit == 0 })
}

// errorsOf keeps the codes of errors: whether the Pod of a frozen kube-proxy is still
// ready is its probe's word.
func errorsOf(p *svcpath.Path, list []string) []string {
	return slices.DeleteFunc(list, func(code string) bool {
		return !slices.ContainsFunc(p.Findings, func(f explain.Finding) bool { return f.Code == code && f.Severity == explain.Error })
	})
}

// TestNodesBySelector reads one node of two.
func TestNodesBySelector(t *testing.T) {
	p := paths(t, 0, "kubernetes", "-n", "default", "--nodes", "kubernetes.io/hostname="+otherNode)
	if len(p.Items) != 1 || p.Items[0].Node.Name != otherNode || p.Summary.Agree != 1 {
		t.Errorf("%+v", p)
	}
}

// TestInterruptedNodes sends SIGINT while pods on both nodes are made and read.
func TestInterruptedNodes(t *testing.T) {
	for i := range 5 {
		var stderr bytes.Buffer
		cmd := start(t, &stderr, "svcpath", "kubernetes", "--all-nodes", "--image", "kk-slow:1")
		time.Sleep(time.Duration(i) * 500 * time.Millisecond)
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if code := cmd.ProcessState.ExitCode(); code == 0 || strings.Count(stderr.String(), "\n") > 1 {
			t.Errorf("moment %d: exit %d, stderr %q", i, code, stderr.String())
		}
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

// TestFiftyAtOnce runs svcpath 50 times at once against one cluster.
func TestFiftyAtOnce(t *testing.T) {
	var runs sync.WaitGroup
	failures := make(chan string, 50)
	for i := range 50 {
		runs.Go(func() {
			args := []string{"svcpath", "kubernetes", "--timeout", "2m"}
			if i%10 == 0 {
				args = append(args, "--all-nodes")
			}
			if out, err := exec.Command(os.Getenv("KK_BIN"), args...).CombinedOutput(); err != nil {
				failures <- fmt.Sprintf("%v: %s", err, out)
			}
		})
	}
	runs.Wait()
	close(failures)
	for failure := range failures {
		t.Error(failure)
	}
	eventually(t, 10*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

// TestConnectionsToAGoneEndpoint sends a datagram to a Service, and takes its endpoint away
// while kube-proxy is stopped, which else would delete the entry of it.
func TestConnectionsToAGoneEndpoint(t *testing.T) {
	manifest := func(address string) string {
		udp := strings.Replace(byHand("datagrams", address), "{port: 80}", "{port: 80, protocol: UDP}", 1)
		return strings.Replace(udp, "{port: 8080}", "{port: 8080, protocol: UDP}", 1)
	}
	apply(t, manifest("20.2.35.250"))
	eventually(t, 20*time.Second, workNode+" has the rules", func() bool { return leadsTo(t, workNode, "datagrams", "20.2.35.250") })
	ip := strings.TrimSpace(kubectl(t, "-n", "nodes-e2e", "get", "service", "datagrams", "-o", "jsonpath={.spec.clusterIP}"))
	onNode(t, workNode, "bash", "-c", "echo hello >/dev/udp/"+ip+"/80")
	question := []string{"datagrams", "-n", "nodes-e2e", "--node", workNode, "--conntrack"}
	p := path(t, 0, question...)
	if got := p.Ports[0].Connections; len(got) != 1 || got[0].Endpoint != "20.2.35.250:8080" || got[0].Count != 1 || got[0].Gone {
		t.Errorf("connections %+v, want one to the endpoint", got)
	}
	thaw := stopProxy(t, workNode)
	apply(t, manifest("20.2.35.251"))
	p = path(t, 2, question...)
	thaw()
	if got := find(p, explain.DatagramsToGone); len(got) != 1 || got[0].Args["endpoint"] != "20.2.35.250:8080" || got[0].Args["count"] != "1" {
		t.Errorf("findings %v", p.Findings)
	}
	eventually(t, 30*time.Second, "kube-proxy has deleted the entry", func() bool { return kk(t, append([]string{"svcpath"}, question...)...).exit == 0 })
}
