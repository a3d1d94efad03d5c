package nftables

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Text is the rule as nft takes it.
func (r *Rule) Text() string {
	return "add rule " + r.table.Family + " " + r.table.Name + " " + r.chain + " " + r.Spec()
}

// Apply takes a flow through the rule.
func (r *Rule) Apply(run *netfilter.Run, f *netfilter.Flow) []netfilter.Way {
	if !r.read {
		r.statements, r.read = parseRule(r.Spec()), true
	}
	w := applying{run: run, rule: r}
	w.from(0, f, true)
	if len(w.ways) == 1 && w.ways[0].Passed && w.ways[0].Flow == f {
		return nil
	}
	return w.ways
}

// applying takes a flow from statement to statement.
type applying struct {
	run  *netfilter.Run
	rule *Rule
	ways []netfilter.Way
}

func (w *applying) end(f *netfilter.Flow, verb netfilter.Verb) {
	w.ways = append(w.ways, netfilter.Way{Flow: f, Verb: verb})
}

// pass goes on to the next rule. untouched says that no statement did anything.
func (w *applying) pass(f *netfilter.Flow, untouched bool) {
	w.ways = append(w.ways, netfilter.Way{Flow: f, Passed: untouched})
}

// from takes the statements from the one at.
func (w *applying) from(at int, f *netfilter.Flow, untouched bool) {
	for ; at < len(w.rule.statements); at++ {
		var holds, fails *netfilter.Flow
		switch s := w.rule.statements[at].(type) {
		case condition:
			holds, fails = w.decide(s, f)
		case unknown:
			holds, fails = w.run.Assume(f, s.text)
		case chance:
			holds, fails = f.Split(float64(s))
		case setMark:
			s.set(&f.Packet.Mark)
			holds, untouched = f, false
		case lookup:
			w.lookup(s, f, untouched)
			return
		default:
			w.last(s, f)
			return
		}
		if fails != nil {
			w.pass(fails, untouched)
		}
		if f = holds; f == nil {
			return
		}
	}
	w.pass(f, false)
}

// last is a statement behind which a rule does not go on.
func (w *applying) last(s any, f *netfilter.Flow) {
	switch s := s.(type) {
	case verdict:
		w.verdict(s, f)
	case rewrite:
		w.rewrite(s, f)
	case masquerade:
		w.run.Masquerade(f)
		w.end(f, netfilter.Stop)
	case stranger:
		w.end(f.Lose(s.text), netfilter.Stop)
	}
}

func (w *applying) verdict(s verdict, f *netfilter.Flow) {
	switch s.verb {
	case "accept":
		w.end(f.Accept(), netfilter.Stop)
	case "drop":
		w.end(f.End(netfilter.Drop), netfilter.Stop)
	case "reject":
		w.end(f.End(netfilter.Reject), netfilter.Stop)
	case "return":
		w.end(f, netfilter.Return)
	case "continue":
		w.end(f, netfilter.Next)
	case "jump", "goto":
		verb := netfilter.Jump
		if s.verb == "goto" {
			verb = netfilter.Goto
		}
		w.ways = append(w.ways, netfilter.Way{Flow: f, Verb: verb, Chain: s.chain})
	default:
		w.end(f.Lose(s.verb), netfilter.Stop)
	}
}

// decide asks a condition, and divides the flow where the packet does not know.
func (w *applying) decide(c condition, f *netfilter.Flow) (holds, fails *netfilter.Flow) {
	answer := w.rule.table.ask(c, f.Packet)
	if answer == netfilter.No && !c.not && c.name != "" && w.rule.table.remembers(c.name) {
		w.run.Note(w.rule.Text())
	}
	if c.not {
		answer = answer.Not()
	}
	switch answer {
	case netfilter.Yes:
		return f, nil
	case netfilter.No:
		return nil, f
	}
	// The question is the same with and without a "!=".
	holds, fails = w.run.Assume(f, strings.Replace(c.text, " != ", " ", 1))
	if c.not {
		return fails, holds
	}
	return holds, fails
}

// lookup takes the verdict of a map.
func (w *applying) lookup(l lookup, f *netfilter.Flow, untouched bool) {
	set := w.rule.table.named(l.set, l.name)
	switch {
	case set == nil:
		w.end(f.Lose("the map "+l.name+" of the table "+w.rule.table.Name+", which is not in what was given"), netfilter.Stop)
		return
	case l.random > 0:
		rest := w.draw(set, l.random, f, func(data string, f *netfilter.Flow) { w.verdict(verdictOf(data), f) })
		if rest != nil {
			w.pass(rest, untouched)
		}
		return
	}
	e, answer := set.find(values(l.selectors, f.Packet))
	switch answer {
	case netfilter.Yes:
		w.verdict(verdictOf(e.Data), f)
	case netfilter.Unknown:
		w.end(f.Lose(l.text), netfilter.Stop)
	default:
		w.pass(f, untouched)
	}
}
