package netfilter

import "net/netip"

// Answer is what a packet says to a condition.
type Answer int

// The answers. Unknown is that of a condition which the packet does not decide.
const (
	Unknown Answer = iota
	Yes
	No
)

// Is is Yes or No.
func Is(b bool) Answer {
	if b {
		return Yes
	}
	return No
}

// Not turns an answer around; what is unknown stays so.
func (a Answer) Not() Answer {
	switch a {
	case Yes:
		return No
	case No:
		return Yes
	default:
		return Unknown
	}
}

// Packet is the first packet of a connection, as it is at one place of its way. A zero
// field is not known.
type Packet struct {
	Source, Destination netip.Addr
	// Protocol is "tcp", "udp" or "sctp".
	Protocol             string
	SourcePort, DestPort uint16
	// SourceLocal and DestLocal say whether an address is one of the node itself.
	SourceLocal, DestLocal Answer
	Mark                   Mark
	In, Out                Interface
	// Translated says whether a rule has rewritten the destination.
	Translated Answer
	// First is the destination before that.
	First netip.AddrPort
}

// Mark is the packet's mark, and that of its connection.
type Mark struct {
	Known      bool
	Value      uint32
	Connection uint32
}

// Interface is where a packet came in or goes out. The name is empty where there is
// none, as on the way in of a packet that the node itself sends.
type Interface struct {
	Known bool
	Name  string
	// Not are names that it does not have, as rules write them.
	Not []string
}

// NotLoopback is an interface of which only this is known.
func NotLoopback(others ...string) Interface {
	return Interface{Not: append([]string{"lo"}, others...)}
}

// Is4 says whether the packet is one of IPv4.
func (p Packet) Is4() bool { return p.Destination.Is4() || !p.Destination.IsValid() && p.Source.Is4() }

// To rewrites the destination. A port of 0 leaves the port.
func (p *Packet) To(addr netip.Addr, port uint16) {
	if !p.First.IsValid() {
		p.First = netip.AddrPortFrom(p.Destination, p.DestPort)
	}
	p.Destination, p.Translated = addr, Yes
	if port != 0 {
		p.DestPort = port
	}
}

// Origin is where a packet comes from.
type Origin int

// The origins: over a network interface, or from a process of the node itself.
const (
	Arriving Origin = iota
	FromNode
)
