package svcpath

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// nftRules is the backend of the nftables mode: what was read of one table kube-proxy.
type nftRules struct {
	table *nftables.Table
	// whole says that what is not in the table is not on the node.
	whole bool
	// asked are the chains that were asked for, be they there or not.
	asked map[string]bool
}

func (b nftRules) serviceChain(p kubeproxy.ServicePort) string { return p.NFTServiceChain() }
func (b nftRules) localChain(p kubeproxy.ServicePort) string   { return p.NFTLocalChain() }
func (b nftRules) refusing() string                            { return b.place(nftNoEndpoints) }
func (b nftRules) place(chain string) string                   { return b.table.Family + " " + nftTable + " " + chain }

// has says whether a chain is there. kube-proxy empties the chains of a Service that is
// gone, and deletes them later (pkg/proxy/nftables/proxier.go staleChains).
func (b nftRules) has(chain string) bool {
	c, there := b.table.Chain(chain)
	return there && len(c.Rules) > 0
}

func (b nftRules) dispatch(local bool) string {
	if local {
		return nftNodePorts
	}
	return nftServiceIPs
}

func (b nftRules) packet(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) netfilter.Packet {
	return netfilter.Packet{Destination: to, Protocol: p.Protocol, DestPort: uint16(port), DestLocal: netfilter.Is(local)}
}

func (b nftRules) targets(p kubeproxy.ServicePort, chain string) []target {
	return nftTargets(b.steps(p, b.table.Follow(chain, b.packet(p, p.ClusterIP, p.Number, false))))
}

// nftTargets are the endpoints that steps lead to. A client that was seen before is sent
// the same way as a new one.
func nftTargets(steps []Step) []target {
	var out []target
	for _, s := range steps {
		if s.affinity() {
			continue
		}
		next := nftTargets(s.Steps)
		if s.Endpoint != "" && len(s.Steps) == 0 {
			next = []target{{s.Endpoint, s.Share, ruleText{s.Chain, s.Rule}}}
		}
		for _, t := range next {
			out = addTarget(out, t)
		}
	}
	return out
}

