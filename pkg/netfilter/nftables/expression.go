package nftables

import (
	"slices"
	"strconv"
	"strings"
)

// selectors are the values of a packet that a rule can ask for, by the words nft has for
// them, and the name that package-internal code has.
var selectors = []struct {
	words []string
	name  string
}{
	{[]string{"ip", "saddr"}, "saddr"}, {[]string{"ip", "daddr"}, "daddr"},
	{[]string{"ip6", "saddr"}, "saddr6"}, {[]string{"ip6", "daddr"}, "daddr6"},
	{[]string{"ip", "protocol"}, "l4proto"}, {[]string{"ip6", "nexthdr"}, "l4proto"},
	{[]string{"meta", "l4proto"}, "l4proto"}, {[]string{"l4proto"}, "l4proto"},
	{[]string{"th", "dport"}, "dport"}, {[]string{"th", "sport"}, "sport"},
	{[]string{"tcp", "dport"}, "tcp dport"}, {[]string{"tcp", "sport"}, "tcp sport"},
	{[]string{"udp", "dport"}, "udp dport"}, {[]string{"udp", "sport"}, "udp sport"},
	{[]string{"sctp", "dport"}, "sctp dport"}, {[]string{"sctp", "sport"}, "sctp sport"},
	{[]string{"meta", "mark"}, "mark"}, {[]string{"mark"}, "mark"}, {[]string{"ct", "mark"}, "ct mark"},
	{[]string{"ct", "state"}, "state"}, {[]string{"ct", "status"}, "status"}, {[]string{"ct", "direction"}, "direction"},
	{[]string{"fib", "saddr", "type"}, "source type"}, {[]string{"fib", "daddr", "type"}, "destination type"},
	{[]string{"meta", "iifname"}, "iifname"}, {[]string{"iifname"}, "iifname"}, {[]string{"meta", "iif"}, "iifname"}, {[]string{"iif"}, "iifname"},
	{[]string{"meta", "oifname"}, "oifname"}, {[]string{"oifname"}, "oifname"}, {[]string{"meta", "oif"}, "oifname"}, {[]string{"oif"}, "oifname"},
	{[]string{"meta", "nfproto"}, "nfproto"},
	{[]string{"ct", "original", "ip", "daddr"}, "original daddr"}, {[]string{"ct", "original", "ip6", "daddr"}, "original daddr6"},
	{[]string{"ct", "original", "proto-dst"}, "original dport"},
}

func (r *reader) selector() (string, bool) {
	for _, s := range selectors {
		if r.accept(s.words...) {
			return s.name, true
		}
	}
	return "", false
}

// expression reads a condition, or a lookup of a verdict.
func (r *reader) expression() (any, bool) {
	start := r.at
	text := func() string { return join(r.all[start:r.at]) }
	if r.peek(0) == "numgen" {
		random, ok := r.numgen()
		l := lookup{random: random}
		ok = ok && r.accept("vmap") && r.mapping(&l)
		l.text = text()
		return l, ok
	}
	var names []string
	for {
		name, ok := r.selector()
		if !ok {
			return nil, false
		}
		names = append(names, name)
		if !r.accept(".") {
			break
		}
	}
	if r.accept("vmap") {
		l := lookup{selectors: names}
		ok := r.mapping(&l)
		l.text = text()
		return l, ok
	}
	c := condition{selectors: names}
	ok := r.operand(&c)
	c.text = text()
	return c, ok
}

// operand reads the mask, the comparison and what is compared with.
func (r *reader) operand(c *condition) bool {
	if r.accept("and") || r.accept("&") {
		mask, err := strconv.ParseUint(r.next(), 0, 32)
		if err != nil || c.selectors[0] != "mark" && c.selectors[0] != "ct mark" {
			return false
		}
		c.mask, c.hasMask = uint32(mask), true
	}
	switch {
	case r.accept("!="):
		c.not = true
	case r.accept("=="):
	case slices.Contains([]string{"<", ">", "<=", ">=", "or", "xor", "|", "^", "map", "set", "!"}, r.peek(0)):
		return false
	}
	if name, ok := strings.CutPrefix(r.peek(0), "@"); ok {
		r.at++
		c.name = name
		return name != ""
	}
	if r.peek(0) == "{" {
		group, ok := r.group()
		c.set = anonymous(group, false)
		return ok
	}
	return r.values(c)
}

// values reads one value, "A . B" of a concatenation, or "A,B" of flags.
func (r *reader) values(c *condition) bool {
	if r.done() {
		return false
	}
	c.set = &Set{}
	for {
		key := []string{r.next()}
		for r.accept(".") {
			key = append(key, r.next())
		}
		c.set.Elements = append(c.set.Elements, Element{Key: key})
		if !r.accept(",") {
			return len(key) == len(c.selectors)
		}
	}
}

// markStatement reads "[meta|ct] mark set VALUE".
func (r *reader) markStatement() (any, bool) {
	start := r.at
	connection := false
	switch {
	case r.accept("ct", "mark", "set"):
		connection = true
	case r.accept("meta", "mark", "set"), r.accept("mark", "set"):
	default:
		return nil, false
	}
	s, ok := r.markValue(connection)
	if !ok {
		r.at = start
		text := join(r.all[r.at:])
		r.at = len(r.all)
		return stranger{text}, true
	}
	s.connection = connection
	return s, true
}

// markValue reads a number, the other of the two marks, or "mark OP NUMBER …" on the mark
// that is set: each OP is and, or, xor, as words or as signs.
func (r *reader) markValue(connection bool) (setMark, bool) {
	for r.accept("(") {
		continue
	}
	if n, err := strconv.ParseUint(r.peek(0), 0, 32); err == nil {
		r.at++
		return setMark{or: uint32(n)}, true
	}
	name, ok := r.selector()
	switch {
	case !ok || name != "mark" && name != "ct mark":
		return setMark{}, false
	case connection != (name == "ct mark"):
		return setMark{copied: true}, true
	default:
		return r.markChange()
	}
}

// markChange reads "OP NUMBER …" behind a mark.
func (r *reader) markChange() (setMark, bool) {
	s := setMark{and: 0xffffffff}
	for {
		op := r.peek(0)
		if op == ")" {
			r.at++
			continue
		}
		if !slices.Contains([]string{"and", "or", "xor", "&", "|", "^"}, op) {
			return s, true
		}
		n, err := strconv.ParseUint(r.peek(1), 0, 32)
		if err != nil {
			return s, false
		}
		r.at += 2
		s.apply(op, uint32(n))
	}
}

// apply adds one more operation: the mark is (mark & and | or) ^ xor.
func (s *setMark) apply(op string, n uint32) {
	switch op {
	case "and", "&":
		s.and, s.or, s.xor = s.and&n, s.or&n, s.xor&n
	case "or", "|":
		// A bit that is set is no longer turned around.
		s.or, s.xor = s.or|n, s.xor&^n
	default:
		s.xor ^= n
	}
}
