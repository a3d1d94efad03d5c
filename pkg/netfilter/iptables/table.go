package iptables

import (
	"net/netip"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Table makes one table ready for walks. sets may be nil.
func (rs *Ruleset) Table(name string, sets Sets) *Table {
	return &Table{rs: rs, name: name, sets: sets, rules: map[string][]netfilter.Rule{}}
}

// Table is a table of a Ruleset as netfilter.Rules.
type Table struct {
	rs    *Ruleset
	name  string
	sets  Sets
	rules map[string][]netfilter.Rule
}

// Name is the table's name.
func (t *Table) Name() string { return t.name }

// Rules lists the rules of a chain.
func (t *Table) Rules(chain string) ([]netfilter.Rule, bool) {
	if have, ok := t.rules[chain]; ok {
		return have, true
	}
	c, ok := t.rs.Chain(t.name, chain)
	if !ok {
		return nil, false
	}
	out := make([]netfilter.Rule, 0, len(c.Rules)+1)
	if c.Partial != nil {
		out = append(out, &leftOut{Partial: c.Partial, table: t.name, chain: chain})
	}
	for i := range c.Rules {
		out = append(out, &tableRule{Rule: &c.Rules[i], table: t})
	}
	t.rules[chain] = out
	return out, true
}

// hooks are the built-in chains (iptables(8), TABLES).
var hooks = map[string]netfilter.Hook{
	"PREROUTING": netfilter.Prerouting, "INPUT": netfilter.Input, "FORWARD": netfilter.Forward,
	"OUTPUT": netfilter.Output, "POSTROUTING": netfilter.Postrouting,
}

// priorities are those of the tables at all of their hooks but nat's.
var priorities = map[string]int{
	"raw": netfilter.PriorityRaw, "mangle": netfilter.PriorityMangle, "nat": netfilter.PriorityDestNAT,
	"filter": netfilter.PriorityFilter, "security": netfilter.PrioritySecurity,
}

// Bases are the built-in chains that were read. sets may be nil.
func (rs *Ruleset) Bases(sets Sets) []netfilter.Base {
	var out []netfilter.Base
	for _, name := range rs.Tables() {
		priority, known := priorities[name]
		if !known {
			continue
		}
		t := rs.Table(name, sets)
		for _, chain := range []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"} {
			c, ok := rs.Chain(name, chain)
			if !ok {
				continue
			}
			b := netfilter.Base{Hook: hooks[chain], Priority: priority, NAT: name == "nat", Chain: chain, Rules: t, Drops: c.Policy == "DROP"}
			if b.NAT && (b.Hook == netfilter.Input || b.Hook == netfilter.Postrouting) {
				b.Priority = netfilter.PrioritySrcNAT
			}
			out = append(out, b)
		}
	}
	return out
}

// tableRule is a rule in its table.
type tableRule struct {
	*Rule
	table *Table
}

// Text is the rule as one gives it to iptables.
func (r *tableRule) Text() string {
	return strings.TrimSuffix("-t "+r.table.name+" -A "+r.Chain+" "+r.Spec, " ")
}

// Apply takes a flow through the rule.
func (r *tableRule) Apply(run *netfilter.Run, f *netfilter.Flow) []netfilter.Way {
	if elsewhere(r.Spec, f.Packet) {
		return nil
	}
	ask := asker{Packet: f.Packet, fresh: true, sets: r.table.sets}
	chance, conditions, matches := ask.match(r.Rule)
	if !matches {
		if strings.Contains(r.Spec, "-m recent") && looksBack(r.Matches()) {
			run.Note(r.Text())
		}
		return nil
	}
	var ways []netfilter.Way
	for _, c := range conditions {
		holds, fails := run.Assume(f, c.positive())
		if c.Not {
			holds, fails = fails, holds
		}
		if fails != nil {
			ways = append(ways, netfilter.Way{Flow: fails, Passed: true})
		}
		if f = holds; f == nil {
			return ways
		}
	}
	if chance < 1 {
		taken, rest := f.Split(chance)
		if rest != nil {
			ways = append(ways, netfilter.Way{Flow: rest, Passed: true})
		}
		if f = taken; f == nil {
			return ways
		}
	}
	return append(ways, r.target(run, f))
}

// elsewhere tells from the beginning of a rule that it is for another destination: in
// the longest chain of kube-proxy nearly all are.
func elsewhere(spec string, p netfilter.Packet) bool {
	if !strings.HasPrefix(spec, "-d ") || !p.Destination.Is4() {
		return false
	}
	value := spec[len("-d "):]
	end := strings.IndexByte(value, ' ')
	if end < 0 || !strings.HasSuffix(value[:end], "/32") {
		return false
	}
	var text [16]byte
	return string(p.Destination.AppendTo(text[:0])) != value[:end-len("/32")]
}

// Sources are the ranges of addresses that a packet must come from to match.
func (r *tableRule) Sources() []netip.Prefix {
	if !strings.Contains(r.Spec, "-s ") {
		return nil
	}
	var out []netip.Prefix
	for _, m := range r.Matches() {
		if prefix, err := netip.ParsePrefix(m.Value); m.Option == "-s" && !m.Not && err == nil && !prefix.IsSingleIP() {
			out = append(out, prefix.Masked())
		}
	}
	return out
}
