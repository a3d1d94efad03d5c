//go:build e2e

package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// wrongTargets are slices by hand: of a Pod that does not exist, of one that has another
// address, and a right one.
const wrongTargets = `
{apiVersion: v1, kind: Namespace, metadata: {name: live-targets}}
---
apiVersion: v1
kind: Pod
metadata: {name: real, namespace: live-targets}
spec: {nodeName: k8s-node1, terminationGracePeriodSeconds: 0, containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]}
---
{apiVersion: v1, kind: Service, metadata: {name: ghost, namespace: live-targets}, spec: {ports: [{port: 3000}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: moved, namespace: live-targets}, spec: {ports: [{port: 3000}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: right, namespace: live-targets}, spec: {ports: [{port: 3000}]}}
`

const wrongTargetSlice = `
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: NAME-1, namespace: live-targets, labels: {kubernetes.io/service-name: NAME}}, addressType: IPv4, ports: [{port: 3000}],
 endpoints: [{addresses: [ADDRESS], nodeName: k8s-node1, targetRef: {kind: Pod, namespace: live-targets, name: TARGET}}]}
`

// TestSliceNamesTheWrongPod: kube-proxy goes by the address alone, which a connection shows,
// and svcpath says that the Pod which is named does not have it.
func TestSliceNamesTheWrongPod(t *testing.T) {
	apply(t, wrongTargets)
	kubectl(t, "wait", "-n", "live-targets", "--for=condition=Ready", "pod/real", "--timeout=60s")
	address := podIPs(t, "live-targets", "real")[0]
	for name, c := range map[string]struct{ address, target, reason string }{
		"ghost": {address, "nobody", "nobody: there is no such Pod"},
		"moved": {"198.18.0.9", "real", "real: the Pod has " + strings.Join(podIPs(t, "live-targets", "real"), ", ")},
		"right": {address, "real", ""},
	} {
		t.Run(name, func(t *testing.T) {
			apply(t, strings.NewReplacer("NAME", name, "ADDRESS", c.address, "TARGET", c.target).Replace(wrongTargetSlice))
			eventually(t, 20*time.Second, "the rules lead to "+c.address, func() bool { return reached(t, workNode, "live-targets/"+name)[c.address] })
			p := path(t, 0, name, "-n", "live-targets", "--node", workNode)
			e, found := p.Ports[0].Endpoints[0], find(p, explain.SliceTargetWrong)
			if c.reason == "" {
				if len(found) != 0 || e.Pod != "live-targets/real" || e.Target != "" {
					t.Errorf("%+v, findings %v", e, p.Findings)
				}
				return
			}
			if len(found) != 1 || found[0].Args["reason"] != c.reason || e.Target != c.target {
				t.Errorf("%+v, findings %v; want %s", e, p.Findings, c.reason)
			}
			if name == "ghost" && !strings.Contains(onNode(t, workNode, "curl", "-sS", "--max-time", "5", "http://"+p.Service.ClusterIPs[0]+":3000/"), "From host: real") {
				t.Error("no answer through the Service")
			}
		})
	}
}
