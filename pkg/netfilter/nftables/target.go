package nftables

import (
	"strconv"
	"strings"
)

// dnat reads "dnat [ip|ip6] [addr . port] to TARGET".
func (r *reader) dnat() (any, bool) {
	text := join(r.all[r.at:])
	r.at++
	if !r.accept("ip") {
		r.accept("ip6")
	}
	r.accept("addr", ".", "port")
	r.accept("addr")
	if !r.accept("to") {
		return nil, false
	}
	if r.peek(0) == "numgen" {
		random, ok := r.numgen()
		if !ok || !r.accept("map") {
			return nil, false
		}
		chosen := lookup{random: random, text: text}
		if !r.mapping(&chosen) {
			return nil, false
		}
		return rewrite{chosen: &chosen}, true
	}
	to := r.next()
	if r.accept(".") {
		to += " . " + r.next()
	}
	for r.accept("random") || r.accept("fully-random") || r.accept("persistent") || r.accept(",") {
		continue
	}
	return rewrite{to: to}, true
}

// numgen reads "numgen random mod N [offset M]". What "inc" counts is as even.
func (r *reader) numgen() (uint64, bool) {
	if !r.accept("numgen", "random", "mod") && !r.accept("numgen", "inc", "mod") {
		return 0, false
	}
	n, err := strconv.ParseUint(r.next(), 10, 32)
	if r.accept("offset") && r.next() != "0" {
		return 0, false
	}
	return n, err == nil && n > 0
}

// random reads "meta random & 2147483647 < N", which is how nft prints a probability of
// iptables.
func (r *reader) random() (any, bool) {
	const all = 1 << 31
	start := r.at
	if !r.accept("meta", "random", "&", "2147483647", "<") {
		return nil, false
	}
	n, err := strconv.ParseUint(r.next(), 0, 32)
	if err != nil || n > all {
		r.at = start
		return nil, false
	}
	return chance(float64(n) / all), true
}

// mapping reads "@NAME" or "{ KEY : DATA, … }".
func (r *reader) mapping(l *lookup) bool {
	if name, ok := strings.CutPrefix(r.peek(0), "@"); ok {
		r.at++
		l.name = name
		return name != ""
	}
	group, ok := r.group()
	if !ok {
		return false
	}
	l.set = anonymous(group, true)
	return true
}

// anonymous is the set of a rule.
func anonymous(group []token, isMap bool) *Set {
	s := &Set{IsMap: isMap}
	start := 0
	for i := 0; i <= len(group); i++ {
		if i < len(group) && (group[i].text != "," || group[i].quoted) {
			continue
		}
		if e, ok := element(group[start:i]); ok {
			s.Elements = append(s.Elements, e)
		}
		start = i + 1
	}
	return s
}
