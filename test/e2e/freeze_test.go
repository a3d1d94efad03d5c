//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const deployment = "deployment/hellok8s-go-http"

// TestFrozenKubeProxy stops the process of kube-proxy on one node while Pods come and go.
func TestFrozenKubeProxy(t *testing.T) {
	before := podAddresses(t)
	if len(before) != 2 {
		t.Fatalf("the Deployment has the addresses %v, not two", before)
	}
	thaw := freeze(t, workNode)
	t.Cleanup(func() { scale(t, 2) })

	scale(t, 4)
	added := without(podAddresses(t), before)
	p := path(t, 2, clusterIPService, "--node", workNode)
	if got := endpointsOf(p, explain.EndpointMissingOnNode); !slices.Equal(got, added) {
		t.Errorf("reported missing %v, want %v (findings %v)", got, added, codes(p))
	}
	upToDate(t, otherNode, clusterIPService)
	agrees(t, path(t, 0, clusterIPService, "--node", otherNode), 4)

	scale(t, 1)
	kept := podAddresses(t)
	gone := without(before, kept)
	p = path(t, 2, clusterIPService, "--node", workNode)
	if got := endpointsOf(p, explain.StaleEndpointNoPod); !slices.Equal(got, gone) {
		t.Errorf("reported stale %v, want %v (findings %v)", got, gone, codes(p))
	}
	missing := without(kept, before)
	if got := endpointsOf(p, explain.EndpointMissingOnNode); !slices.Equal(got, missing) {
		t.Errorf("reported missing %v, want %v", got, missing)
	}
	upToDate(t, otherNode, clusterIPService)
	agrees(t, path(t, 0, clusterIPService, "--node", otherNode), 1)

	thaw()
	eventually(t, 30*time.Second, "the node agrees again, and its kube-proxy is ready", func() bool {
		got := kk(t, "svcpath", clusterIPService, "--node", workNode)
		return got.exit == 0 && !strings.Contains(got.stdout, explain.KubeProxyNotRunning)
	})
	agrees(t, path(t, 0, clusterIPService, "--node", workNode), 1)
}

// TestStaleEndpointOfLivingPod takes a Pod out of the Service by its label: it lives on.
func TestStaleEndpointOfLivingPod(t *testing.T) {
	thaw := freeze(t, workNode)
	pod := strings.Fields(kubectl(t, "get", "pods", "-l", "app=hellok8s", "-o", "jsonpath={.items[0].metadata.name} {.items[0].status.podIP}"))
	t.Cleanup(func() { kubectl(t, "delete", "pod", pod[0], "--wait=true") })
	kubectl(t, "label", "pod", pod[0], "app=taken-out", "--overwrite")
	listed(t, 2)
	p := path(t, 2, clusterIPService, "--node", workNode)
	stale := find(p, explain.StaleEndpointPod)
	if len(stale) != 1 || stale[0].Args["endpoint"] != pod[1]+":3000" || stale[0].Args["pod"] != "default/"+pod[0] {
		t.Errorf("stale endpoints %v, want %s of %s", stale, pod[1], pod[0])
	}
	thaw()
	eventually(t, 30*time.Second, "the node agrees again", func() bool {
		return kk(t, "svcpath", clusterIPService, "--node", workNode).exit == 0
	})
}

// TestServiceThatTheNodeDoesNotKnow creates a Service while kube-proxy is frozen.
func TestServiceThatTheNodeDoesNotKnow(t *testing.T) {
	thaw := freeze(t, workNode)
	defer thaw()
	apply(t, service("unknown-to-node", "selector: {app: hellok8s}", "{port: 3000}"))
	eventually(t, 10*time.Second, "the Service has endpoints", func() bool {
		return strings.Contains(kubectl(t, "get", "endpointslices", "-l", "kubernetes.io/service-name=unknown-to-node", "-o", "jsonpath={.items[*].endpoints[*].addresses}"), "20.2.")
	})
	p := path(t, 2, "unknown-to-node", "--node", workNode)
	absent := find(p, explain.RulesAbsent)
	if len(absent) != 1 || !strings.HasPrefix(absent[0].Args["proxy"], "kube-system/kube-proxy-") {
		t.Errorf("findings %v, want %s with the state of kube-proxy's Pod", p.Findings, explain.RulesAbsent)
	}
	upToDate(t, otherNode, "unknown-to-node")
	agrees(t, path(t, 0, "unknown-to-node", "--node", otherNode), 2)
}

