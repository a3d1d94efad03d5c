//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// fieldsOutcome reads from an entry's steps what becomes of a client's connection, in the
// words of fieldsSeen.
func fieldsOutcome(e svcpath.Entry, from fieldsAsker, family string) string {
	first, nat, filter := fieldsStages(e)
	if fieldsRefusal(first, from, family) != "" {
		return "DROP"
	}
	var ends []string
	through(nat, from, family, false, &ends)
	if len(ends) > 0 {
		slices.Sort(ends)
		return strings.Join(slices.Compact(ends), ", ")
	}
	for _, s := range filter {
		// The node's own packets to other addresses do not pass this chain, which hangs in
		// INPUT and FORWARD only.
		if from.local && s.Chain == "KUBE-EXTERNAL-SERVICES" && e.Kind != "nodePort" {
			continue
		}
		if s.Target == "REJECT" || s.Target == "DROP" {
			return s.Target
		}
	}
	return "NONE"
}

// fieldsStages divides an entry's steps into those that come before the destination is
// rewritten, those that rewrite it, and those that refuse what was not.
func fieldsStages(e svcpath.Entry) (first, nat, filter []svcpath.Step) {
	for _, s := range e.Steps {
		switch {
		case s.Chain == "firewall-ips":
			first = append(first, s)
		case s.Table == "nat" || s.Chain == "services" || s.Chain == "service-ips" || s.Chain == "service-nodeports":
			nat = append(nat, s)
		default:
			filter = append(filter, s)
		}
	}
	return first, nat, filter
}

// fieldsRefusal is what ends a client's connection on the way through steps.
func fieldsRefusal(steps []svcpath.Step, from fieldsAsker, family string) string {
	for _, s := range steps {
		if !fulfils(s, from, family) {
			continue
		}
		if s.Target == "REJECT" || s.Target == "DROP" {
			return s.Target
		}
		if end := fieldsRefusal(s.Steps, from, family); end != "" {
			return end
		}
	}
	return ""
}

// through follows the steps that the client fulfils. The chains that spread go on to each
// of their endpoints; all others end where an endpoint was reached.
func through(steps []svcpath.Step, from fieldsAsker, family string, marked bool, ends *[]string) bool {
	reached := false
	for _, s := range steps {
		if !fulfils(s, from, family) {
			continue
		}
		spreads := slices.ContainsFunc([]string{"KUBE-SVC-", "KUBE-SVL-", "service-", "local-"}, func(prefix string) bool { return strings.HasPrefix(s.Chain, prefix) })
		switch {
		case s.Target == "KUBE-MARK-MASQ" || s.Target == "MARK":
			marked = true
		case s.Target == "DNAT":
			*ends = append(*ends, fmt.Sprintf("%s masqueraded %v", s.Endpoint, marked))
			reached = true
		case through(s.Steps, from, family, marked, ends):
			reached = true
		}
		if reached && !spreads {
			return true
		}
	}
	return reached
}

func fulfils(s svcpath.Step, from fieldsAsker, family string) bool {
	for _, c := range s.Conditions {
		holds := true
		switch {
		case c.Module == "recent":
		case slices.Contains([]string{"-s", "ip saddr", "ip6 saddr"}, c.Option):
			holds = fieldsAmong(c.Value, from.address[family])
		case slices.Contains([]string{"--src-type LOCAL", "fib saddr type local"}, c.Option+" "+c.Value):
			holds = from.local
		default:
			return false
		}
		if holds == c.Not {
			return false
		}
	}
	return true
}

// fieldsAmong says whether an address is in a prefix, or in one of a set.
func fieldsAmong(value, address string) bool {
	addr := netip.MustParseAddr(address)
	return slices.ContainsFunc(strings.Fields(strings.NewReplacer("{", " ", "}", " ", ",", " ").Replace(value)), func(word string) bool {
		prefix, err := netip.ParsePrefix(word)
		return err == nil && prefix.Contains(addr) || word == address
	})
}

// fieldsSeen opens connections to an address and says what became of them: a refusal, a
// timeout, packets that went on untranslated, or the endpoints that the node's kernel
// tracks, with whether the source was changed.
func fieldsSeen(t *testing.T, from fieldsAsker, family, host string, port int32) string {
	t.Helper()
	const tries = 20
	fieldsTracked(t, from, family, host, port, "-D")
	urls := strings.Repeat(fmt.Sprintf(" -o /dev/null 'http://%s/'", net.JoinHostPort(host, fmt.Sprint(port))), tries)
	out := from.run("curl -sS -g --fail-early --max-time 2 -H 'Connection: close'" + urls + " 2>&1; e=$?; echo; echo exit $e")
	seen := fieldsTracked(t, from, family, host, port, "-L")
	switch {
	case slices.Contains(seen, "NONE") && !(from.local && host == from.address[family]):
		return "NONE"
	case strings.Contains(out, "exit 7\n") && (seen == nil || seen[0] == "NONE"):
		return "REJECT"
	case strings.Contains(out, "exit 28\n") && seen == nil:
		return "DROP"
	case !strings.Contains(out, "exit 0\n"):
		return "failed: " + out
	}
	return strings.Join(seen, ", ")
}

// fieldsTracked lists or deletes the node's entries for the client's connections.
func fieldsTracked(t *testing.T, from fieldsAsker, family, host string, port int32, verb string) []string {
	t.Helper()
	words := map[string]string{"IPv4": "ipv4", "IPv6": "ipv6"}
	got := run(t, nil, "nsenter", "--net=/run/netns/"+from.node, "--", "conntrack", verb, "-f", words[family], "-p", "tcp",
		"--orig-src", from.address[family], "--orig-dst", host, "--orig-port-dst", fmt.Sprint(port))
	var out []string
	for _, line := range strings.Split(got.stdout, "\n") {
		if end := trackedEnd(line, from.address[family], from.local); end != "" && verb == "-L" {
			out = append(out, end)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// trackedEnd reads one entry: its second half is what the answer looks like. Where the
// client is the node itself its address stays, and the port tells, which a rule with
// --random-fully changes. (Of others it changes where two connections would be the same.)
func trackedEnd(line, client string, local bool) string {
	var value [2]map[string]string
	half := -1
	for _, word := range strings.Fields(line) {
		name, v, ok := strings.Cut(word, "=")
		if !ok {
			continue
		}
		if name == "src" {
			half++
			value[min(half, 1)] = map[string]string{}
		}
		if half >= 0 && half < 2 {
			value[half][name] = v
		}
	}
	if half != 1 {
		return ""
	}
	sent, reply := value[0], value[1]
	if reply["src"] == sent["dst"] {
		return "NONE"
	}
	masqueraded := reply["dst"] != client || local && reply["dport"] != sent["sport"]
	return fmt.Sprintf("%s masqueraded %v", net.JoinHostPort(reply["src"], reply["sport"]), masqueraded)
}
