// Package conntrack reads the kernel's table of connections, as conntrack -L and
// /proc/net/nf_conntrack print it.
package conntrack

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Entry is one connection: what its first packet was, and where its replies come from.
type Entry struct {
	// Protocol is "tcp", "udp" or "sctp".
	Protocol string
	// State is TCP's or SCTP's, such as ESTABLISHED; "" for UDP, which has none.
	State string
	// Source and Destination are those of the first packet, before any translation.
	Source, Destination netip.AddrPort
	// Server is where replies come from: the destination after translation.
	Server netip.AddrPort
	// Unreplied is set while no reply has been seen.
	Unreplied bool
	// Packets are those of both directions so far, where they are Accounted
	// (net.netfilter.nf_conntrack_acct).
	Packets   uint64
	Accounted bool
}

// Translated says whether the destination was changed.
func (e Entry) Translated() bool { return e.Server != e.Destination }

// Parse reads the entries of protocols with ports; lines of others, and what a program
// says besides, are left out. Its error says which line is cut.
func Parse(text string) ([]Entry, error) {
	var out []Entry
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		if len(words) > 2 && (words[0] == "ipv4" || words[0] == "ipv6") {
			// The file names the family first, and its number.
			words = words[2:]
		}
		if len(words) < 3 || (words[0] != "tcp" && words[0] != "udp" && words[0] != "sctp") {
			continue
		}
		e, err := entry(words)
		if err != nil {
			return nil, fmt.Errorf("%w: %q", err, strings.TrimSpace(line))
		}
		out = append(out, e)
	}
	return out, nil
}

// tuple is one direction of a connection.
type tuple struct{ source, destination netip.AddrPort }

func entry(words []string) (Entry, error) {
	e := Entry{Protocol: words[0]}
	// PROTOCOL NUMBER TIMEOUT [STATE] TUPLE [UNREPLIED] TUPLE …
	if len(words) > 3 && !strings.ContainsAny(words[3], "=[") {
		e.State = words[3]
	}
	values := map[string][]string{}
	for _, word := range words[3:] {
		if word == "[UNREPLIED]" {
			e.Unreplied = true
		}
		if key, value, ok := strings.Cut(word, "="); ok {
			values[key] = append(values[key], value)
		}
	}
	first, err := direction(values, 0)
	if err != nil {
		return e, err
	}
	reply, err := direction(values, 1)
	if err != nil {
		return e, err
	}
	e.Source, e.Destination, e.Server = first.source, first.destination, reply.source
	for _, text := range values["packets"] {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return e, fmt.Errorf("packets of a connection is no number")
		}
		e.Packets, e.Accounted = e.Packets+n, true
	}
	return e, nil
}

func direction(values map[string][]string, i int) (t tuple, err error) {
	if t.source, err = at(values, "src", "sport", i); err != nil {
		return t, err
	}
	t.destination, err = at(values, "dst", "dport", i)
	return t, err
}

func at(values map[string][]string, host, port string, i int) (netip.AddrPort, error) {
	if len(values[host]) <= i || len(values[port]) <= i {
		return netip.AddrPort{}, fmt.Errorf("a connection without its %s or %s", host, port)
	}
	addr, err := netip.ParseAddr(values[host][i])
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s of a connection is no address", host)
	}
	number, err := strconv.ParseUint(values[port][i], 10, 16)
	if err != nil {
		return netip.AddrPort{}, fmt.Errorf("%s of a connection is no port", port)
	}
	return netip.AddrPortFrom(addr, uint16(number)), nil
}
