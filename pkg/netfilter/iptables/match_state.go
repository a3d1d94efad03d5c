package iptables

import (
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

func (p asker) askConnection(m Match) netfilter.Answer {
	switch m.Option {
	case "--ctstate", "--state":
		return p.isNew(m.Value)
	case "--ctdir":
		return netfilter.Is(strings.EqualFold(m.Value, "ORIGINAL"))
	case "--ctorigsrc":
		return within(m.Value, p.Source)
	case "--ctorigdst":
		if p.First.IsValid() {
			return within(m.Value, p.First.Addr())
		}
		return within(m.Value, p.Destination)
	case "--ctorigdstport":
		if p.First.IsValid() {
			return portIn(m.Value, p.First.Port())
		}
		return portIn(m.Value, p.DestPort)
	default:
		return netfilter.Unknown
	}
}

// isNew: the first packet of a connection is in the state NEW, and in no other than
// the two that say how its addresses were rewritten.
func (p asker) isNew(states string) netfilter.Answer {
	list := strings.Split(states, ",")
	switch {
	case slices.Contains(list, "NEW"):
		return netfilter.Yes
	case slices.Contains(list, "SNAT"):
		return netfilter.Unknown
	case slices.Contains(list, "DNAT"):
		return p.Translated
	default:
		return netfilter.No
	}
}

// askType answers --src-type and --dst-type for LOCAL: the other types need the node's
// routes.
func (p asker) askType(m Match) netfilter.Answer {
	local := netfilter.Unknown
	switch m.Option {
	case "--src-type":
		local = p.SourceLocal
	case "--dst-type":
		local = p.DestLocal
	}
	types := strings.Split(m.Value, ",")
	switch {
	case !slices.Contains(types, "LOCAL"):
		if local == netfilter.Yes && !slices.Contains(types, "UNSPEC") {
			return netfilter.No
		}
		return netfilter.Unknown
	case local == netfilter.No && len(types) > 1:
		return netfilter.Unknown
	default:
		return local
	}
}

func (p asker) askMark(m Match) netfilter.Answer {
	value, mask, err := markOf(m.Value)
	if m.Option != "--mark" || err != nil || !p.Mark.Known {
		return netfilter.Unknown
	}
	have := p.Mark.Value
	if m.Module == "connmark" {
		have = p.Mark.Connection
	}
	return netfilter.Is(have&mask == value)
}

// markOf reads VALUE and VALUE/MASK.
func markOf(s string) (value, mask uint32, err error) {
	v, m, ranged := strings.Cut(s, "/")
	number, err := strconv.ParseUint(v, 0, 32)
	if err != nil || !ranged {
		return uint32(number), 0xffffffff, err
	}
	masked, err := strconv.ParseUint(m, 0, 32)
	return uint32(number), uint32(masked), err
}

// askSet reads "NAME DIRECTIONS".
func (p asker) askSet(value string) netfilter.Answer {
	name, directions, ok := strings.Cut(value, " ")
	if !ok {
		return netfilter.Unknown
	}
	return p.sets.Holds(name, directions, p.Packet)
}
