//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const bigSpace = "fld-big"

// TestFieldsManyEndpoints makes a Service of 1,100 endpoints: more than 1,000 in the cluster
// have kube-proxy leave out the comments of endpoints' rules. It follows that one, and a
// small one beside it through packets.
func TestFieldsManyEndpoints(t *testing.T) {
	const slices, each = 11, 100
	var manifest strings.Builder
	fmt.Fprintf(&manifest, "apiVersion: v1\nkind: Namespace\nmetadata: {name: %s}\n---\n", bigSpace)
	fmt.Fprintf(&manifest, "apiVersion: v1\nkind: Service\nmetadata: {name: big, namespace: %s}\nspec: {ports: [{port: 80}]}\n---\n", bigSpace)
	for i := range slices {
		var endpoints []string
		for j := range each {
			endpoints = append(endpoints, fmt.Sprintf("{addresses: [198.18.%d.%d]}", i, j+1))
		}
		fmt.Fprintf(&manifest, "apiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: big-%d, namespace: %s, labels: {kubernetes.io/service-name: big}}\naddressType: IPv4\nports: [{port: 80}]\nendpoints: [%s]\n---\n",
			i, bigSpace, strings.Join(endpoints, ", "))
	}
	apply(t, manifest.String())
	eventually(t, 60*time.Second, "the node has all endpoints", func() bool {
		if inNFTables(t) {
			return strings.Count(onNode(t, workNode, "nft", "list", "table", "ip", "kube-proxy"), " : 198.18.") == slices*each
		}
		return strings.Count(onNode(t, workNode, "iptables-save", "-t", "nat"), "--to-destination 198.18.") == slices*each
	})
	start := time.Now()
	p := path(t, 0, "big", "-n", bigSpace, "--node", workNode)
	t.Logf("svcpath took %s", time.Since(start))
	if n := len(p.Ports[0].Endpoints); p.Agreement != svcpath.Agrees || n != slices*each {
		t.Errorf("%s with %d endpoints, findings %v", p.Agreement, n, p.Findings)
	}
	for _, s := range fieldsSteps(p) {
		if strings.HasPrefix(s.Target, "KUBE-SEP-") && strings.Contains(s.Rule, "--comment") {
			t.Fatalf("the rule has a comment, so this proves nothing: %s", s.Rule)
		}
	}
	target := strings.TrimSpace(kubectl(t, "get", "pods", "-l", "app=hellok8s", "-o", "jsonpath={.items[0].status.podIP}"))
	apply(t, fmt.Sprintf(`{apiVersion: v1, kind: Service, metadata: {name: small, namespace: %s}, spec: {sessionAffinity: ClientIP, ports: [{port: 3000}]}}
---
{apiVersion: discovery.k8s.io/v1, kind: EndpointSlice, metadata: {name: small, namespace: %s, labels: {kubernetes.io/service-name: small}}, addressType: IPv4, ports: [{port: 3000}], endpoints: [{addresses: [%s]}]}
`, bigSpace, bigSpace, target))
	eventually(t, 20*time.Second, "the node has the small one", func() bool {
		if inNFTables(t) {
			return strings.Contains(onNode(t, workNode, "nft", "list", "table", "ip", "kube-proxy"), "-"+bigSpace+"/small/tcp/,") || strings.Contains(onNode(t, workNode, "nft", "list", "table", "ip", "kube-proxy"), "-"+bigSpace+"/small/tcp/ }")
		}
		return strings.Contains(onNode(t, workNode, "iptables-save", "-t", "nat"), bigSpace+"/small cluster IP")
	})
	small := path(t, 0, "small", "-n", bigSpace, "--node", workNode)
	from := fieldsNode(t)
	fieldsCompare(t, small, small.Ports[0], small.Ports[0].Entries[0], from, fieldsWalks(t, "small", bigSpace, from))
}

// TestFieldsLastResort deletes the only Pod of a Service, which takes its time: it goes on
// serving, and is used because nothing else is there.
func TestFieldsLastResort(t *testing.T) {
	apply(t, `apiVersion: v1
kind: Namespace
metadata: {name: fld-last}
---
apiVersion: v1
kind: Pod
metadata: {name: leaving, namespace: fld-last, labels: {app: leaving}}
spec:
  nodeName: k8s-node1
  terminationGracePeriodSeconds: 40
  containers:
  - {name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent, lifecycle: {preStop: {sleep: {seconds: 30}}}}
---
{apiVersion: v1, kind: Service, metadata: {name: last, namespace: fld-last}, spec: {selector: {app: leaving}, ports: [{port: 3000}]}}
`)
	t.Cleanup(func() {
		kubectl(t, "delete", "pod", "-n", "fld-last", "leaving", "--force", "--grace-period=0", "--ignore-not-found")
	})
	kubectl(t, "wait", "-n", "fld-last", "--for=condition=Ready", "pod/leaving", "--timeout=60s")
	kubectl(t, "delete", "pod", "-n", "fld-last", "leaving", "--wait=false")
	ends := regexp.MustCompile(`"terminating":true`)
	eventually(t, 15*time.Second, "the slice says that it ends", func() bool {
		return ends.MatchString(kubectl(t, "get", "endpointslices", "-n", "fld-last", "-o", "jsonpath={.items[*].endpoints[*].conditions}"))
	})
	from := fieldsNode(t)
	p := path(t, 0, "last", "-n", "fld-last", "--node", workNode)
	if len(find(p, explain.OnlyTerminating)) != 1 || p.Ports[0].Endpoints[0].State != "serving, terminating" {
		t.Errorf("findings %v, endpoints %+v", codes(p), p.Ports[0].Endpoints)
	}
	fieldsCompare(t, p, p.Ports[0], p.Ports[0].Entries[0], from, fieldsWalks(t, "last", "fld-last", from))
}
