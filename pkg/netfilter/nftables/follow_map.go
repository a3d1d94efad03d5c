package nftables

import (
	"net/netip"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// lookup takes the verdicts of a map. It is false where the packet has no element.
func (f *following) lookup(l lookup) bool {
	f.step.To = mapName(l)
	set := f.table.named(l.set, l.name)
	switch {
	case set == nil:
		f.step.Unread, f.gone = true, f.step.Share
		return true
	case l.random > 0:
		f.each(set, l, func(step *Step, data string) { f.verdict(step, verdictOf(data)) })
		return true
	}
	e, answer := set.find(values(l.selectors, f.packet))
	if answer == netfilter.Yes {
		f.step.Steps = []Step{{Chain: f.holder(l), Rule: e.String(), Share: f.step.Share}}
		f.verdict(&f.step.Steps[0], verdictOf(e.Data))
	}
	f.step.Unread = answer == netfilter.Unknown
	return answer != netfilter.No
}

// each takes the elements of a map that chance chooses from.
func (f *following) each(set *Set, l lookup, take func(*Step, string)) {
	for _, e := range set.Elements {
		low, high, ok := numbers(e.Key[0], l.random)
		if !ok {
			continue
		}
		f.taken++
		step := Step{Chain: f.holder(l), Rule: e.String(), Share: f.step.Share * float64(high-low+1) / float64(l.random)}
		take(&step, e.Data)
		f.step.Steps = append(f.step.Steps, step)
	}
}

func (f *following) rewrite(s rewrite) {
	to := func(step *Step, target string) {
		step.Verdict, step.To = "dnat", target
		f.gone += step.Share
	}
	if s.chosen == nil {
		to(&f.step, s.to)
		return
	}
	f.step.To = mapName(*s.chosen)
	set := f.table.named(s.chosen.set, s.chosen.name)
	if set == nil {
		f.step.Unread, f.gone = true, f.step.Share
		return
	}
	f.each(set, *s.chosen, to)
}

func mapName(l lookup) string {
	if l.name == "" {
		return "{}"
	}
	return "@" + l.name
}

// holder is where an element of a map stands.
func (f *following) holder(l lookup) string {
	if l.name == "" {
		return f.step.Chain
	}
	return l.name
}

// Destination reads what a dnat's To says. ok is false where it names no single address
// and port.
func (s Step) Destination() (to netip.AddrPort, ok bool) {
	addr, port, ok := destination(s.To)
	return netip.AddrPortFrom(addr, port), ok && s.Verdict == "dnat" && addr.IsValid() && port != 0
}

// FollowElement follows a packet from its element of a named map, whose keys are protocol and
// port, or an address before them. It is false where the map has none for the packet.
func (t *Table) FollowElement(name string, p netfilter.Packet) (Step, bool) {
	set, ok := t.Set(name)
	if !ok || len(set.Elements) == 0 {
		return Step{}, false
	}
	asked := []string{"daddr", "l4proto", "dport"}
	if t.Family == "ip6" {
		asked[0] = "daddr6"
	}
	e, answer := set.find(values(asked[max(0, 3-len(set.Elements[0].Key)):], p))
	if answer != netfilter.Yes {
		return Step{}, false
	}
	f := following{follower: &follower{table: t, packet: p, open: map[string]bool{}}}
	step := Step{Chain: name, Rule: e.String(), Share: 1}
	f.verdict(&step, verdictOf(e.Data))
	return step, true
}
