package iptables

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

func (p asker) askPort(m Match) netfilter.Answer {
	switch m.Option {
	case "--dport", "--dports", "--destination-port", "--destination-ports":
		return portIn(m.Value, p.DestPort)
	case "--sport", "--sports", "--source-port", "--source-ports":
		return portIn(m.Value, p.SourcePort)
	case "--ports":
		return either(portIn(m.Value, p.SourcePort), portIn(m.Value, p.DestPort))
	case "--syn":
		return netfilter.Yes // the first packet of a connection
	case "--tcp-flags":
		return synOnly(m.Value)
	default:
		return netfilter.Unknown
	}
}

func either(a, b netfilter.Answer) netfilter.Answer {
	switch {
	case a == netfilter.Yes || b == netfilter.Yes:
		return netfilter.Yes
	case a == netfilter.No && b == netfilter.No:
		return netfilter.No
	default:
		return netfilter.Unknown
	}
}

// synOnly holds the flags of a connection's first packet, which are SYN alone, against
// "MASK COMP".
func synOnly(value string) netfilter.Answer {
	mask, comp, ok := strings.Cut(value, " ")
	if !ok {
		return netfilter.Unknown
	}
	masks := mask == "ALL" || slices.Contains(strings.Split(mask, ","), "SYN")
	if masks {
		return netfilter.Is(comp == "SYN")
	}
	return netfilter.Is(comp == "NONE")
}

func (p asker) askBuiltin(m Match) netfilter.Answer {
	switch m.Option {
	case "-s", "--source", "--src":
		return within(m.Value, p.Source)
	case "-d", "--destination", "--dst":
		return within(m.Value, p.Destination)
	case "-p", "--protocol":
		return p.askProtocol(strings.ToLower(m.Value))
	case "-i", "--in-interface":
		return named(m.Value, p.In)
	case "-o", "--out-interface":
		return named(m.Value, p.Out)
	case "-f", "--fragment":
		if p.fresh {
			return netfilter.No
		}
	default:
		return p.askPort(m) // -p tcp --dport 80, as one may write it
	}
	return netfilter.Unknown
}

func (p asker) askProtocol(value string) netfilter.Answer {
	if p.Protocol == "" {
		return netfilter.Unknown
	}
	return netfilter.Is(value == p.Protocol || value == protocolNumbers[p.Protocol] || value == "all" || value == "0")
}

// named compares an interface; a name that ends in + is the beginning of one.
func named(value string, have netfilter.Interface) netfilter.Answer {
	if !have.Known && slices.Contains(have.Not, value) {
		return netfilter.No
	}
	if !have.Known {
		return netfilter.Unknown
	}
	if prefix, ok := strings.CutSuffix(value, "+"); ok {
		return netfilter.Is(strings.HasPrefix(have.Name, prefix))
	}
	return netfilter.Is(have.Name == value)
}

// protocolNumbers are what iptables prints where it does not know the names (RFC 5237
// assigned numbers).
var protocolNumbers = map[string]string{"tcp": "6", "udp": "17", "sctp": "132"}

// within reads ADDRESS, ADDRESS/LENGTH and ADDRESS/MASK, and lists of them.
func within(value string, addr netip.Addr) netfilter.Answer {
	if !addr.IsValid() {
		return netfilter.Unknown
	}
	if !strings.Contains(value, ",") {
		return withinOne(value, addr)
	}
	answer := netfilter.No
	for one := range strings.SplitSeq(value, ",") {
		answer = either(answer, withinOne(one, addr))
	}
	return answer
}

func withinOne(value string, addr netip.Addr) netfilter.Answer {
	network, length, ranged := strings.Cut(value, "/")
	base, err := netip.ParseAddr(network)
	if err != nil {
		return netfilter.Unknown
	}
	if !ranged {
		return netfilter.Is(base == addr)
	}
	if bits, err := strconv.Atoi(length); err == nil {
		prefix, err := base.Prefix(bits)
		if err != nil {
			return netfilter.Unknown
		}
		return netfilter.Is(prefix.Contains(addr))
	}
	mask, err := netip.ParseAddr(length)
	if err != nil || mask.BitLen() != base.BitLen() {
		return netfilter.Unknown
	}
	return netfilter.Is(base.BitLen() == addr.BitLen() && masked(base, mask) == masked(addr, mask))
}

func masked(addr, mask netip.Addr) string {
	a, m := addr.AsSlice(), mask.AsSlice()
	for i := range a {
		a[i] &= m[i]
	}
	return string(a)
}

// portIn reads "80", "80:90" and lists of them.
func portIn(value string, port uint16) netfilter.Answer {
	if port == 0 {
		return netfilter.Unknown
	}
	for one := range strings.SplitSeq(value, ",") {
		low, high, ranged := strings.Cut(one, ":")
		if !ranged {
			high = low
		}
		from, err1 := portOr(low, 0)
		to, err2 := portOr(high, 65535)
		if err1 != nil || err2 != nil {
			return netfilter.Unknown
		}
		if from <= port && port <= to {
			return netfilter.Yes
		}
	}
	return netfilter.No
}

func portOr(s string, open uint16) (uint16, error) {
	if s == "" {
		return open, nil
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err
}
