//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// resolution runs dns and returns its answer.
func resolution(t *testing.T, wantExit int, args ...string) *dns.Resolution {
	t.Helper()
	return resolutionFrom(t, wantExit, kk(t, append([]string{"dns", "-o", "json"}, args...)...))
}

func resolutionFrom(t *testing.T, wantExit int, got result) *dns.Resolution {
	t.Helper()
	var r dns.Resolution
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.exit != wantExit {
		t.Fatalf("exit %d, want %d, %v\n%s%s", got.exit, wantExit, err, got.stdout, got.stderr)
	}
	return &r
}

// dnsCodes are the findings of an answer.
func dnsCodes(r *dns.Resolution) []string {
	out := []string{}
	for _, f := range r.Findings {
		out = append(out, f.Code)
	}
	return out
}

// predicted are the queries of a lookup in the same form.
func predicted(l dns.Lookup) []string {
	codes := map[string]string{"addresses": "NOERROR", "no data": "NOERROR", "alias": "NOERROR", "NXDOMAIN": "NXDOMAIN", "SERVFAIL": "SERVFAIL"}
	var out []string
	for _, round := range l.Rounds {
		for _, q := range round.Queries {
			out = append(out, round.Name+" "+q.Type+" "+codes[q.Reply])
		}
	}
	return out
}

// lookups are names of every kind: a Service, one in another namespace, by three and by
// all of its labels, headless, ExternalName, a Pod of a StatefulSet, outside, absent,
// without data, with a failing server.
var lookups = []string{
	"hellok8s", "kube-dns.kube-system", "kube-dns.kube-system.svc", "hellok8s.default.svc.cluster.local", "service-hellok8s-headless",
	"service-hellok8s-externalname", "kk-sts-0.kk-sts", "www.example.com", "absent", "x.empty.test", "x.broken.test",
}

// looker is a resolver and how to have it look names up, with a name between each two that
// separates them in the log.
type looker struct {
	image string
	argv  func(names []string) []string
}

var lookers = map[dns.Libc]looker{
	dns.Glibc: {"curl:1", func(names []string) []string {
		return []string{"sh", "-c", "for n in " + strings.Join(names, " ") + "; do getent ahosts $n; done; :"}
	}},
	dns.Musl: {"kk-musl:1", func(names []string) []string { return append([]string{"/lookup"}, names...) }},
	dns.Go:   {"kk-go:1", func(names []string) []string { return append([]string{"/lookup"}, names...) }},
}

// policies are the ways to get a resolv.conf.
var policies = map[string]func(*corev1.PodSpec){
	"first": func(*corev1.PodSpec) {},
	"none": func(s *corev1.PodSpec) {
		ndots := "2"
		s.DNSPolicy = corev1.DNSNone
		s.DNSConfig = &corev1.PodDNSConfig{
			Nameservers: []string{"20.1.0.10"}, Searches: []string{"svc.cluster.local", "cluster.local"},
			Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &ndots}},
		}
	},
	"host": func(s *corev1.PodSpec) {
		s.HostNetwork, s.DNSPolicy = true, corev1.DNSClusterFirstWithHostNet
	},
	"default": func(s *corev1.PodSpec) { s.DNSPolicy = corev1.DNSDefault },
	// Variables by which glibc overrides the file.
	"env": func(s *corev1.PodSpec) {
		s.Containers[0].Env = []corev1.EnvVar{{Name: "RES_OPTIONS", Value: "ndots:1"}, {Name: "LOCALDOMAIN", Value: "kube-system.svc.cluster.local default.svc.cluster.local"}}
	},
	// A host name whose domain glibc and Go search.
	"fqdn": func(s *corev1.PodSpec) {
		yes := true
		s.DNSPolicy, s.DNSConfig = corev1.DNSNone, &corev1.PodDNSConfig{Nameservers: []string{"20.1.0.10"}}
		s.SetHostnameAsFQDN, s.Subdomain = &yes, "sub"
	},
}

const statefulSet = `
apiVersion: v1
kind: Service
metadata: {name: kk-sts, namespace: default}
spec: {clusterIP: None, selector: {app: kk-sts}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: kk-sts, namespace: default}
spec:
  serviceName: kk-sts
  selector: {matchLabels: {app: kk-sts}}
  template:
    metadata: {labels: {app: kk-sts}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: app, image: "curl:1", imagePullPolicy: IfNotPresent}]
`

// oneDNSServer leaves one: of two servers' logs the order among each other cannot be told.
func oneDNSServer(t *testing.T) {
	t.Helper()
	kubectl(t, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=1")
	t.Cleanup(func() {
		kubectl(t, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=2")
		kubectl(t, "-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s")
	})
	eventually(t, 60*second, "one DNS server is left", func() bool {
		return strings.Count(kubectl(t, "-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", "name"), "pod/") == 1
	})
	for _, node := range []string{workNode, otherNode} {
		eventually(t, 30*second, node+" sends queries to that one", func() bool {
			return strings.Count(onNode(t, node, "iptables-save", "-t", "nat"), `"kube-system/kube-dns:dns -> `) == 1
		})
	}
}

// TestDNSQueries has each resolver look names up in Pods of each policy, and holds the
// queries that arrived at the DNS server to those that were predicted, in order, with
// their codes. Which resolver it is, kk finds out.
func TestDNSQueries(t *testing.T) {
	apply(t, statefulSet)
	kubectl(t, "rollout", "status", "statefulset/kk-sts", "--timeout=60s")
	oneDNSServer(t)
	cells := 0
	for libc, looker := range lookers {
		for policy, set := range policies {
			name := "kk-dns-" + policy + "-" + string(libc)
			pod := withUses(nil, nil)
			pod.Name, pod.Namespace = name, "default"
			pod.Spec.Volumes, pod.Spec.Containers[0].VolumeMounts = nil, nil
			pod.Spec.Containers[0].Image = looker.image
			pod.Spec.NodeName = workNode
			set(&pod.Spec)
			running(t, pod)
			r := resolution(t, 2, append([]string{name, "--live"}, lookups...)...)
			if r.LibcAssumed || r.Config.Libc != libc {
				t.Fatalf("%s: %s, assumed %v: %s", name, r.Config.Libc, r.LibcAssumed, r.LibcBecause)
			}
			for _, f := range r.Findings {
				if f.Code >= "KK-DNS-161" {
					t.Errorf("%s: %s %v: the DNS server does not do what was predicted", name, f.Code, f.Args)
				}
			}
			for _, l := range r.Lookups {
				for _, round := range l.Rounds {
					if round.Means.Kind == dns.MeansService && len(round.Aliases) == 0 && round.Queries[0].Predicted == "" {
						t.Errorf("%s: of %s the API tells nothing", name, round.Name)
					}
				}
			}
			cells += len(lookups)
			queriesAsPredicted(t, name, libc, looker, r)
		}
	}
	t.Logf("%d lookups", cells)
	if want := len(lookups) * len(lookers) * len(policies); cells != want || want < 60 {
		t.Errorf("%d lookups", cells)
	}
}
