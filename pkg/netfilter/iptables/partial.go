package iptables

import (
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Partial says which rules of a chain were left out when it was read: those for one
// address that is none of Destinations, and those for one port that is none of Ports. An
// empty list left no rule out.
type Partial struct {
	Destinations []netip.Addr
	Ports        []uint16
	// All is set where no rule could be read.
	All bool
}

// covers says whether every rule that could match the packet was read.
func (p *Partial) covers(packet netfilter.Packet) bool {
	return !p.All &&
		(len(p.Destinations) == 0 || slices.Contains(p.Destinations, packet.Destination)) &&
		(len(p.Ports) == 0 || slices.Contains(p.Ports, packet.DestPort))
}

// SetPartial notes what of a chain was not read. Where the chain is new, it is made.
func (rs *Ruleset) SetPartial(table, chain string, p Partial) { rs.chain(table, chain).Partial = &p }

// leftOut stands for the rules that were not read: what becomes of a packet that one of
// them could match is not known.
type leftOut struct {
	*Partial
	table, chain string
}

// Text says what is not known.
func (l *leftOut) Text() string {
	if l.All {
		return "the chain " + l.chain + " of the table " + l.table + ", which could not be read"
	}
	return "rules of the chain " + l.chain + " of the table " + l.table + " for other addresses and ports, which were not read"
}

// Apply loses a flow that the rules could match.
func (l *leftOut) Apply(_ *netfilter.Run, f *netfilter.Flow) []netfilter.Way {
	if l.covers(f.Packet) {
		return nil
	}
	return []netfilter.Way{{Flow: f.Lose(l.Text()), Verb: netfilter.Stop, Passed: true}}
}