// way begins in the chain services. Where that was not read, or where the node's address
// is not known, it begins with the element of the map.
func (b nftRules) way(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step {
	packet := b.packet(p, to, port, local)
	if _, read := b.table.Chain(nftServicesChain); read && to.IsValid() {
		return b.steps(p, b.table.Follow(nftServicesChain, packet))
	}
	if s, ok := b.table.FollowElement(b.dispatch(local), packet); ok {
		return b.steps(p, []nftables.Step{s})
	}
	return nil
}

// refusals is the element of one of the maps that the filter chains look addresses up in.
func (b nftRules) refusals(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step {
	name := nftNoEndpoints
	if local {
		name = nftNoEndpointsOfNode
	}
	s, ok := b.table.FollowElement(name, b.packet(p, to, port, local))
	if !ok {
		return nil
	}
	step := b.steps(p, []nftables.Step{s})[0]
	if s.To == nftRejectChain {
		// That chain is the same on every node: one rule, which rejects.
		step.Target, step.Steps, step.Unread = "REJECT", nil, false
	}
	return []Step{step}
}

func (b nftRules) firewall(p kubeproxy.ServicePort, to netip.Addr) []Step {
	if s, ok := b.table.FollowElement(nftFirewallIPs, b.packet(p, to, p.Number, false)); ok && b.checksFirewall() {
		return b.steps(p, []nftables.Step{s})
	}
	return nil
}

// nodePortAddresses are the elements of a set, unless kube-proxy serves all addresses: then
// there are none.
func (b nftRules) nodePortAddresses() []netip.Addr {
	set, ok := b.table.Set(nftNodePortIPs)
	if !ok {
		return nil
	}
	var out []netip.Addr
	for _, e := range set.Elements {
		if addr, err := netip.ParseAddr(strings.Join(e.Key, "")); err == nil {
			out = append(out, addr)
		}
	}
	return out
}

// nftRejectChain is where the maps of ports without endpoints lead to.
const nftRejectChain = "reject-chain"

// steps turns what nft has into the answer's steps.
func (b nftRules) steps(p kubeproxy.ServicePort, walk []nftables.Step) []Step {
	var out []Step
	for _, w := range walk {
		s := Step{
			Table: nftTable, Chain: w.Chain, Rule: w.Rule, Target: nftTarget(w), Share: w.Share, Unread: w.Unread, Steps: b.steps(p, w.Steps),
		}
		for _, c := range w.Conditions {
			s.Conditions = append(s.Conditions, nftCondition(c))
		}
		if to, ok := w.Destination(); ok {
			s.Endpoint = to.String()
		} else if to, ok := endpointByName(p, w.To); ok && w.Unread {
			s.Endpoint = to.String()
		} else if found := nftTargets(s.Steps); len(found) == 1 {
			s.Endpoint = found[0].address
		}
		out = append(out, s)
	}
	return out
}

// mapTarget is the target of a rule that chooses from a map of its own.
const mapTarget = "map"

// markTarget is the target of a rule that marks a connection for masquerading.
const markTarget = "MARK"

func nftTarget(s nftables.Step) string {
	switch {
	case s.Verdict == "mark":
		return markTarget
	case s.Verdict != "":
		return strings.ToUpper(s.Verdict)
	case s.To == "{}":
		return mapTarget
	default:
		return strings.TrimPrefix(s.To, "@")
	}
}

func nftCondition(c nftables.Condition) Condition {
	out := Condition{Option: c.Selector, Not: c.Not, Value: c.Value}
	if strings.HasPrefix(c.Value, "@"+kubeproxy.NFTAffinityPrefix) {
		out.Module = affinityModule
	}
	return out
}

// endpointByName is the endpoint of a chain that was not read. Its name tells it: the name
// is computed from the address, and another address has another name.
func endpointByName(p kubeproxy.ServicePort, chain string) (netip.AddrPort, bool) {
	_, at, ok := strings.Cut(chain, "__")
	ip, port, split := strings.Cut(at, "/")
	if p.ClusterIP.Is6() {
		ip = "[" + strings.ReplaceAll(ip, ".", ":") + "]"
	}
	to, err := netip.ParseAddrPort(ip + ":" + port)
	return to, ok && split && err == nil && p.NFTEndpointChain(to) == chain
}

// nftWritten are what the rules in the chains of a Service have in common, of all versions
// (writeServiceToEndpointDNATs, writeServiceToEndpointJumps and, up to 1.35, the jump to
// mark-for-masquerade).
var nftWritten = []string{"dnat ", "vmap {", "goto " + kubeproxy.NFTEndpointPrefix, "jump mark-for-masquerade", "mark set ", "update @" + kubeproxy.NFTAffinityPrefix}

func (b nftRules) foreign(p kubeproxy.ServicePort, chain string) []ruleText {
	var out []ruleText
	names := []string{chain}
	for _, t := range b.table.Chains {
		if to, ok := endpointByName(p, t.Name); ok && p.NFTEndpointChain(to) == t.Name {
			names = append(names, t.Name)
		}
	}
	for _, name := range names {
		c, ok := b.table.Chain(name)
		if !ok {
			continue
		}
		for _, r := range c.Rules {
			if !slices.ContainsFunc(nftWritten, func(words string) bool { return strings.Contains(r.Spec(), words) }) {
				out = append(out, ruleText{name, r.Spec()})
			}
		}
	}
	return out
}

// unhooked are the base chains that do not lead into the chain services. On a node with
// very many Services they are not asked for.
func (b nftRules) unhooked() []hook {
	var out []hook
	for _, name := range []string{"PREROUTING", "OUTPUT"} {
		base := nftHooks[name]
		if !b.whole && !b.asked[base] {
			continue
		}
		c, there := b.table.Chain(base)
		switch {
		case !there:
			out = append(out, hook{name, b.place(base), "no such chain"})
		case c.Hook == "" || !slices.ContainsFunc(c.Rules, func(r *nftables.Rule) bool { return r.Spec() == "jump "+nftServicesChain }):
			out = append(out, hook{name, b.place(base), "no rule that jumps to " + nftServicesChain})
		}
	}
	return out
}
