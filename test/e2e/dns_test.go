//go:build e2e

package e2e

import (
	gocmp "cmp"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// resolution runs dns and returns its answer.
func resolution(t *testing.T, wantExit int, args ...string) *dns.Resolution {
	t.Helper()
	got := kk(t, append([]string{"dns", "-o", "json"}, args...)...)
	var r dns.Resolution
	if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.exit != wantExit {
		t.Fatalf("exit %d, want %d, %v\n%s%s", got.exit, wantExit, err, got.stdout, got.stderr)
	}
	return &r
}

var logged = regexp.MustCompile(`(?m)^(\S+) \[INFO\] \[?([0-9a-f.:]+?)\]?:\d+ - \d+ "(A|AAAA) IN (\S+)\. .*" (\w+) `)

// queriesFrom are the queries of an address in the log of the DNS server, in the order in
// which they were answered: name, type and code.
func queriesFrom(t *testing.T, address string) []string {
	t.Helper()
	log := kubectl(t, "-n", "kube-system", "logs", "-l", "k8s-app=kube-dns", "--timestamps", "--tail=-1", "--prefix=false")
	var lines [][]string
	for _, m := range logged.FindAllStringSubmatch(log, -1) {
		// The server itself looks up what an ExternalName stands for, and logs that as a query.
		if m[2] == address && !strings.HasPrefix(m[4], "example.com") {
			lines = append(lines, m)
		}
	}
	slices.SortFunc(lines, func(a, b []string) int { return strings.Compare(a[1], b[1]) })
	var out []string
	for _, m := range lines {
		out = append(out, m[4]+" "+m[3]+" "+m[5])
	}
	return out
}

// predicted are the queries of a lookup in the same form; where nothing is known of a
// name, its code is "?".
func predicted(l dns.Lookup) []string {
	codes := map[string]string{"addresses": "NOERROR", "no data": "NOERROR", "NXDOMAIN": "NXDOMAIN", "": "?"}
	var out []string
	for _, round := range l.Rounds {
		for _, q := range round.Queries {
			out = append(out, round.Name+" "+q.Type+" "+codes[q.Reply])
		}
	}
	return out
}

// lookups are names of every kind: a Service, one in another namespace, one as headless, of
// another type, absent, complete, outside.
var lookups = []string{
	"hellok8s", "hellok8s.default", "hellok8s.default.svc", "hellok8s.default.svc.cluster.local", "hellok8s.default.svc.cluster.local.",
	"kube-dns.kube-system", "kube-dns.kube-system.svc", "service-hellok8s-headless", "absent", "absent.kube-system", "absent.absent",
	"www.example.com", "outside.example.", "service-hellok8s-externalname", "kubernetes",
}

// dnsPods are Pods whose resolv.conf differ. Their names sort as they are asked.
func dnsPods() map[string]func(*corev1.PodSpec) {
	ndots := "2"
	return map[string]func(*corev1.PodSpec){
		"kk-dns-first": func(*corev1.PodSpec) {},
		"kk-dns-none": func(s *corev1.PodSpec) {
			s.DNSPolicy = corev1.DNSNone
			s.DNSConfig = &corev1.PodDNSConfig{
				Nameservers: []string{"20.1.0.10"}, Searches: []string{"svc.cluster.local", "cluster.local"},
				Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &ndots}},
			}
		},
		"kk-dns-default": func(s *corev1.PodSpec) { s.DNSPolicy = corev1.DNSDefault },
		"kk-dns-options": func(s *corev1.PodSpec) {
			s.DNSConfig = &corev1.PodDNSConfig{Options: []corev1.PodDNSConfigOption{{Name: "ndots", Value: &ndots}}}
		},
	}
}

// TestDNSQueries has glibc look names up in Pods, and holds the queries that arrived at the
// DNS servers to those that were predicted, in order, with the codes that are known.
func TestDNSQueries(t *testing.T) {
	// Of two servers' logs the order among each other cannot be told.
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
	cells := 0
	for name, set := range dnsPods() {
		pod := withUses(nil, nil)
		pod.Name, pod.Namespace = name, "default"
		pod.Spec.Volumes, pod.Spec.Containers[0].VolumeMounts = nil, nil
		set(&pod.Spec)
		running(t, pod)
		address := kubectl(t, "get", "pod", name, "-o", "jsonpath={.status.podIP}")
		for _, looked := range lookups {
			r := resolution(t, 0, name, looked)
			if r.LibcAssumed || r.Config.Libc != dns.Glibc {
				t.Fatalf("%s: %s, assumed %v", name, r.Config.Libc, r.LibcAssumed)
			}
			before := len(queriesFrom(t, address))
			// glibc's own words are not of interest: whether it found something is in the log.
			kubectl(t, "exec", name, "--", "sh", "-c", "getent ahosts "+looked+" || :")
			want := predicted(r.Lookups[0])
			var got []string
			eventually(t, 10*second, fmt.Sprintf("the log holds %d queries for %s of %s, %v, and not %v", len(want), looked, name, want, got), func() bool {
				last := len(got)
				got = queriesFrom(t, address)[before:]
				return len(got) >= len(want)-unknownRounds(r.Lookups[0]) && len(got) == last
			})
			cells++
			compare(t, name+" "+looked, want, got, r.Lookups[0].Result != "")
		}
	}
	t.Logf("%d lookups", cells)
	if cells != len(lookups)*len(dnsPods()) {
		t.Errorf("%d lookups", cells)
	}
}

// unknownRounds are the queries that are sent only if names of which nothing is known do
// not exist.
func unknownRounds(l dns.Lookup) int {
	if l.Result != "" {
		return 0
	}
	n := 0
	for i, round := range l.Rounds {
		if round.Reply == "" {
			for _, later := range l.Rounds[i+1:] {
				n += len(later.Queries)
			}
			break
		}
	}
	return n
}

// compare holds what arrived to what was predicted. Where the end depends on a name of
// which nothing is known, the lookup may end there, and not earlier or otherwise.
func compare(t *testing.T, what string, want, got []string, sure bool) {
	t.Helper()
	if !sure {
		want = want[:min(len(want), len(got))]
	}
	// The two queries of a name are sent together, and logged when each is answered: the
	// second one's line may come after the next name's first.
	first := map[string]int{}
	for i, query := range got {
		name, _, _ := strings.Cut(query, " ")
		if _, seen := first[name]; !seen {
			first[name] = i
		}
	}
	got = slices.Clone(got)
	slices.SortStableFunc(got, func(x, y string) int {
		a, kindA, _ := strings.Cut(x, " ")
		b, kindB, _ := strings.Cut(y, " ")
		return gocmp.Or(first[a]-first[b], gocmp.Compare(kindA, kindB))
	})
	for i := range want {
		if strings.HasSuffix(want[i], "?") && i < len(got) {
			want[i] = strings.TrimSuffix(want[i], "?") + got[i][strings.LastIndex(got[i], " ")+1:]
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-predicted +arrived):\n%s", what, diff)
	}
}
