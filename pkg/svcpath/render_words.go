package svcpath

import (
	"fmt"
	"strings"
)

// conditionWords says what a rule asks of a connection besides its destination.
func conditionWords(conditions []Condition) []string {
	var out []string
	for _, c := range conditions {
		if words := c.words(); words != "" {
			out = append(out, words)
		}
	}
	return out
}

func (c Condition) words() string {
	not := ""
	if c.Not {
		not = "not "
	}
	switch c.Module + " " + c.Option {
	case " -s", " ip saddr", " ip6 saddr":
		return strings.Replace("from "+not, "not ", "outside ", 1) + c.Value
	case "addrtype --src-type", " fib saddr type":
		if strings.EqualFold(c.Value, "local") && !c.Not {
			return "from the node itself"
		}
	case "recent --rcheck", "recent ip saddr", "recent ip6 saddr":
		return "a client sent here before stays here"
	}
	if c.affinity() {
		return ""
	}
	return strings.Join(strings.Fields("if "+not+c.Module+" "+c.Option+" "+c.Value), " ")
}

func packets(n *uint64) string {
	switch {
	case n == nil:
		return ""
	case *n == 1:
		return "1 packet"
	default:
		return fmt.Sprintf("%d packets", *n)
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "<unknown>"
	}
	return s
}
