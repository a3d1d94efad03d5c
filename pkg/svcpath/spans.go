package svcpath

import (
	"net/netip"
	"slices"
	"strings"
)

// span is addresses from one to another.
type span struct{ from, to netip.Addr }

// sameAddresses says whether two lists of addresses, prefixes and ranges ("A-B") hold the
// same addresses: nft may write what was said in other words. What is none of these is
// compared as text.
func sameAddresses(a, b []string) bool {
	left, ok := spans(a)
	right, also := spans(b)
	if !ok || !also {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	return slices.Equal(left, right)
}

// spans are sorted, and do not touch.
func spans(list []string) ([]span, bool) {
	var all []span
	for _, text := range list {
		s, ok := spanOf(text)
		if !ok {
			return nil, false
		}
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b span) int { return a.from.Compare(b.from) })
	var out []span
	for _, s := range all {
		last := len(out) - 1
		if last >= 0 && (s.from.Compare(out[last].to) <= 0 || s.from == out[last].to.Next()) {
			if out[last].to.Less(s.to) {
				out[last].to = s.to
			}
			continue
		}
		out = append(out, s)
	}
	return out, true
}

func spanOf(text string) (span, bool) {
	if from, to, ranged := strings.Cut(text, "-"); ranged {
		first, err := netip.ParseAddr(from)
		last, err2 := netip.ParseAddr(to)
		return span{first, last}, err == nil && err2 == nil
	}
	if addr, err := netip.ParseAddr(text); err == nil {
		return span{addr, addr}, true
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return span{}, false
	}
	bytes := prefix.Masked().Addr().AsSlice()
	for bit := prefix.Bits(); bit < len(bytes)*8; bit++ {
		bytes[bit/8] |= 1 << (7 - bit%8)
	}
	last, _ := netip.AddrFromSlice(bytes)
	return span{prefix.Masked().Addr(), last}, true
}
