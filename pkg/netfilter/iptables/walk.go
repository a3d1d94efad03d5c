package iptables

import (
	"net/netip"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Packet is the first packet of a connection. A zero field is not known: a rule that
// asks for it becomes a Condition of its step.
type Packet struct {
	Source, Destination netip.Addr
	// Protocol is "tcp", "udp" or "sctp".
	Protocol string
	DestPort uint16
	// DestLocal says whether the destination is an address of the node itself.
	DestLocal *bool
}

// asks holds the packet against rules.
func (p Packet) asks() asker {
	a := asker{Packet: netfilter.Packet{Source: p.Source, Destination: p.Destination, Protocol: p.Protocol, DestPort: p.DestPort}}
	if p.DestLocal != nil {
		a.DestLocal = netfilter.Is(*p.DestLocal)
	}
	return a
}

// Step is a rule that the packet can match.
type Step struct {
	Table string
	Rule  *Rule
	// Conditions are what of the rule the packet does not decide.
	Conditions []Match
	// Share is of the connections that enter the walk and fulfil the conditions of this
	// step and of those above it: what a connection really gets, 0…1. The probabilities
	// of all random choices on the way are in it.
	Share float64
	// Verdict is the target where that is none of the chains; "" for a chain, and for a
	// rule without a target.
	Verdict string
	// Unread is set where the target is a chain that is not in the Ruleset, or that lies
	// behind the first 100,000 steps of a walk. It is taken to keep every packet it gets.
	Unread bool
	// Steps is the walk inside of the target chain.
	Steps []Step
}

// verdicts are the targets that are no chains; those that are true end the walk of
// a packet through the table (man iptables-extensions).
var verdicts = map[string]bool{
	"ACCEPT": true, "DROP": true, "REJECT": true, "QUEUE": true, "NFQUEUE": true,
	"DNAT": true, "SNAT": true, "MASQUERADE": true, "REDIRECT": true, "NETMAP": true, "RETURN": true,
	"MARK": true, "CONNMARK": true, "LOG": true, "NFLOG": true, "TRACE": true, "CT": true, "NOTRACK": true,
	"SET": true, "TCPMSS": true, "TOS": true, "DSCP": true, "CLASSIFY": true, "CHECKSUM": true, "SECMARK": true,
	"CONNSECMARK": true, "TTL": true, "HL": true, "TPROXY": true, "AUDIT": true, "ECN": true, "LED": true,
}

// passing are those of them after which the packet goes on to the next rule.
var passing = map[string]bool{
	"": true, "MARK": true, "CONNMARK": true, "LOG": true, "NFLOG": true, "TRACE": true, "CT": true, "NOTRACK": true,
	"SET": true, "TCPMSS": true, "TOS": true, "DSCP": true, "CLASSIFY": true, "CHECKSUM": true, "SECMARK": true,
	"CONNSECMARK": true, "TTL": true, "HL": true, "AUDIT": true, "ECN": true, "LED": true,
}

// Walk follows the packet through a chain and returns, in order, every rule that it
// can match. A rule with a condition takes nothing from those behind it: its share is
// of the connections that fulfil the condition, theirs of those that do not.
func Walk(rs *Ruleset, table, chain string, p Packet) []Step {
	w := walker{rs: rs, table: table, packet: p, open: map[string]bool{}}
	steps, _ := w.chain(chain, 1)
	return steps
}

type walker struct {
	rs     *Ruleset
	table  string
	packet Packet
	// open are the chains that the walk is in. The kernel refuses loops, but a text
	// may have one.
	open map[string]bool
	// taken counts the steps. Chains that each jump twice to the next have few rules
	// and more ways than can be walked.
	taken int
}

const maxSteps = 100_000

// nothing is a share so small that only rounding made it.
const nothing = 1e-9

// chain walks a chain that share of the connections enter. left is the share of those
// that come back from it.
func (w *walker) chain(name string, share float64) (steps []Step, left float64) {
	c, ok := w.rs.Chain(w.table, name)
	if !ok || w.open[name] {
		return nil, share
	}
	w.open[name] = true
	defer delete(w.open, name)
	returned := 0.0
	for i := range c.Rules {
		if share < nothing {
			break
		}
		step, taken, back, matches := w.rule(&c.Rules[i], share)
		if !matches {
			continue
		}
		steps = append(steps, step)
		share -= taken
		returned += back
	}
	return steps, share + returned
}

// rule walks one rule. taken is the share that the later rules of the chain no longer
// get, back the part of it that returns to the chain before.
func (w *walker) rule(r *Rule, share float64) (step Step, taken, back float64, matches bool) {
	chance, conditions, matches := w.packet.asks().match(r)
	if !matches {
		return Step{}, 0, 0, false
	}
	w.taken++
	got := share * chance
	step = Step{Table: w.table, Rule: r, Conditions: conditions, Share: got}
	_, isChain := w.rs.Chain(w.table, r.Target)
	switch {
	case isChain && w.taken < maxSteps:
		var left float64
		step.Steps, left = w.chain(r.Target, got)
		taken = got - left
		if r.Goto {
			taken, back = got, left
		}
	case passing[r.Target]:
		step.Verdict = r.Target
	case r.Target == "RETURN":
		step.Verdict = r.Target
		taken, back = got, got
	case verdicts[r.Target]:
		step.Verdict = r.Target
		taken = got
	default:
		step.Unread = true
		taken = got
	}
	if len(conditions) > 0 {
		taken, back = 0, 0
	}
	return step, taken, back, true
}
