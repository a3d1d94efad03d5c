package svcpath

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// watchPlan asks for the rules that count connections to the endpoints of a Service, and
// for what tells whether there are any, or rules of nft.
func watchPlan(ports []kubeproxy.ServicePort) node.Plan {
	plan := node.Plan{node.Uptime()}
	asked := map[int]bool{}
	for _, p := range ports {
		family := number(p.Family)
		if !asked[family] {
			asked[family] = true
			plan = append(plan, node.Elements(family, "map", nftServiceIPs, p.ClusterIP.String()+" "), node.List(family, "nat", markChain))
		}
		plan = append(plan,
			node.Follow(family, "nat", p.ServiceChain(), kubeproxy.EndpointChainPrefix),
			node.Follow(family, "nat", p.LocalChain(), kubeproxy.EndpointChainPrefix))
	}
	return plan
}

// errNoCounters says that kube-proxy's rules are those of the nftables mode: these have no
// counters (pkg/proxy/nftables/proxier.go; the only ones there are of NodePorts refused at
// loopback addresses).
var errNoCounters = errors.New("the rules of kube-proxy's nftables mode have no counters")

// countable says why a reading has no counters, nil where it has.
func countable(read *rules, ports []kubeproxy.ServicePort) error {
	for _, p := range ports {
		family := number(p.Family)
		out, bad := read.failed[family]
		switch nft := read.nft[family]; {
		case read.written(family):
		case nft != nil && nft.there:
			return errNoCounters
		case bad:
			return errors.New(strings.Join(out.Argv, " ") + ": " + firstLine(out.Text))
		case read.sets[family] == nil:
			return fmt.Errorf("no program there printed rules of IPv%d", family)
		default:
			return errors.New("there are no rules of kube-proxy's modes iptables and nftables, by which connections are counted; without --watch it is said what is there")
		}
	}
	return nil
}

// rulesCounter counts by the counters of rules.
type rulesCounter struct {
	ports []kubeproxy.ServicePort
	// last are the counters of each port by address, as they were read before, and known
	// those of addresses that went meanwhile too.
	last, known []map[string]uint64
}

func newRulesCounter(ports []kubeproxy.ServicePort) *rulesCounter {
	c := &rulesCounter{ports: ports}
	for range ports {
		c.known = append(c.known, map[string]uint64{})
	}
	return c
}

func (c *rulesCounter) by() string { return ByRules }

func (c *rulesCounter) count(reading *snapshot.Reading) ([]counts, error) {
	out := make([]counts, len(c.ports))
	for i, p := range c.ports {
		var err error
		if out[i].now, err = counters(reading, p); err != nil {
			return nil, err
		}
	}
	for i := range out {
		if c.last != nil {
			out[i].fresh, out[i].reset = since(c.last[i], c.known[i], out[i].now)
		}
		maps.Copy(c.known[i], out[i].now)
	}
	c.last = nil
	for i := range out {
		c.last = append(c.last, out[i].now)
	}
	return out, nil
}

// since is what was counted between two readings of one port. kube-proxy writes all chains
// of a port at once, and they count from 0 then: so a counter that is lower than before, or
// an endpoint that came or went, says that all of them began anew. What they had counted
// before that, after the first reading, is lost.
func since(last, known, now map[string]uint64) (fresh map[string]uint64, reset bool) {
	lower := false
	for address, n := range now {
		_, had := last[address]
		lower = lower || n < known[address]
		reset = reset || !had
	}
	for address := range last {
		if _, has := now[address]; !has {
			reset = true
		}
	}
	fresh = map[string]uint64{}
	for address, n := range now {
		if fresh[address] = n; !lower {
			fresh[address] = n - known[address]
		}
	}
	return fresh, reset || lower
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
