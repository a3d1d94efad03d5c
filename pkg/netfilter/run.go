package netfilter

import (
	"net/netip"
	"slices"
)

// Question is a packet and what it meets.
type Question struct {
	Packet Packet
	Origin Origin
	Bases  []Base
	// Local says whether an address is one of the node itself.
	Local func(netip.Addr) Answer
	// Deliver takes what the node itself receives, before a process does; nil where
	// nothing stands there. It returns the flows that are sent on to another address.
	Deliver func(*Run, *Flow) []*Flow
}

// Hit is a rule that the packet matches on one of its ways.
type Hit struct {
	Table, Chain string
	Rule         Rule
	// Depth is how many jumps lead to the chain.
	Depth int
	// Policy is set for a base chain's policy, which is no rule.
	Policy string
}

// Place is a chain of a table.
type Place struct {
	Rules Rules
	Chain string
}

// Run is a walk. Its fields are what it has found.
type Run struct {
	Question
	Hits []Hit
	// Notes are rules that a packet of a later connection could match, such as those
	// that remember a client.
	Notes []string
	// Chains are those that a flow went through.
	Chains  []Place
	seen    map[any]bool
	noted   map[string]bool
	assumed map[string]bool
	steps   int
	jumps   int
	done    []*Flow
}

// maxSteps bounds how many rules a walk asks, over all flows, and maxJumps how many chains
// it enters. Chains that each jump twice to the next have few rules and many ways.
const (
	maxSteps = 5_000_000
	maxJumps = 300_000
)

// maxFlows bounds into how many flows a packet can be divided.
const maxFlows = 50_000

// Walk follows the packet and returns the run, and all flows that it was divided into.
func Walk(q Question) (*Run, []*Flow) {
	r := &Run{Question: q, seen: map[any]bool{}, noted: map[string]bool{}, assumed: map[string]bool{}}
	f := &Flow{Packet: q.Packet, Share: 1}
	if q.Origin == FromNode {
		f.Packet.In = Interface{Known: true}
		r.sent([]*Flow{f})
	} else {
		r.arrived([]*Flow{f})
	}
	for _, f := range r.done {
		f.Final = f.verdict()
	}
	return r, r.done
}

// arrived follows packets that come in over the network.
func (r *Run) arrived(flows []*Flow) {
	flows = r.hook(Prerouting, flows, true)
	here, onward := r.route(flows)
	r.delivered(r.hook(Input, here, true))
	onward = r.hook(Forward, onward, true)
	r.done = append(r.done, r.hook(Postrouting, onward, true)...)
}

// sent follows packets of the node's own processes. Those to the node itself come back
// in over the loopback interface, unless ipvs takes them before.
func (r *Run) sent(flows []*Flow) {
	if r.Deliver != nil {
		flows = r.hookUntil(Output, flows, true, priorityIPVS)
		flows = r.schedule(flows)
		flows = r.hookFrom(Output, flows, true, priorityIPVS)
	} else {
		flows = r.hook(Output, flows, true)
	}
	here, onward := r.route(flows)
	r.done = append(r.done, r.hook(Postrouting, onward, true)...)
	lo := Interface{Known: true, Name: "lo"}
	for _, f := range here {
		f.Packet.Out = lo
	}
	here = r.hook(Postrouting, here, true)
	for _, f := range here {
		f.Packet.In, f.Packet.Out = lo, Interface{}
	}
	// The connection has its addresses already: nat is not asked again.
	here = r.hook(Prerouting, here, false)
	r.done = append(r.done, r.hook(Input, here, false)...)
}

// priorityIPVS is where ipvs takes packets of the node's own (net/netfilter/ipvs/ip_vs_core.c
// ip_vs_ops4, NF_INET_LOCAL_OUT): behind the rewriting of destinations, before filters.
const priorityIPVS = PriorityDestNAT + 2

// schedule shows packets to the node itself to ipvs.
func (r *Run) schedule(flows []*Flow) []*Flow {
	here, onward := r.route(flows)
	for _, f := range here {
		for _, next := range r.Deliver(r, f) {
			next.scheduled = next.scheduled || next != f
			if next.Final != "" {
				r.done = append(r.done, next)
			} else {
				onward = append(onward, next)
			}
		}
	}
	return onward
}

// route divides packets into those to the node itself and the others.
func (r *Run) route(flows []*Flow) (here, onward []*Flow) {
	for _, f := range flows {
		if f.Packet.DestLocal == Yes {
			here = append(here, f)
		} else {
			f.Packet.Out = NotLoopback()
			onward = append(onward, f)
		}
	}
	return here, onward
}

// delivered ends the way of what the node receives, or sends it on: ipvs takes it behind
// the filters, and the packet goes out as one of the node's own.
func (r *Run) delivered(flows []*Flow) {
	if r.Deliver == nil {
		r.done = append(r.done, flows...)
		return
	}
	var onward []*Flow
	for _, f := range r.schedule(flows) {
		if f.scheduled {
			onward = append(onward, f)
		} else {
			r.done = append(r.done, f)
		}
	}
	onward = r.hookFrom(Output, onward, false, priorityIPVS)
	r.done = append(r.done, r.hook(Postrouting, onward, true)...)
}

// hook shows flows to the base chains of one hook, and returns those that go on.
func (r *Run) hook(hook Hook, flows []*Flow, nat bool) []*Flow {
	return r.bases(sorted(r.Bases, hook), flows, nat)
}

// hookUntil shows flows to those below a priority, hookFrom to the others.
func (r *Run) hookUntil(hook Hook, flows []*Flow, nat bool, priority int) []*Flow {
	return r.bases(slices.DeleteFunc(sorted(r.Bases, hook), func(b Base) bool { return b.Priority >= priority }), flows, nat)
}

func (r *Run) hookFrom(hook Hook, flows []*Flow, nat bool, priority int) []*Flow {
	return r.bases(slices.DeleteFunc(sorted(r.Bases, hook), func(b Base) bool { return b.Priority < priority }), flows, nat)
}

func (r *Run) bases(bases []Base, flows []*Flow, nat bool) []*Flow {
	for _, f := range flows {
		f.rewrote = false
	}
	for _, base := range bases {
		if base.NAT && !nat {
			continue
		}
		flows = r.base(base, flows)
	}
	return flows
}

func (r *Run) base(base Base, flows []*Flow) []*Flow {
	var in, past []*Flow
	for _, f := range flows {
		f.stopped = false
		if base.NAT && f.rewrote {
			past = append(past, f)
		} else {
			in = append(in, f)
		}
	}
	w := walker{Run: r, base: base, open: map[string]bool{}}
	back := w.chain(base.Chain, in, 0)
	if base.Drops && len(back) > 0 {
		policy := Hit{Table: base.Rules.Name(), Chain: base.Chain, Policy: "DROP"}
		r.hit(policy, base.Rules.Name()+" "+base.Chain)
		for _, f := range back {
			f.End(Drop)
			f.EndedBy = policy
		}
		w.stopped = append(w.stopped, back...)
		back = nil
	}
	past = append(past, back...)
	for _, f := range w.stopped {
		if f.Final != "" {
			r.done = append(r.done, f)
		} else {
			past = append(past, f)
		}
	}
	return past
}