// TestTrafficPolicyThatTheNodeDoesNotKnow changes a Service while kube-proxy is frozen:
// connections go on as before, which a connection proves.
func TestTrafficPolicyThatTheNodeDoesNotKnow(t *testing.T) {
	apply(t, service("policy", "selector: {app: hellok8s}", "{port: 3000}"))
	upToDate(t, workNode, "policy")
	thaw := freeze(t, workNode)
	kubectl(t, "patch", "service", "policy", "-p", `{"spec":{"internalTrafficPolicy":"Local"}}`)
	p := path(t, 2, "policy", "--node", workNode)
	if got := codes(p); !slices.Equal(got, []string{explain.AnotherWay}) {
		t.Errorf("findings %v, want %s", got, explain.AnotherWay)
	}
	send(t, "http://"+p.Service.ClusterIPs[0]+":3000/", fromNode(t, workNode))
	thaw()
	eventually(t, 20*time.Second, "the node agrees again", func() bool { return kk(t, "svcpath", "policy", "--node", workNode).exit == 0 })
}

// freeze stops kube-proxy's process on a node whose rules are up to date. It goes on when
// the returned function is called, and at the latest when the test ends.
func freeze(t *testing.T, node string) (thaw func()) {
	t.Helper()
	upToDate(t, node, clusterIPService)
	return stopProxy(t, node)
}

func stopProxy(t *testing.T, node string) (thaw func()) {
	t.Helper()
	pids := processesOn(t, node, "kube-proxy")
	if len(pids) != 1 {
		t.Fatalf("%d processes of kube-proxy on %s", len(pids), node)
	}
	if err := syscall.Kill(pids[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	thaw = func() { _ = syscall.Kill(pids[0], syscall.SIGCONT) }
	t.Cleanup(func() {
		thaw()
		kubectl(t, "-n", "kube-system", "rollout", "status", "daemonset/kube-proxy", "--timeout=60s")
	})
	return thaw
}

// upToDate returns when the rules of a node for a Service lead to exactly the Pods that
// there are. The kernel is asked.
func upToDate(t *testing.T, node, service string) {
	t.Helper()
	eventually(t, 30*time.Second, node+" has the rules of "+service+" for all Pods", func() bool {
		have, pods := reached(t, node, "default/"+service), podAddresses(t)
		return len(have) == len(pods) && !slices.ContainsFunc(pods, func(address string) bool { return !have[address] })
	})
}

// scale brings the Deployment to a number of Pods and waits until the API lists
// exactly those as endpoints.
func scale(t *testing.T, replicas int) {
	t.Helper()
	kubectl(t, "scale", deployment, "--replicas="+itoa(replicas))
	listed(t, replicas)
}

// listed returns when the Deployment has as many Pods as it should, and the API lists
// exactly those as endpoints.
func listed(t *testing.T, replicas int) {
	t.Helper()
	kubectl(t, "rollout", "status", deployment, "--timeout=90s")
	eventually(t, 30*time.Second, "as many Pods and endpoints as asked for", func() bool {
		listed := strings.Fields(kubectl(t, "get", "endpointslices", "-l", "kubernetes.io/service-name="+clusterIPService, "-o", "jsonpath={.items[*].endpoints[*].addresses[0]}"))
		slices.Sort(listed)
		pods := podAddresses(t)
		return len(pods) == replicas && slices.Equal(pods, listed)
	})
}

func podAddresses(t *testing.T) []string {
	t.Helper()
	out := strings.Fields(kubectl(t, "get", "pods", "-l", "app=hellok8s", "-o", "jsonpath={.items[*].status.podIP}"))
	slices.Sort(out)
	return out
}

func without(list, drop []string) []string {
	out := []string{}
	for _, item := range list {
		if !slices.Contains(drop, item) {
			out = append(out, item)
		}
	}
	return out
}

// endpointsOf are the addresses that findings of a code are about.
func endpointsOf(p *svcpath.Path, code string) []string {
	out := []string{}
	for _, f := range find(p, code) {
		out = append(out, strings.TrimSuffix(f.Args["endpoint"], ":3000"))
	}
	slices.Sort(out)
	return out
}

func agrees(t *testing.T, p *svcpath.Path, endpoints int) {
	t.Helper()
	if p.Agreement != svcpath.Agrees || len(p.Findings) != 0 {
		t.Errorf("agreement %q, findings %v; want none", p.Agreement, codes(p))
	}
	for _, port := range p.Ports {
		onNode := 0
		for _, e := range port.Endpoints {
			if e.OnNode != nil && *e.OnNode {
				onNode++
			}
		}
		if onNode != endpoints {
			t.Errorf("%d endpoints on the node, want %d", onNode, endpoints)
		}
	}
}
