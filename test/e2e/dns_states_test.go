//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kubectl-kk/kubectl-kk/pkg/dns"

	corev1 "k8s.io/api/core/v1"
)

// dnsPod is a Pod that sleeps in an image.
func dnsPod(name, image string, set func(*corev1.PodSpec)) *corev1.Pod {
	pod := withUses(nil, nil)
	pod.Name, pod.Namespace = name, "default"
	pod.Spec.Volumes, pod.Spec.Containers[0].VolumeMounts = nil, nil
	pod.Spec.Containers[0].Image = image
	if set != nil {
		set(&pod.Spec)
	}
	return pod
}

// TestDNSServiceWithoutPods takes all DNS Pods away: glibc is refused, as kk says, and a
// query from the Pod's network gets no reply.
func TestDNSServiceWithoutPods(t *testing.T) {
	kubectl(t, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=0")
	t.Cleanup(func() {
		kubectl(t, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=2")
		kubectl(t, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s")
	})
	eventually(t, 60*second, "no DNS server is left", func() bool {
		return !strings.Contains(onNode(t, workNode, "iptables-save", "-t", "nat"), `"kube-system/kube-dns:dns -> `)
	})
	r := resolution(t, 2, "curl", "hellok8s")
	if diff := cmp.Diff([]string{"KK-DNS-129", "KK-DNS-151"}, dnsCodes(r)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	if l := r.Lookups[0]; l.Rounds[0].Reply != "unreachable" || l.Seconds != 0 {
		t.Errorf("%+v", l)
	}
	got := run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "exec", "curl", "--", "getent", "ahosts", "hellok8s")
	if got.exit == 0 {
		t.Errorf("getent finds %s", got.stdout)
	}
	r = resolution(t, 2, "curl", "hellok8s", "--live")
	if !slices.Contains(dnsCodes(r), "KK-DNS-163") || r.Lookups[0].Rounds[0].Queries[0].Live.Failure != "unreachable" {
		t.Errorf("%v, %+v", dnsCodes(r), r.Lookups[0].Rounds)
	}
}

const dnsTraps = `
apiVersion: v1
kind: Namespace
metadata: {name: kk-dns-two}
---
apiVersion: v1
kind: Service
metadata: {name: kk-sts-0, namespace: kk-dns-two}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: only-there, namespace: kk-dns-two}
spec: {ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: kk-address, namespace: default}
spec: {type: ExternalName, externalName: 192.0.2.7}
---
apiVersion: v1
kind: Service
metadata: {name: kk-self, namespace: default}
spec: {type: ExternalName, externalName: kk-self.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: kk-nowhere, namespace: default}
spec: {type: ExternalName, externalName: absent.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: kk-chain, namespace: default}
spec: {type: ExternalName, externalName: kk-link.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: kk-link, namespace: default}
spec: {type: ExternalName, externalName: hellok8s.default.svc.cluster.local}
---
apiVersion: v1
kind: Service
metadata: {name: kk-empty, namespace: default}
spec: {clusterIP: None, selector: {app: nobody}, ports: [{port: 80}]}
`

// TestDNSTraps: each kind of trap among Services. What CoreDNS itself replies is what was
// predicted from the API, for each name.
func TestDNSTraps(t *testing.T) {
	apply(t, dnsTraps)
	apply(t, strings.ReplaceAll(statefulSet, "kk-sts", "kk-dns-two"))
	kubectl(t, "rollout", "status", "statefulset/kk-dns-two", "--timeout=60s")
	pod := strings.TrimSpace(kubectl(t, "get", "pod", "kk-dns-two-0", "-o", "jsonpath={.status.podIP}"))
	for name, want := range map[string]struct {
		codes  string
		result string
	}{
		"HelloK8s":                {"", "found"},
		"kk-address":              {"KK-DNS-128 KK-DNS-131", "not found"},
		"kk-self":                 {"KK-DNS-128 KK-DNS-132", "no address"},
		"kk-nowhere":              {"KK-DNS-128 KK-DNS-132", "no address"},
		"kk-chain":                {"", "found"},
		"kk-empty":                {"KK-DNS-128", "not found"},
		"only-there":              {"KK-DNS-128 KK-DNS-133", "not found"},
		"curl":                    {"KK-DNS-134", "found"},
		"kk-dns-two-0.kk-dns-two": {"", "found"},
		strings.ReplaceAll(pod, ".", "-") + ".kk-dns-two": {"KK-DNS-128", "not found"},
		"kk-sts-0.kk-dns-two":                             {"KK-DNS-127", "found"},
	} {
		r := resolution(t, exitFor(want.result), "curl", name, "--live")
		if got := strings.Join(dnsCodes(r), " "); got != want.codes || r.Lookups[0].Result != want.result {
			t.Errorf("%s: %s, %s; want %s, %s", name, got, r.Lookups[0].Result, want.codes, want.result)
		}
	}
	if diff := cmp.Diff([]string{"kk-link.default.svc.cluster.local", "hellok8s.default.svc.cluster.local"}, resolution(t, 0, "curl", "kk-chain").Lookups[0].Rounds[0].Aliases); diff != "" {
		t.Errorf("aliases (-want +got)\n%s", diff)
	}
}

// TestDNSNameservers: a nameserver that is none of the cluster's, or that no query gets
// to: what the API says of names is no prediction then.
func TestDNSNameservers(t *testing.T) {
	web := strings.TrimSpace(kubectl(t, "get", "service", "hellok8s", "-o", "jsonpath={.spec.clusterIP}"))
	second := "kk-dns-second"
	apply(t, "apiVersion: v1\nkind: Service\nmetadata: {name: "+second+", namespace: kube-system}\nspec: {selector: {k8s-app: kube-dns}, ports: [{port: 53, protocol: UDP}]}\n")
	other := strings.TrimSpace(kubectl(t, "-n", "kube-system", "get", "service", second, "-o", "jsonpath={.spec.clusterIP}"))
	for what, c := range map[string]struct {
		server, result, codes string
		finds                 bool
	}{
		"web":    {web, "try again", "KK-DNS-129 KK-DNS-151 KK-DNS-144", false},
		"node":   {"10.0.2.2", "", "KK-DNS-144", false},
		"second": {other, "found", "", true},
	} {
		name := "kk-dns-server-" + what
		running(t, dnsPod(name, "curl:1", func(s *corev1.PodSpec) {
			timeout := "1"
			s.DNSPolicy = corev1.DNSNone
			s.DNSConfig = &corev1.PodDNSConfig{
				Nameservers: []string{c.server}, Searches: []string{"default.svc.cluster.local", "svc.cluster.local", "cluster.local"},
				Options: []corev1.PodDNSConfigOption{{Name: "timeout", Value: &timeout}},
			}
		}))
		got := kk(t, "dns", name, "hellok8s", "-o", "json")
		var r dns.Resolution
		if err := json.Unmarshal([]byte(got.stdout), &r); err != nil {
			t.Fatalf("%v %s", err, got.stderr)
		}
		if codes := strings.Join(dnsCodes(&r), " "); r.Lookups[0].Result != c.result || codes != c.codes {
			t.Errorf("%s: %q, %s; want %q, %s", what, r.Lookups[0].Result, codes, c.result, c.codes)
		}
		// Until the node's kube-proxy knows the second Service, it takes a moment.
		eventually(t, 30*time.Second, "getent agrees for "+what, func() bool {
			return (run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "exec", name, "--", "getent", "ahosts", "hellok8s").exit == 0) == c.finds
		})
	}
}

func exitFor(result string) int {
	if result == "found" {
		return 0
	}
	return 2
}

// TestDNSAnsweredTwice: two full names of one short one have addresses, and it is said.
func TestDNSAnsweredTwice(t *testing.T) {
	apply(t, dnsTraps)
	apply(t, strings.ReplaceAll(statefulSet, "kk-sts", "kk-dns-two"))
	kubectl(t, "rollout", "status", "statefulset/kk-dns-two", "--timeout=60s")
	kubectl(t, "-n", "kk-dns-two", "create", "service", "clusterip", "kk-dns-two-0", "--tcp=80:80")
	r := resolution(t, 0, "curl", "kk-dns-two-0.kk-dns-two")
	if diff := cmp.Diff([]string{"KK-DNS-130"}, dnsCodes(r)); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
	got := kubectl(t, "exec", "curl", "--", "getent", "hosts", "kk-dns-two-0.kk-dns-two")
	if address := r.Lookups[0].Rounds[0].Addresses[0]; !strings.HasPrefix(got, address+" ") {
		t.Errorf("kk says %s, getent %s", address, got)
	}
}
