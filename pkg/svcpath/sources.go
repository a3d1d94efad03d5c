package svcpath

import (
	"net/netip"
	"slices"
	"strings"
)

// span is addresses from first to last.
type span struct{ first, last netip.Addr }

func spanOf(p netip.Prefix) span {
	last := p.Masked().Addr().AsSlice()
	for bit := p.Bits(); bit < len(last)*8; bit++ {
		last[bit/8] |= 1 << (7 - bit%8)
	}
	end, _ := netip.AddrFromSlice(last)
	return span{p.Masked().Addr(), end}
}

// spans reads addresses, prefixes and "FIRST-LAST".
func spans(texts []string) (out []span, ok bool) {
	for _, text := range texts {
		s, ok := spanIn(text)
		if !ok {
			return nil, false
		}
		out = append(out, s)
	}
	return out, true
}

func spanIn(text string) (span, bool) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return spanOf(p), true
	}
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		to = from
	}
	first, err := netip.ParseAddr(from)
	last, err2 := netip.ParseAddr(to)
	return span{first, last}, err == nil && err2 == nil
}

// joined are the same addresses in as few spans as there can be, sorted. nft joins what
// overlaps or touches.
func joined(list []span) []span {
	list = slices.SortedFunc(slices.Values(list), func(a, b span) int { return a.first.Compare(b.first) })
	var out []span
	for _, s := range list {
		if n := len(out); n > 0 && (s.first.Compare(out[n-1].last) <= 0 || s.first == out[n-1].last.Next()) {
			if s.last.Compare(out[n-1].last) > 0 {
				out[n-1].last = s.last
			}
			continue
		}
		out = append(out, s)
	}
	return out
}
