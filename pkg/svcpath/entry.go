package svcpath

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

func portNumber(n int32) string { return fmt.Sprint(n) }

// entries follows a connection to each address of the port: the clusterIP, the NodePort
// on the node, and those of spec.externalIPs and of the load balancer.
func (v *view) entries() {
	v.out.Entries = append(v.out.Entries, v.entry("clusterIP", v.p.ClusterIP, v.p.Number, v.p.InternalVerdict(v.used), servicesChain))
	if v.p.NodePort != 0 {
		address, expected := v.nodeAddress(), v.p.ExternalVerdict(v.used)
		if !v.servesNodePorts(address) {
			expected = verdictNone
		}
		v.out.Entries = append(v.out.Entries, v.entry("nodePort", address, v.p.NodePort, expected, externalServicesChain))
	}
	v.externalEntries()
}

// verdictNone is for an address that no rule is meant for.
const verdictNone kubeproxy.Verdict = "none"

// servesNodePorts says whether kube-proxy's nodePortAddresses include the node's
// address. "primary" is the address that the Node object reports.
func (v *view) servesNodePorts(address netip.Addr) bool {
	if len(v.config.NodePortAddresses) == 0 || !address.IsValid() {
		return true
	}
	for _, word := range v.config.NodePortAddresses {
		prefix, err := netip.ParsePrefix(word)
		if word == kubeproxy.NodePortsPrimary || err == nil && prefix.Contains(address) {
			return true
		}
	}
	return false
}

// entry follows a connection to one address. Where the nat table leads nowhere, it
// goes on to the chain of the filter table that refuses.
func (v *view) entry(kind string, to netip.Addr, port int32, expected kubeproxy.Verdict, refusing string) Entry {
	e := Entry{Kind: kind, Port: port, Expected: string(expected)}
	if to.IsValid() {
		e.Address = to.String()
	}
	if v.rules == nil {
		return e
	}
	set := v.rules.sets[v.family()]
	local := kind == "nodePort"
	packet := iptables.Packet{Destination: to, Protocol: v.p.Protocol, DestPort: uint16(port), DestLocal: &local}
	first := servicesChain
	if local && !to.IsValid() {
		// The node's address is not known; whatever it is, this is where it leads.
		first = nodePortsChain
	}
	nat := v.steps(iptables.Walk(set, "nat", first, packet))
	filter := v.steps(iptables.Walk(set, "filter", refusing, packet))
	e.Steps, e.Found = slices.Concat(nat, filter), found(nat, filter)
	if v.leadsElsewhere(nat) {
		e.Found = foundOther
	}
	return e
}

// nodeAddress is the node's own address in the port's family, invalid where it is
// not known.
func (v *view) nodeAddress() netip.Addr {
	n := v.s.Node(v.info.Name)
	if n == nil {
		return netip.Addr{}
	}
	for _, have := range n.Status.Addresses {
		addr, err := netip.ParseAddr(have.Address)
		if have.Type == corev1.NodeInternalIP && err == nil && addr.Is4() == (v.family() == 4) {
			return addr
		}
	}
	return netip.Addr{}
}

// found says what becomes of a connection from outside of the cluster.
func found(nat, filter []Step) string {
	if reaches(nat) {
		return string(kubeproxy.VerdictEndpoints)
	}
	for _, s := range filter {
		switch s.Target {
		case "REJECT":
			return string(kubeproxy.VerdictReject)
		case "DROP":
			return string(kubeproxy.VerdictDrop)
		}
	}
	if anyEndpoint(nat) {
		return string(kubeproxy.VerdictEndpoints)
	}
	return "none"
}

// reaches says whether a step leads to an endpoint whatever the source is. A client
// that was seen before (session affinity) is sent the same way as a new one.
func reaches(steps []Step) bool {
	for _, s := range steps {
		bySource := false
		for _, c := range s.Conditions {
			bySource = bySource || c.Module != "recent"
		}
		if !bySource && (s.Target == "DNAT" || reaches(s.Steps)) {
			return true
		}
	}
	return false
}

func anyEndpoint(steps []Step) bool {
	for _, s := range steps {
		if s.Target == "DNAT" || anyEndpoint(s.Steps) {
			return true
		}
	}
	return false
}

// steps turns a walk into the answer's steps.
func (v *view) steps(walk []iptables.Step) []Step {
	var out []Step
	for _, w := range walk {
		s := Step{
			Table: w.Table, Chain: w.Rule.Chain, Rule: w.Rule.Spec, Target: w.Rule.Target,
			Share: w.Share, Unread: w.Unread, Steps: v.steps(w.Steps),
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

// endpointOf is the one address that a step rewrites the destination to, "" where
// it is none or one of several.
func endpointOf(w iptables.Step) string {
	found := targets([]iptables.Step{w})
	if repeats(w) {
		found = targets(w.Steps)
	}
	if len(found) == 1 {
		return found[0].address
	}
	return ""
}

// target is an address that a walk ends at, with what leads there.
type target struct {
	address string
	share   float64
	rule    *iptables.Rule
}

// targets collects where a walk rewrites the destination to. Several rules to the
// same address are one target with the sum of their shares; the rules of session
// affinity, which only repeat those of the others, do not count.
func targets(walk []iptables.Step) []target {
	var out []target
	for _, w := range walk {
		if repeats(w) {
			continue
		}
		next := targets(w.Steps)
		if w.Rule.Target == "DNAT" {
			next = []target{{address: destinationOf(w.Rule), share: w.Share, rule: w.Rule}}
		}
		for _, t := range next {
			out = addTarget(out, t)
		}
	}
	return out
}

func addTarget(list []target, t target) []target {
	for i := range list {
		if list[i].address == t.address {
			list[i].share += t.share
			return list
		}
	}
	return append(list, t)
}

func repeats(w iptables.Step) bool {
	for _, c := range w.Conditions {
		if c.Module == "recent" {
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
