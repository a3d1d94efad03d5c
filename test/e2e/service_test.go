//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

func itoa(n int) string { return strconv.Itoa(n) }

// service is the manifest of a Service with one port.
func service(name, spec, port string) string {
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: default}\nspec:\n  %s\n  ports: [%s]\n", name, spec, port)
}

// unready is a Pod that never becomes ready.
const unready = `apiVersion: v1
kind: Pod
metadata: {name: unready, namespace: default, labels: {app: unready}}
spec:
  nodeSelector: {kubernetes.io/hostname: k8s-node1}
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: hellok8s:v3
    imagePullPolicy: IfNotPresent
    readinessProbe: {httpGet: {path: /healthz, port: 3999}, periodSeconds: 1}
---
`

// TestWithoutUsableEndpoints makes Services that lead nowhere, each for another reason,
// and asks the kernel too: a connection to each is refused at once.
func TestWithoutUsableEndpoints(t *testing.T) {
	for _, c := range []struct{ name, manifest, code, says string }{
		{"no-match", service("no-match", "selector: {app: nobody}", "{port: 80}"), explain.SelectorMatchesNoPod, "app=nobody"},
		{"none-ready", unready + service("none-ready", "selector: {app: unready}", "{port: 80}"), explain.NoMatchingPodReady, "unready (container web: not ready)"},
		{"wrong-name", service("wrong-name", "selector: {app: hellok8s}", "{port: 80, targetPort: web}"), explain.TargetPortNameMissing, "web"},
		{"by-hand", service("by-hand", "type: ClusterIP", "{port: 80}"), explain.NoSelectorNoSlices, "default/by-hand"},
	} {
		t.Run(c.name, func(t *testing.T) {
			apply(t, c.manifest)
			eventually(t, 20*time.Second, "kube-proxy has the rule", func() bool {
				return refuses(t, workNode, c.name)
			})
			if strings.Contains(c.manifest, "kind: Pod") {
				kubectl(t, "wait", "pod/unready", "--for=jsonpath={.status.phase}=Running", "--timeout=30s")
			}
			p := path(t, 2, c.name)
			got := find(p, c.code)
			if len(got) != 1 || !slices.ContainsFunc(values(got[0].Args), func(v string) bool { return strings.Contains(v, c.says) }) {
				t.Errorf("findings %v; want one %s that says %q", p.Findings, c.code, c.says)
			}
			if len(find(p, explain.NoEndpointsRejected)) != 1 || p.Ports[0].Entries[0].Found != "reject" {
				t.Errorf("findings %v, found %q; want that it is refused", codes(p), p.Ports[0].Entries[0].Found)
			}
			dial := run(t, nil, "nsenter", "--net=/run/netns/"+workNode, "--", "curl", "-sS", "--max-time", "5", "http://"+p.Service.ClusterIPs[0])
			if dial.exit != 7 {
				t.Errorf("curl exit %d (%s), want 7: connection refused", dial.exit, dial.stderr)
			}
		})
	}
}

func values(m map[string]string) []string {
	var out []string
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// TestTypesWithoutRules are the types whose path is not in any rule.
func TestTypesWithoutRules(t *testing.T) {
	for service, code := range map[string]string{
		"service-hellok8s-headless":     explain.HeadlessNoRules,
		"service-hellok8s-externalname": explain.ExternalNameNoRules,
	} {
		p := path(t, 0, service)
		if len(find(p, code)) != 1 || p.Agreement != "no rules" {
			t.Errorf("%s: findings %v, agreement %q", service, codes(p), p.Agreement)
		}
		for _, port := range p.Ports {
			for _, e := range port.Entries {
				if len(e.Steps) != 0 {
					t.Errorf("%s: rules %v were invented", service, e.Steps)
				}
			}
		}
	}
}

// TestSharesOfThree compares shares with thirds, and affinity with one rule each.
func TestSharesOfThree(t *testing.T) {
	scale(t, 3)
	t.Cleanup(func() { scale(t, 2) })
	apply(t, service("sticky", "selector: {app: hellok8s}\n  sessionAffinity: ClientIP", "{port: 3000}"))
	for _, name := range []string{clusterIPService, "sticky"} {
		upToDate(t, workNode, name)
		p := path(t, 0, name, "--node", workNode)
		n := 0
		for _, s := range flat(p.Ports[0].Entries[0].Steps) {
			if chooses(s) {
				n++
				if s.Share < 0.33333 || s.Share > 0.33334 {
					t.Errorf("%s: share %v of %s, want a third", name, s.Share, s.Target)
				}
			}
		}
		if n != 3 {
			t.Errorf("%s: %d rules for endpoints, want 3", name, n)
		}
	}
}

// TestPorts asks for ports by name and by number, as kubectl lists them.
func TestPorts(t *testing.T) {
	all := path(t, 0, "kube-dns", "-n", "kube-system")
	if len(all.Ports) != 3 {
		t.Errorf("%d ports, want 3", len(all.Ports))
	}
	for asked, want := range map[string]int32{"dns-tcp": 53, "9153": 9153} {
		p := path(t, 0, "svc/kube-dns", "-n", "kube-system", "--port", asked)
		if len(p.Ports) != 1 || p.Ports[0].Number != want {
			t.Errorf("--port %s: ports %v", asked, p.Ports)
		}
	}
	if p := path(t, 0, "service", "kube-dns", "-n", "kube-system", "--port", "53"); len(p.Ports) != 2 {
		t.Errorf("--port 53 is %d ports, want the one of UDP and the one of TCP", len(p.Ports))
	}
}
