package nftables

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// value is what a packet has for a selector: one word or several of which any may be
// compared, or none where it is not known.
type value struct {
	words []string
	// addr and number are the value where it is one.
	addr   netip.Addr
	number uint64
	isNum  bool
	// local is the answer of a fib lookup, for a value that is a type of address.
	local  netfilter.Answer
	isType bool
	// never says that the packet has no such thing, so that nothing is equal to it.
	never bool
	// not are names that an interface does not have.
	not []string
}

func values(names []string, p netfilter.Packet) []value {
	out := make([]value, len(names))
	for i, name := range names {
		out[i] = valueOf(name, p)
	}
	return out
}

func valueOf(name string, p netfilter.Packet) value {
	switch name {
	case "saddr", "saddr6":
		return address(p.Source, name == "saddr6")
	case "daddr", "daddr6":
		return address(p.Destination, name == "daddr6")
	case "original daddr", "original daddr6":
		return address(original(p).Addr(), name == "original daddr6")
	case "l4proto":
		return value{words: protocolWords[p.Protocol]}
	case "source type":
		return typeOf(p.SourceLocal)
	case "destination type":
		return typeOf(p.DestLocal)
	case "iifname":
		return interfaceName(p.In)
	case "oifname":
		return interfaceName(p.Out)
	case "nfproto":
		return value{words: families4[p.Is4()]}
	case "state", "direction", "status":
		return ofConnection(name, p)
	default:
		return numeric(name, p)
	}
}

// ofConnection is what conntrack has of the first packet of a connection.
func ofConnection(name string, p netfilter.Packet) value {
	switch name {
	case "state":
		return value{words: bit("new", 8)}
	case "direction":
		return value{words: []string{"original", "0"}}
	default:
		return status(p)
	}
}

// families4 are the names and numbers of the families, by whether it is IPv4.
var families4 = map[bool][]string{true: {"ipv4", "2"}, false: {"ipv6", "10"}}

// original is the destination before a rule rewrote it.
func original(p netfilter.Packet) netip.AddrPort {
	if p.First.IsValid() {
		return p.First
	}
	return netip.AddrPortFrom(p.Destination, p.DestPort)
}

// numeric are ports and marks.
func numeric(name string, p netfilter.Packet) value {
	protocol, port, named := strings.Cut(name, " ")
	if named && protocolWords[protocol] != nil {
		if protocol != p.Protocol {
			return value{never: true}
		}
		name = port
	}
	switch name {
	case "dport":
		return portOf(p.DestPort)
	case "sport":
		return portOf(p.SourcePort)
	case "original dport":
		return portOf(original(p).Port())
	case "mark":
		return value{number: uint64(p.Mark.Value), isNum: p.Mark.Known}
	case "ct mark":
		return value{number: uint64(p.Mark.Connection), isNum: p.Mark.Known}
	default:
		return value{}
	}
}

// protocolWords are the names and numbers of protocols (RFC 5237 assigned numbers).
var protocolWords = map[string][]string{"tcp": {"tcp", "6"}, "udp": {"udp", "17"}, "sctp": {"sctp", "132"}}

func address(addr netip.Addr, six bool) value {
	return value{addr: addr, never: addr.IsValid() && addr.Is6() != six}
}

func portOf(port uint16) value { return value{number: uint64(port), isNum: port != 0} }

// bit is a flag of conntrack by its name, and as nft -n prints it.
func bit(name string, n int) []string {
	return []string{name, strconv.Itoa(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0x%08x", n)}
}

// status is that of the connection, as far as a rule about services asks for it.
func status(p netfilter.Packet) value {
	switch p.Translated {
	case netfilter.Yes:
		return value{words: bit("dnat", 32)}
	case netfilter.No:
		return value{words: []string{""}}
	default:
		return value{}
	}
}

func typeOf(local netfilter.Answer) value {
	return value{isType: true, local: local}
}

// typeIn knows of the types of addresses only what is local: the others need the node's
// routes.
func (v value) typeIn(want string) netfilter.Answer {
	switch {
	case want == "local" || want == "2":
		return v.local
	case v.local == netfilter.Yes:
		return netfilter.No
	default:
		return netfilter.Unknown
	}
}

func interfaceName(i netfilter.Interface) value {
	if !i.Known {
		return value{not: i.Not}
	}
	return value{words: []string{i.Name}}
}

// texts are those by which a set finds a value.
func (v value) texts() []string {
	switch {
	case v.addr.IsValid():
		return []string{v.addr.String()}
	case v.isNum:
		return []string{strconv.FormatUint(v.number, 10)}
	default:
		return v.words
	}
}

func (v value) known() bool { return v.addr.IsValid() || v.isNum || len(v.words) > 0 || v.never }

// in compares a value with one of a rule: a word, a number, an address, a prefix, or a
// range of them. "*" is everything.
func (v value) in(want string) netfilter.Answer {
	switch {
	case v.never:
		return netfilter.No
	case v.isType:
		return v.typeIn(want)
	case want == "*":
		return netfilter.Yes
	case len(v.not) > 0 && slices.Contains(v.not, want):
		return netfilter.No
	case v.addr.IsValid():
		return addressIn(v.addr, want)
	case v.isNum:
		return numberIn(v.number, want)
	}
	return wordIn(v.words, want)
}

// wordIn compares words with one of a rule, of which "cali*" is the beginning of one.
func wordIn(words []string, want string) netfilter.Answer {
	if len(words) == 0 {
		return netfilter.Unknown
	}
	prefix, isPrefix := strings.CutSuffix(want, "*")
	for _, have := range words {
		if have == want || isPrefix && have != "" && strings.HasPrefix(have, prefix) {
			return netfilter.Yes
		}
	}
	return netfilter.No
}

func addressIn(addr netip.Addr, want string) netfilter.Answer {
	if prefix, err := netip.ParsePrefix(want); err == nil {
		return netfilter.Is(prefix.Contains(addr))
	}
	if one, err := netip.ParseAddr(want); err == nil {
		return netfilter.Is(one == addr)
	}
	low, high, ranged := strings.Cut(want, "-")
	from, err1 := netip.ParseAddr(low)
	to, err2 := netip.ParseAddr(high)
	if !ranged || err1 != nil || err2 != nil {
		return netfilter.Unknown
	}
	return netfilter.Is(from.Compare(addr) <= 0 && addr.Compare(to) <= 0 && from.BitLen() == addr.BitLen())
}

func numberIn(n uint64, want string) netfilter.Answer {
	low, high, ranged := strings.Cut(want, "-")
	if !ranged {
		high = low
	}
	from, err1 := strconv.ParseUint(low, 0, 64)
	to, err2 := strconv.ParseUint(high, 0, 64)
	if err1 != nil || err2 != nil {
		return netfilter.Unknown
	}
	return netfilter.Is(from <= n && n <= to)
}
