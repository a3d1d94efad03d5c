package netfilter

import (
	"cmp"
	"slices"
)

// Hook is a place of the kernel where packets are shown to rules.
type Hook int

// The hooks of the IP families (include/uapi/linux/netfilter.h nf_inet_hooks).
const (
	Prerouting Hook = iota
	Input
	Forward
	Output
	Postrouting
)

// Priorities of the base chains of iptables, and of the names of nft
// (include/uapi/linux/netfilter_ipv4.h nf_ip_hook_priorities).
const (
	PriorityRaw      = -300
	PriorityMangle   = -150
	PriorityDestNAT  = -100
	PriorityFilter   = 0
	PrioritySecurity = 50
	PrioritySrcNAT   = 100
)

// Base is a chain that the kernel shows packets to.
type Base struct {
	Hook     Hook
	Priority int
	// NAT says that the chain is of the type nat: of those of one hook only the first
	// that rewrites an address does.
	NAT bool
	// Chain is the name in Rules.
	Chain string
	Rules Rules
	// Drops is the policy.
	Drops bool
}

// Rules is a set of chains: a table of iptables or nftables.
type Rules interface {
	// Name is the table's.
	Name() string
	// Rules lists a chain's rules, and says whether there is such a chain.
	Rules(chain string) ([]Rule, bool)
}

// Rule is one rule.
type Rule interface {
	// Text is the rule as it was printed, with its chain.
	Text() string
	// Apply takes a flow through the rule. What it returns are all ways on, or nil where
	// the rule does not match; that is the same as one way to the next rule.
	Apply(r *Run, f *Flow) []Way
}

// Verb is what becomes of a flow after a rule.
type Verb int

// The verbs. Stop ends the base chain.
const (
	Next Verb = iota
	Jump
	Goto
	Return
	Stop
)

// Way is a way on from a rule.
type Way struct {
	Flow *Flow
	Verb Verb
	// Chain is where Jump and Goto lead.
	Chain string
	// Passed says that the rule did not match on this way.
	Passed bool
}

// sorted are the base chains of a hook in the kernel's order.
func sorted(all []Base, hook Hook) []Base {
	var out []Base
	for _, b := range all {
		if b.Hook == hook {
			out = append(out, b)
		}
	}
	slices.SortStableFunc(out, func(a, b Base) int { return cmp.Compare(a.Priority, b.Priority) })
	return out
}
