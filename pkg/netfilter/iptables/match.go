package iptables

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// answer is what a packet says to a condition.
type answer int

const (
	unknown answer = iota
	yes
	no
)

func is(b bool) answer {
	if b {
		return yes
	}
	return no
}

// match holds a packet against a rule. chance is that of its random choices,
// conditions what the packet does not decide.
func (p Packet) match(r *Rule) (chance float64, conditions []Match, matches bool) {
	chance = 1
	all := r.Matches()
	for _, m := range all {
		if m.Module == "statistic" {
			if c, ok := chanceOf(m, all); ok {
				chance *= c
				continue
			}
		}
		a := p.ask(m, all)
		if m.Not && a != unknown {
			a = yes + no - a
		}
		switch a {
		case no:
			return 0, nil, false
		case unknown:
			conditions = append(conditions, m)
		}
	}
	return chance, conditions, true
}

// chanceOf reads -m statistic --mode random --probability P. The mode nth counts
// packets, and so is a condition.
func chanceOf(m Match, all []Match) (chance float64, ok bool) {
	random := slices.ContainsFunc(all, func(m Match) bool {
		return m.Module == "statistic" && m.Option == "--mode" && m.Value == "random"
	})
	if !random {
		return 0, false
	}
	if m.Option != "--probability" {
		return 1, true
	}
	chance, err := strconv.ParseFloat(m.Value, 64)
	if err != nil || !(chance >= 0 && chance <= 1) {
		return 0, false
	}
	if m.Not {
		chance = 1 - chance
	}
	return chance, true
}

// ask says what the packet knows of one condition, before a "!" turns it around.
func (p Packet) ask(m Match, all []Match) answer {
	switch m.Module {
	case "":
		return p.askBuiltin(m)
	case "comment", "nfacct":
		return yes // they only note
	case "tcp", "udp", "sctp", "dccp", "multiport":
		return p.askPort(m)
	case "conntrack", "state":
		if m.Option == "--ctstate" || m.Option == "--state" {
			return isNew(m.Value)
		}
	case "addrtype":
		if m.Option == "--dst-type" && m.Value == "LOCAL" && p.DestLocal != nil {
			return is(*p.DestLocal)
		}
	case "recent":
		return noted(all)
	}
	return unknown
}

// noted: a rule that only notes the source matches every packet.
func noted(all []Match) answer {
	if slices.ContainsFunc(all, notesSource) {
		return yes
	}
	return unknown
}

// notesSource says whether a match of the module recent notes the source, whoever that is.
func notesSource(m Match) bool { return m.Module == "recent" && m.Option == "--set" }

func (p Packet) askPort(m Match) answer {
	if (m.Option == "--dport" || m.Option == "--dports") && p.DestPort != 0 {
		return inPorts(m.Value, p.DestPort)
	}
	return unknown
}

func (p Packet) askBuiltin(m Match) answer {
	switch {
	case m.Option == "-s" && p.Source.IsValid():
		return within(m.Value, p.Source)
	case m.Option == "-d" && p.Destination.IsValid():
		return within(m.Value, p.Destination)
	case m.Option == "-p" && p.Protocol != "":
		return is(m.Value == p.Protocol || m.Value == protocolNumbers[p.Protocol] || m.Value == "all")
	default:
		return unknown
	}
}

// protocolNumbers are what iptables prints where it does not know the names (RFC 5237
// assigned numbers).
var protocolNumbers = map[string]string{"tcp": "6", "udp": "17", "sctp": "132"}

// within reads ADDRESS, ADDRESS/LENGTH and ADDRESS/MASK.
func within(value string, addr netip.Addr) answer {
	network, length, ranged := strings.Cut(value, "/")
	base, err := netip.ParseAddr(network)
	if err != nil {
		return unknown
	}
	if !ranged {
		return is(base == addr)
	}
	if bits, err := strconv.Atoi(length); err == nil {
		prefix, err := base.Prefix(bits)
		if err != nil {
			return unknown
		}
		return is(prefix.Contains(addr))
	}
	mask, err := netip.ParseAddr(length)
	if err != nil || mask.BitLen() != base.BitLen() {
		return unknown
	}
	return is(base.BitLen() == addr.BitLen() && masked(base, mask) == masked(addr, mask))
}

func masked(addr, mask netip.Addr) string {
	a, m := addr.AsSlice(), mask.AsSlice()
	for i := range a {
		a[i] &= m[i]
	}
	return string(a)
}

// inPorts reads "80", "80:90" and lists of them.
func inPorts(value string, port uint16) answer {
	for one := range strings.SplitSeq(value, ",") {
		low, high, ranged := strings.Cut(one, ":")
		if !ranged {
			high = low
		}
		from, err1 := portOr(low, 0)
		to, err2 := portOr(high, 65535)
		if err1 != nil || err2 != nil {
			return unknown
		}
		if from <= port && port <= to {
			return yes
		}
	}
	return no
}

func portOr(s string, open uint16) (uint16, error) {
	if s == "" {
		return open, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err
}

// isNew: the first packet of a connection is in the state NEW, and in no other than
// the two that say how its addresses were rewritten.
func isNew(states string) answer {
	list := strings.Split(states, ",")
	switch {
	case slices.Contains(list, "NEW"):
		return yes
	case slices.Contains(list, "DNAT"), slices.Contains(list, "SNAT"):
		return unknown
	default:
		return no
	}
}
