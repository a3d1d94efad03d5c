package nftables

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// tableRules is a table as netfilter.Rules.
type tableRules struct {
	*Table
	rules map[string][]netfilter.Rule
}

// Name is the table's family and name.
func (t *tableRules) Name() string { return t.Family + " " + t.Table.Name }

// Rules lists the rules of a chain.
func (t *tableRules) Rules(chain string) ([]netfilter.Rule, bool) {
	if have, ok := t.rules[chain]; ok {
		return have, true
	}
	c, ok := t.chains[chain]
	if !ok {
		return nil, false
	}
	out := make([]netfilter.Rule, len(c.Rules))
	for i, r := range c.Rules {
		out[i] = r
	}
	t.rules[chain] = out
	return out, true
}

var hooks = map[string]netfilter.Hook{
	"prerouting": netfilter.Prerouting, "input": netfilter.Input, "forward": netfilter.Forward,
	"output": netfilter.Output, "postrouting": netfilter.Postrouting,
}

// Bases are the base chains that see packets of a family, 4 or 6, but those of tables
// that skip says.
func (rs *Ruleset) Bases(family int, skip func(table string) bool) []netfilter.Base {
	var out []netfilter.Base
	for _, t := range rs.Tables {
		if !t.sees(family) || skip(t.Name) {
			continue
		}
		rules := &tableRules{Table: t, rules: map[string][]netfilter.Rule{}}
		for _, c := range t.Chains {
			hook, ok := hooks[c.Hook]
			if !ok {
				continue
			}
			out = append(out, netfilter.Base{
				Hook: hook, Priority: c.Priority, NAT: c.Type == "nat", Chain: c.Name, Rules: rules, Drops: c.Policy == "drop",
			})
		}
	}
	return out
}

func (t *Table) sees(family int) bool {
	return t.Family == "inet" || t.Family == "ip" && family == 4 || t.Family == "ip6" && family == 6
}

// Family says whether any table sees packets of a family, 4 or 6.
func (rs *Ruleset) Family(family int) bool {
	return slices.ContainsFunc(rs.Tables, func(t *Table) bool { return t.sees(family) })
}

// Sources are the ranges of addresses that the rule names for the source.
func (r *Rule) Sources() []netip.Prefix {
	if !strings.Contains(r.Spec(), "saddr") {
		return nil
	}
	var out []netip.Prefix
	for _, s := range parseRule(r.Spec()) {
		c, ok := s.(condition)
		if !ok || c.set == nil || len(c.selectors) != 1 || c.selectors[0] != "saddr" && c.selectors[0] != "saddr6" {
			continue
		}
		for _, e := range c.set.Elements {
			if prefix, err := netip.ParsePrefix(e.Key[0]); err == nil && !prefix.IsSingleIP() {
				out = append(out, prefix.Masked())
			}
		}
	}
	return out
}

// NotFrom returns the source range or the interface that a rule excludes, as "ip saddr
// != 10.0.0.0/8" does.
func (r *Rule) NotFrom() (prefix netip.Prefix, iface string) {
	for _, s := range parseRule(r.Spec()) {
		c, ok := s.(condition)
		if !ok || !c.not || c.set == nil || len(c.set.Elements) != 1 {
			continue
		}
		switch c.selectors[0] {
		case "saddr", "saddr6":
			if p, err := netip.ParsePrefix(c.set.Elements[0].Key[0]); err == nil {
				prefix = p
			}
		case "iifname":
			iface = c.set.Elements[0].Key[0]
		}
	}
	return prefix, iface
}

// OfIptables says whether the table is one that iptables keeps in the kernel's nftables:
// its base chains have the names of iptables'.
func (t *Table) OfIptables() bool {
	for _, c := range t.Chains {
		if c.Hook != "" && c.Name == strings.ToUpper(c.Hook) {
			return true
		}
	}
	return false
}
