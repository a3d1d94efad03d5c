package nftables

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// draw divides a flow evenly among the numbers of a map's keys, and returns what no key
// takes.
func (w *applying) draw(set *Set, n uint64, f *netfilter.Flow, each func(string, *netfilter.Flow)) *netfilter.Flow {
	left := float64(n)
	for _, e := range set.Elements {
		low, high, ok := numbers(e.Key[0], n)
		if !ok || left < 0.5 {
			continue
		}
		width := float64(high - low + 1)
		taken, rest := f.Split(min(1, width/left))
		left -= width
		if taken != nil {
			each(e.Data, taken)
		}
		if f = rest; f == nil {
			return nil
		}
	}
	return f
}

// numbers reads "3" and "3-5".
func numbers(key string, n uint64) (low, high uint64, ok bool) {
	from, to, ranged := strings.Cut(key, "-")
	if !ranged {
		to = from
	}
	low, err1 := strconv.ParseUint(from, 10, 32)
	high, err2 := strconv.ParseUint(to, 10, 32)
	return low, high, err1 == nil && err2 == nil && low <= high && high < n
}

func verdictOf(data string) verdict {
	verb, chain, _ := strings.Cut(data, " ")
	return verdict{verb, strings.Trim(chain, `"`)}
}

// rewrite gives the flow its new destination.
func (w *applying) rewrite(s rewrite, f *netfilter.Flow) {
	to := func(target string, f *netfilter.Flow) {
		addr, port, ok := destination(target)
		if !ok {
			w.end(f.Lose("dnat to "+target), netfilter.Stop)
			return
		}
		if !addr.IsValid() {
			addr = f.Packet.Destination
		}
		w.run.Rewrite(f, addr, port)
		w.end(f, netfilter.Stop)
	}
	if s.chosen == nil {
		to(s.to, f)
		return
	}
	set := w.rule.table.named(s.chosen.set, s.chosen.name)
	if set == nil {
		w.end(f.Lose(s.chosen.text), netfilter.Stop)
		return
	}
	if rest := w.draw(set, s.chosen.random, f, to); rest != nil {
		w.pass(rest, false)
	}
}

// destination reads "IP:PORT", "IP . PORT", "IP" and ":PORT".
func destination(s string) (netip.Addr, uint16, bool) {
	if ip, port, ok := strings.Cut(s, " . "); ok {
		addr, err1 := netip.ParseAddr(ip)
		n, err2 := strconv.ParseUint(port, 10, 16)
		return addr, uint16(n), err1 == nil && err2 == nil
	}
	if at, err := netip.ParseAddrPort(s); err == nil {
		return at.Addr(), at.Port(), true
	}
	if port, ok := strings.CutPrefix(s, ":"); ok {
		n, err := strconv.ParseUint(port, 10, 16)
		return netip.Addr{}, uint16(n), err == nil && n > 0
	}
	addr, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return addr, 0, err == nil
}

// set changes the mark.
func (s setMark) set(m *netfilter.Mark) {
	to, other := &m.Value, m.Connection
	if s.connection {
		to, other = &m.Connection, m.Value
	}
	if s.copied {
		*to = other
		return
	}
	*to = (*to&s.and | s.or) ^ s.xor
}
