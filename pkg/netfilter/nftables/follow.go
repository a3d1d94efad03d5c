package nftables

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Step is a rule that a packet can match, or an element of a rule's map that is taken.
type Step struct {
	// Chain holds the rule; of an element of a named map it is the map.
	Chain string
	// Rule is the rule as nft prints it, of an element "KEY : DATA".
	Rule string
	// Conditions are what of the rule the packet does not decide.
	Conditions []Condition
	// Share is of the connections that enter the walk and fulfil the conditions of this
	// step and of those above it, 0…1.
	Share float64
	// Verdict is "dnat", "masquerade", "mark", "accept", "drop", "reject" or "return". It is
	// "" for what leads to a chain or a map, and for a rule that decides nothing.
	Verdict string
	// To is the chain, the map as "@NAME" or "{}", or the new destination, as nft prints it.
	To string
	// Unread is set where To is not in the table, and where the rule has a statement that
	// is not understood.
	Unread bool
	// Steps is the walk inside of the chain, or the elements of the map.
	Steps []Step
}

// Condition is a part of a rule that the packet does not decide.
type Condition struct {
	// Selector is the value that is asked for, in nft's words: "ip saddr".
	Selector string
	Not      bool
	Value    string
}

// Follow follows a packet through a chain and returns, in order, every rule that it can
// match. A value of the packet that is not known becomes a condition. A rule with a
// condition takes nothing from those behind it.
func (t *Table) Follow(chain string, p netfilter.Packet) []Step {
	f := follower{table: t, packet: p, open: map[string]bool{}}
	steps, _ := f.chain(chain, 1)
	return steps
}

type follower struct {
	table  *Table
	packet netfilter.Packet
	// open are the chains that the walk is in: a text may have a loop. taken bounds the
	// steps, as chains that each jump twice to the next have more ways than can be walked.
	open  map[string]bool
	taken int
}

const (
	maxSteps = 100_000
	// nothing is a share so small that only rounding made it.
	nothing = 1e-9
)

// chain walks a chain that share of the connections enter. left is the share of those that
// come back from it.
func (f *follower) chain(name string, share float64) (steps []Step, left float64) {
	c, ok := f.table.Chain(name)
	if !ok || f.open[name] || f.taken > maxSteps {
		return nil, share
	}
	f.open[name] = true
	defer delete(f.open, name)
	returned := 0.0
	for _, r := range c.Rules {
		if share < nothing {
			break
		}
		f.taken++
		one := following{follower: f, step: Step{Chain: name, Rule: r.Spec(), Share: share}}
		if !one.rule(r) {
			continue
		}
		steps = append(steps, one.step)
		if len(one.step.Conditions) == 0 {
			share -= one.gone
			returned += one.back
		}
	}
	return steps, share + returned
}

// following is one rule.
type following struct {
	*follower
	step Step
	// gone is the share that the later rules of the chain no longer get, back the part of
	// it that returns to the chain before.
	gone, back float64
}

// rule goes over the statements. It is false where the packet does not match.
func (f *following) rule(r *Rule) bool {
	if !r.read {
		r.statements, r.read = parseRule(r.Spec()), true
	}
	for _, s := range r.statements {
		switch s := s.(type) {
		case condition:
			if !f.condition(s) {
				return false
			}
		case unknown:
			f.step.Conditions = append(f.step.Conditions, Condition{Selector: s.text})
		case chance:
			f.step.Share *= float64(s)
		case setMark:
			f.step.Verdict = "mark"
		case lookup:
			return f.lookup(s)
		default:
			f.last(s)
		}
	}
	return true
}

// last is a statement behind which a rule does not go on.
func (f *following) last(s any) {
	switch s := s.(type) {
	case verdict:
		f.verdict(&f.step, s)
	case rewrite:
		f.rewrite(s)
	case masquerade:
		f.step.Verdict, f.gone = "masquerade", f.step.Share
	case stranger:
		f.step.Unread, f.gone = true, f.step.Share
	}
}

// condition asks the packet, and notes what it does not know.
func (f *following) condition(c condition) bool {
	answer := f.table.ask(c, f.packet)
	if f.table.remembers(c.name) {
		answer = netfilter.Unknown
	}
	if c.not {
		answer = answer.Not()
	}
	if answer == netfilter.Unknown {
		f.step.Conditions = append(f.step.Conditions, c.words())
	}
	return answer != netfilter.No
}

// words divides a condition's text where its value begins.
func (c condition) words() Condition {
	selector, value, compared := strings.Cut(c.text, " != ")
	if !compared {
		at := strings.LastIndexByte(c.text, ' ')
		if open := strings.IndexByte(c.text, '{'); open > 0 {
			at = open - 1
		}
		selector, value = c.text[:max(at, 0)], c.text[at+1:]
	}
	return Condition{Selector: selector, Not: c.not, Value: value}
}

// verdict goes where a verdict leads, of a rule or of an element.
func (f *following) verdict(step *Step, v verdict) {
	switch v.verb {
	case "jump", "goto":
		step.To = v.chain
		if _, there := f.table.Chain(v.chain); !there {
			step.Unread = true
			f.gone += step.Share
			return
		}
		var left float64
		step.Steps, left = f.chain(v.chain, step.Share)
		f.gone += step.Share - left
		if v.verb == "goto" {
			f.gone, f.back = f.gone+left, f.back+left
		}
	case "return":
		step.Verdict = v.verb
		f.gone, f.back = f.gone+step.Share, f.back+step.Share
	case "continue":
	default:
		step.Verdict = v.verb
		f.gone += step.Share
	}
}
