package nftables

import (
	"slices"
)

// The statements of a rule, in the order in which the kernel takes them.
type (
	// condition compares values of the packet with a set of values.
	condition struct {
		selectors []string
		// mask is a mask of the mark, where hasMask says that there is one.
		mask    uint32
		hasMask bool
		not     bool
		set     *Set
		// name is that of a named set, which is looked up in the table.
		name string
		text string
	}
	// lookup takes a verdict from a map, by values of the packet or by chance.
	lookup struct {
		selectors []string
		random    uint64
		set       *Set
		name      string
		text      string
	}
	verdict struct {
		verb  string
		chain string
	}
	setMark struct {
		and, or, xor uint32
		connection   bool
		// copied takes the value of the other of the two marks.
		copied bool
	}
	// rewrite is a dnat, to one address or to one of a map.
	rewrite struct {
		to     string
		chosen *lookup
	}
	masquerade struct{}
	// chance lets a part of the packets on.
	chance float64
	// unknown is a condition that is not understood.
	unknown struct{ text string }
	// stranger is a statement that is not understood, and could do anything.
	stranger struct{ text string }
)

// parseRule reads the statements of a rule.
func parseRule(spec string) []any {
	r := &reader{all: tokens(spec)}
	var out []any
	for !r.done() {
		start := r.at
		s, known := r.statement()
		if !known {
			r.at = start
			s = r.unknown()
		}
		if s != nil {
			out = append(out, s)
		}
	}
	// A condition without anything behind it was none.
	if last := len(out) - 1; last >= 0 {
		if u, ok := out[last].(unknown); ok {
			out[last] = stranger(u)
		}
	}
	return out
}

// unknown takes words that are not understood, up to one that begins a statement. They
// are a condition if one follows that does something, for what a rule does comes last;
// else nobody knows what they do.
func (r *reader) unknown() any {
	start := r.at
	for r.at++; !r.done(); r.at++ {
		if slices.Contains(actions, r.peek(0)) {
			return unknown{join(r.all[start:r.at])}
		}
	}
	return stranger{join(r.all[start:])}
}

// actions are words by which statements begin that do something.
var actions = []string{
	"accept", "drop", "return", "reject", "continue", "jump", "goto", "dnat", "snat", "masquerade", "counter", "log", "comment",
}

// statement reads one statement. It is nil for one that does nothing to a packet's way.
func (r *reader) statement() (any, bool) {
	switch r.peek(0) {
	case "comment":
		r.at += 2
		return nil, true
	case "counter":
		r.counter()
		return nil, true
	case "masquerade", "snat":
		r.at = len(r.all)
		return masquerade{}, true
	case "dnat":
		return r.dnat()
	case "update", "add", "delete":
		r.at += 2
		_, ok := r.group()
		return nil, ok
	case "log":
		r.log()
		return nil, true
	case "xt":
		return r.extension()
	}
	for _, read := range []func() (any, bool){r.verdict, r.stranger, r.markStatement, r.random} {
		if s, ok := read(); ok {
			return s, true
		}
	}
	return r.expression()
}

// verdict reads what ends a rule.
func (r *reader) verdict() (any, bool) {
	switch word := r.peek(0); word {
	case "accept", "drop", "return", "continue":
		r.at++
		return verdict{verb: word}, true
	case "jump", "goto":
		r.at++
		return verdict{word, r.next()}, true
	case "reject":
		r.at = len(r.all) // with what is no matter
		return verdict{verb: word}, true
	default:
		return nil, false
	}
}

// stranger reads a statement behind which nobody knows where a packet goes.
func (r *reader) stranger() (any, bool) {
	if !slices.Contains([]string{"redirect", "queue", "tproxy", "notrack", "synproxy", "dup", "fwd"}, r.peek(0)) {
		return nil, false
	}
	text := join(r.all[r.at:])
	r.at = len(r.all)
	return stranger{text}, true
}

func (r *reader) counter() {
	r.at++
	switch {
	case r.peek(0) == "packets":
		r.at += 4
	case r.peek(0) == "name":
		r.at += 2
	}
	r.at = min(r.at, len(r.all))
}

// log reads "log [prefix "TEXT"] [level WORD] [group N] …".
func (r *reader) log() {
	r.at++
	for slices.Contains([]string{"prefix", "level", "group", "snaplen", "queue-threshold", "flags"}, r.peek(0)) {
		r.at = min(r.at+2, len(r.all))
	}
}

// extension reads what nft prints of an extension of iptables.
func (r *reader) extension() (any, bool) {
	if r.peek(1) == "match" && r.at+2 < len(r.all) && r.all[r.at+2].text == "comment" {
		r.at += 3
		return nil, true
	}
	return nil, false
}
