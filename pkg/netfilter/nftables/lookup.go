package nftables

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// named is the anonymous set, or the one of that name; nil where it was not read.
func (t *Table) named(anonymous *Set, name string) *Set {
	if anonymous != nil {
		return anonymous
	}
	return t.sets[name]
}

// ask holds a packet against a condition, before a "!=" turns it around.
func (t *Table) ask(c condition, p netfilter.Packet) netfilter.Answer {
	set := t.named(c.set, c.name)
	if set == nil {
		return netfilter.Unknown
	}
	have := values(c.selectors, p)
	if c.hasMask {
		have[0].number &= uint64(c.mask)
	}
	_, answer := set.find(have)
	return answer
}

// remembers says whether a set is one that rules put clients into.
func (t *Table) remembers(name string) bool {
	s := t.sets[name]
	return s != nil && strings.Contains(s.Flags, "timeout")
}

// find looks values up. The element is that of a map.
func (s *Set) find(have []value) (Element, netfilter.Answer) {
	if slices.ContainsFunc(have, func(v value) bool { return v.never }) {
		return Element{}, netfilter.No
	}
	if s.index == nil {
		s.build()
	}
	known := !slices.ContainsFunc(have, func(v value) bool { return !v.known() })
	if known {
		for _, key := range keys(have) {
			if at, ok := s.index[key]; ok {
				return s.Elements[at], netfilter.Yes
			}
		}
	}
	answer := netfilter.No
	try := s.ranged
	if !known {
		try = nil
		for i := range s.Elements {
			try = append(try, i)
		}
	}
	for _, i := range try {
		switch matches(s.Elements[i].Key, have) {
		case netfilter.Yes:
			return s.Elements[i], netfilter.Yes
		case netfilter.Unknown:
			answer = netfilter.Unknown
		}
	}
	return Element{}, answer
}

// keys are the texts by which a set may have the values: a protocol has a name and a
// number.
func keys(have []value) []string {
	out := []string{""}
	for i, v := range have {
		var longer []string
		for _, start := range out {
			if i > 0 {
				start += " . "
			}
			for _, word := range v.texts() {
				longer = append(longer, start+word)
			}
		}
		out = longer
	}
	return out
}

// build makes the index of the elements that are one value each. The others are tried
// one by one.
func (s *Set) build() {
	s.index, s.ranged = map[string]int{}, nil
	for i, e := range s.Elements {
		keys := make([]string, len(e.Key))
		plain := true
		for j, k := range e.Key {
			var ok bool
			keys[j], ok = normal(k)
			plain = plain && ok
		}
		if !plain {
			s.ranged = append(s.ranged, i)
			continue
		}
		if at := strings.Join(keys, " . "); !has(s.index, at) {
			s.index[at] = i
		}
	}
}

func has(index map[string]int, key string) bool {
	_, ok := index[key]
	return ok
}

// normal is a key's one way to be written. Prefixes, ranges and other patterns have none.
func normal(k string) (string, bool) {
	if addr, err := netip.ParseAddr(k); err == nil {
		return addr.String(), true
	}
	if n, err := strconv.ParseUint(k, 0, 64); err == nil {
		return strconv.FormatUint(n, 10), true
	}
	return k, !strings.ContainsAny(k, "/-*")
}

// matches holds values against one key.
func matches(key []string, have []value) netfilter.Answer {
	if len(key) != len(have) {
		return netfilter.Unknown
	}
	answer := netfilter.Yes
	for i := range key {
		switch have[i].in(key[i]) {
		case netfilter.No:
			return netfilter.No
		case netfilter.Unknown:
			answer = netfilter.Unknown
		}
	}
	return answer
}
