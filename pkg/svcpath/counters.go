package svcpath

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// watchPlan asks for the rules that count connections to the endpoints of a Service, and
// for what tells whether there are any.
func watchPlan(svc *corev1.Service, req Request) node.Plan {
	plan := node.Plan{node.Uptime()}
	asked := map[int]bool{}
	for _, p := range kubeproxy.ServicePorts(svc) {
		if !req.wanted(p.Port, p.Number) {
			continue
		}
		family := number(p.Family)
		if !asked[family] {
			asked[family] = true
			plan = append(plan, node.List(family, "nat", markChain))
		}
		plan = append(plan,
			node.Follow(family, "nat", p.ServiceChain(), kubeproxy.EndpointChainPrefix),
			node.Follow(family, "nat", p.LocalChain(), kubeproxy.EndpointChainPrefix))
	}
	return plan
}

// countable says why a reading has no counters, "" where it has.
func countable(read *rules, families []int) string {
	for _, family := range families {
		switch {
		case read.written(family):
		case read.sets[family] == nil:
			return fmt.Sprintf("no program there printed rules of IPv%d", family)
		default:
			if out, bad := read.failed[family]; bad {
				return strings.Join(out.Argv, " ") + ": " + firstLine(out.Text)
			}
			return "there are no rules of kube-proxy in iptables to count by, and those of its modes nftables and ipvs have no counters; --conntrack lists the connections that there are now"
		}
	}
	return ""
}

// counters are how many connections began to each endpoint of a port since kube-proxy wrote
// its chain: what its rule with the target DNAT counts, whichever rule led there.
func counters(reading *snapshot.Reading, p kubeproxy.ServicePort) (map[string]uint64, error) {
	family, set, seen := number(p.Family), &iptables.Ruleset{}, map[string]bool{}
	for _, out := range reading.Outputs {
		chain := chainOf(out)
		if chain == "" || out.Exit != 0 || seen[chain] || strings.HasPrefix(out.Argv[0], "ip6") != (family == 6) {
			continue
		}
		// Two chains of a port lead to the same endpoints, which are read twice then.
		seen[chain] = true
		if err := set.AddList("nat", out.Text); err != nil {
			return nil, &outputError{node: reading.Node, program: strings.Join(out.Argv, " "), err: err}
		}
	}
	counts := map[string]uint64{}
	for _, root := range []string{p.ServiceChain(), p.LocalChain()} {
		chain, ok := set.Chain("nat", root)
		if !ok {
			continue
		}
		for i := range chain.Rules {
			if target := chain.Rules[i].Target; strings.HasPrefix(target, kubeproxy.EndpointChainPrefix) {
				countEndpoint(set, target, counts)
			}
		}
	}
	return counts, nil
}

// chainOf is the chain of the nat table that an output lists, "" for other outputs.
func chainOf(out snapshot.Output) string {
	if len(out.Argv) != 6 || out.Argv[2] != "nat" || out.Argv[4] != "-S" { // TOOL -t nat -v -S CHAIN
		return ""
	}
	return out.Argv[5]
}

func countEndpoint(set *iptables.Ruleset, name string, counts map[string]uint64) {
	chain, ok := set.Chain("nat", name)
	if !ok {
		return
	}
	for i := range chain.Rules {
		if rule := &chain.Rules[i]; rule.Target == "DNAT" {
			counts[destinationOf(rule)] = rule.Packets
		}
	}
}
