package svcpath

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// iptablesRules is the backend of the iptables mode.
type iptablesRules struct {
	set *iptables.Ruleset
	// name is that of a built-in chain, as evidence names it: with its family.
	family string
}

func (b iptablesRules) serviceChain(p kubeproxy.ServicePort) string { return p.ServiceChain() }
func (b iptablesRules) localChain(p kubeproxy.ServicePort) string   { return p.LocalChain() }
func (b iptablesRules) refusing() string                            { return "filter " + servicesChain }
func (b iptablesRules) place(chain string) string                   { return "nat " + chain }

func (b iptablesRules) has(chain string) bool {
	_, there := b.set.Chain("nat", chain)
	return there
}

func (b iptablesRules) dispatch(local bool) string {
	if local {
		return nodePortsChain
	}
	return servicesChain
}

func (b iptablesRules) targets(p kubeproxy.ServicePort, chain string) []target {
	packet := iptables.Packet{Destination: p.ClusterIP, Protocol: p.Protocol, DestPort: uint16(p.Number)}
	return iptablesTargets(iptables.Walk(b.set, "nat", chain, packet))
}

func (b iptablesRules) way(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step {
	first := servicesChain
	if local && !to.IsValid() {
		// The node's address is not known; whatever it is, this is where it leads.
		first = nodePortsChain
	}
	return iptablesSteps(iptables.Walk(b.set, "nat", first, iptablesPacket(p, to, port, local)))
}

func (b iptablesRules) refusals(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step {
	chain := servicesChain
	if local || to != p.ClusterIP {
		chain = externalServicesChain
	}
	return iptablesSteps(iptables.Walk(b.set, "filter", chain, iptablesPacket(p, to, port, local)))
}

func (b iptablesRules) firewall(p kubeproxy.ServicePort, to netip.Addr) []Step {
	return iptablesSteps(iptables.Walk(b.set, "filter", proxyFirewallChain, iptablesPacket(p, to, p.Number, false)))
}

// nodePortAddresses are in rules of their own unless kube-proxy serves all addresses
// (pkg/proxy/iptables/proxier.go syncProxyRules).
func (b iptablesRules) nodePortAddresses() []netip.Addr {
	var out []netip.Addr
	c, _ := b.set.Chain("nat", servicesChain)
	for i := range c.Rules {
		if rest, ok := strings.CutPrefix(c.Rules[i].Spec, "-d "); ok && c.Rules[i].Target == nodePortsChain {
			one, _, _ := strings.Cut(rest, "/")
			if addr, err := netip.ParseAddr(one); err == nil {
				out = append(out, addr)
			}
		}
	}
	return out
}

func iptablesPacket(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) iptables.Packet {
	return iptables.Packet{Destination: to, Protocol: p.Protocol, DestPort: uint16(port), DestLocal: &local}
}

// iptablesSteps turns a walk into the answer's steps.
func iptablesSteps(walk []iptables.Step) []Step {
	var out []Step
	for _, w := range walk {
		s := Step{
			Table: w.Table, Chain: w.Rule.Chain, Rule: w.Rule.Spec, Target: w.Rule.Target,
			Share: w.Share, Unread: w.Unread, Steps: iptablesSteps(w.Steps),
		}
		if w.Rule.Counted {
			packets := w.Rule.Packets
			s.Packets = &packets
		}
		for _, c := range w.Conditions {
			s.Conditions = append(s.Conditions, Condition{Module: c.Module, Option: c.Option, Not: c.Not, Value: c.Value})
		}
		s.Endpoint = endpointOf(w)
		out = append(out, s)
	}
	return out
}

// endpointOf is the one address that a step rewrites the destination to, "" where it is
// none or one of several.
func endpointOf(w iptables.Step) string {
	found := iptablesTargets([]iptables.Step{w})
	if repeats(w) {
		found = iptablesTargets(w.Steps)
	}
	if len(found) == 1 {
		return found[0].address
	}
	return ""
}

// iptablesTargets collects where a walk rewrites the destination to. The rules of session
// affinity, which only repeat those of the others, do not count.
func iptablesTargets(walk []iptables.Step) []target {
	var out []target
	for _, w := range walk {
		if repeats(w) {
			continue
		}
		next := iptablesTargets(w.Steps)
		if w.Rule.Target == "DNAT" {
			next = []target{{destinationOf(w.Rule), w.Share, ruleText{w.Rule.Chain, w.Rule.Spec}}}
		}
		for _, t := range next {
			out = addTarget(out, t)
		}
	}
	return out
}

func repeats(w iptables.Step) bool {
	for _, c := range w.Conditions {
		if c.Module == affinityModule {
			return true
		}
	}
	return false
}

func destinationOf(r *iptables.Rule) string {
	for _, arg := range r.TargetArgs() {
		if arg.Option == "--to-destination" {
			return arg.Value
		}
	}
	return ""
}

func (b iptablesRules) foreign(p kubeproxy.ServicePort, chain string) []ruleText {
	var out []ruleText
	c, _ := b.set.Chain("nat", chain)
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Target != markChain && !strings.HasPrefix(r.Target, kubeproxy.EndpointChainPrefix) {
			out = append(out, ruleText{r.Chain, r.Spec})
			continue
		}
		out = append(out, b.foreignInEndpoint(p, r.Target)...)
	}
	return out
}

func (b iptablesRules) foreignInEndpoint(p kubeproxy.ServicePort, name string) []ruleText {
	var out []ruleText
	c, ok := b.set.Chain("nat", name)
	if !ok || name == markChain {
		return nil
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		to, err := netip.ParseAddrPort(destinationOf(r))
		named := r.Target == "DNAT" && err == nil && p.EndpointChain(to) == name
		if r.Target != markChain && !named {
			out = append(out, ruleText{r.Chain, r.Spec})
		}
	}
	return out
}

// unhooked are the built-in chains that do not lead into kube-proxy's dispatching chain.
func (b iptablesRules) unhooked() []hook {
	var out []hook
	if !b.has(markChain) {
		return nil
	}
	for _, builtin := range []string{"PREROUTING", "OUTPUT"} {
		if !b.hooked(builtin) {
			out = append(out, hook{builtin, "nat " + builtin + " (" + b.family + ")", "no rule with -j " + servicesChain})
		}
	}
	return out
}

func (b iptablesRules) hooked(builtin string) bool {
	chain, ok := b.set.Chain("nat", builtin)
	if !ok {
		return false
	}
	for i := range chain.Rules {
		if chain.Rules[i].Target == servicesChain {
			return true
		}
	}
	return false
}

// destination is how iptables prints a rule's match of one address.
func destination(addr netip.Addr) string {
	return fmt.Sprintf("-d %s/%d ", addr, addr.BitLen())
}
