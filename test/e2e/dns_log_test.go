//go:build e2e

package e2e

import (
	gocmp "cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

var logged = regexp.MustCompile(`(?m)^(\S+) \[INFO\] \[?([0-9a-f.:]+?)\]?:\d+ - \d+ "(A|AAAA) IN (\S+)\. .*" (\w+) `)

// addressesOf are those that a Pod's queries come from: on the host network any of the
// node's, by the way that they take.
func addressesOf(t *testing.T, pod string) []string {
	t.Helper()
	if kubectl(t, "get", "pod", pod, "-o", "jsonpath={.spec.hostNetwork}") != "true" {
		return []string{kubectl(t, "get", "pod", pod, "-o", "jsonpath={.status.podIP}")}
	}
	var out []string
	for _, line := range strings.Split(strings.TrimSpace(onNode(t, workNode, "ip", "-o", "address")), "\n") {
		address, _, _ := strings.Cut(strings.Fields(line)[3], "/")
		out = append(out, address)
	}
	return out
}

// queriesFrom are the queries of addresses in the log of the DNS server, in the order in
// which they were answered: name, type and code.
func queriesFrom(t *testing.T, addresses []string) []string {
	t.Helper()
	log := kubectl(t, "-n", "kube-system", "logs", "-l", "k8s-app=kube-dns", "--timestamps", "--tail=-1", "--prefix=false")
	var lines [][]string
	for _, m := range logged.FindAllStringSubmatch(log, -1) {
		// The server itself looks up what an ExternalName stands for, and logs that as a query.
		if slices.Contains(addresses, m[2]) && m[4] != "example.com" {
			lines = append(lines, m)
		}
	}
	slices.SortStableFunc(lines, func(a, b []string) int { return strings.Compare(a[1], b[1]) })
	var out []string
	for _, m := range lines {
		out = append(out, m[4]+" "+m[3]+" "+m[5])
	}
	return out
}

// ask has a client look names up in a Pod, and returns the queries that arrived for each.
func ask(t *testing.T, pod string, c looker, names []string) [][]string {
	t.Helper()
	addresses := addressesOf(t, pod)
	nonce := fmt.Sprintf("%d.sep.test", time.Now().UnixNano())
	var all []string
	for i, name := range append(slices.Clone(names), "") {
		all = append(all, fmt.Sprintf("n%d.%s.", i, nonce))
		if name != "" {
			all = append(all, name)
		}
	}
	kubectl(t, append([]string{"exec", pod, "--"}, c.argv(all)...)...)
	var log []string
	last := fmt.Sprintf("n%d.%s ", len(names), nonce)
	eventually(t, 20*second, "the log of the DNS server holds the end of "+pod, func() bool {
		log = queriesFrom(t, addresses)
		return slices.ContainsFunc(log, func(q string) bool { return strings.HasPrefix(q, last) })
	})
	out := make([][]string, len(names))
	at := -1
	for _, query := range log {
		if mine, number, _ := strings.Cut(query, "."+nonce+" "); number != "" {
			fmt.Sscanf(mine, "n%d", &at)
			continue
		}
		if at >= 0 && at < len(names) {
			out[at] = append(out[at], query)
		}
	}
	return out
}

// queriesAsPredicted has a client look the names up, and holds what arrived to what was
// predicted. The server writes a line when it has answered, and the lines of two queries
// may change places on a busy machine: a Pod whose queries are not as predicted is asked
// again, and a prediction that is wrong is wrong each time.
func queriesAsPredicted(t *testing.T, pod string, libc dns.Libc, c looker, r *dns.Resolution) {
	t.Helper()
	const tries = 4
	for try := 1; ; try++ {
		var diffs []string
		for i, got := range ask(t, pod, c, lookups) {
			want := predicted(r.Lookups[i])
			if libc == dns.Musl {
				// musl asks again four times in an interval for both types together: which of the two
				// is asked more often depends on which reply comes first.
				want, got = withoutType(want, "SERVFAIL"), withoutType(got, "SERVFAIL")
			}
			if diff := cmp.Diff(byName(want), byName(got)); diff != "" {
				diffs = append(diffs, lookups[i]+":\n"+diff)
			}
		}
		switch {
		case len(diffs) == 0:
			return
		case try == tries:
			t.Errorf("%s (-predicted +arrived): %s", pod, strings.Join(diffs, "\n"))
			return
		}
		t.Logf("%s, try %d: %d lookups are not in the log as predicted", pod, try, len(diffs))
	}
}

// withoutType leaves the type out of queries that got a code.
func withoutType(queries []string, code string) []string {
	var out []string
	for _, q := range queries {
		name, _, _ := strings.Cut(q, " ")
		if strings.HasSuffix(q, " "+code) {
			q = name + " any " + code
		}
		out = append(out, q)
	}
	return out
}

// byName keeps the names in the order in which they came first, and sorts the queries of
// each by type.
func byName(queries []string) []string {
	first := map[string]int{}
	for i, query := range queries {
		name, _, _ := strings.Cut(query, " ")
		if _, seen := first[name]; !seen {
			first[name] = i
		}
	}
	out := slices.Clone(queries)
	slices.SortStableFunc(out, func(x, y string) int {
		a, kindA, _ := strings.Cut(x, " ")
		b, kindB, _ := strings.Cut(y, " ")
		return gocmp.Or(first[a]-first[b], gocmp.Compare(kindA, kindB))
	})
	return out
}
