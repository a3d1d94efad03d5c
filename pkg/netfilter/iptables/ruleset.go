package iptables

import (
	"maps"
	"slices"
)

// Ruleset is the chains that were read, by table. The zero value is empty and ready.
type Ruleset struct {
	tables map[string]map[string]*Chain
	// expected is how many chains a text will have, or a guess.
	expected int
}

// Chain is a list of rules.
type Chain struct {
	Name string
	// Policy is what becomes of a packet at the end of a built-in chain, "" for a
	// chain that somebody made, from which it returns.
	Policy string
	Rules  []Rule
	// Partial says which rules were not read, nil where all were.
	Partial *Partial
}

// Chain returns a chain of a table, if it was read.
func (rs *Ruleset) Chain(table, name string) (*Chain, bool) {
	c, ok := rs.tables[table][name]
	return c, ok
}

// Chains lists the chains of a table, sorted by name.
func (rs *Ruleset) Chains(table string) []*Chain {
	var out []*Chain
	for _, name := range slices.Sorted(maps.Keys(rs.tables[table])) {
		out = append(out, rs.tables[table][name])
	}
	return out
}

// ChainNames lists the names of the chains of a table, in any order.
func (rs *Ruleset) ChainNames(table string) []string {
	out := make([]string, 0, len(rs.tables[table]))
	for name := range rs.tables[table] {
		out = append(out, name)
	}
	return out
}

// Tables lists the tables, sorted.
func (rs *Ruleset) Tables() []string { return slices.Sorted(maps.Keys(rs.tables)) }

// chain returns the chain, and makes it where it is new.
func (rs *Ruleset) chain(table, name string) *Chain {
	if rs.tables == nil {
		rs.tables = map[string]map[string]*Chain{}
	}
	chains := rs.tables[table]
	if chains == nil {
		chains = make(map[string]*Chain, rs.expected)
		rs.expected = 0
		rs.tables[table] = chains
	}
	c := chains[name]
	if c == nil {
		c = &Chain{Name: name}
		chains[name] = c
	}
	return c
}
