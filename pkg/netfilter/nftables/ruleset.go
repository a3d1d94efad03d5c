package nftables

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Ruleset is tables of rules, in the order in which they came.
type Ruleset struct {
	Tables []*Table
}

// Table is a table. Walks through it are not for several goroutines at once: a rule is
// understood when the first packet comes to it.
type Table struct {
	// Family is "ip", "ip6", "inet", or one that does not see packets of IP by hooks of
	// their own: "arp", "bridge", "netdev".
	Family, Name string
	Chains       []*Chain
	Sets         []*Set
	chains       map[string]*Chain
	sets         map[string]*Set
}

// Chain is a list of rules.
type Chain struct {
	Name string
	// Type, Hook and Priority are those of a base chain, "" and 0 for another.
	Type, Hook string
	Priority   int
	// Policy is "accept" or "drop", "" where none was said, which is "accept".
	Policy string
	Rules  []*Rule
}

// Set is a named set, or a map where IsMap is set.
type Set struct {
	Name  string
	IsMap bool
	// Type is the type of the keys and, behind a colon, of what they map to.
	Type  string
	Flags string
	// Timeout is how long elements that packets add stay, as nft writes it: "3h", "1m30s". ""
	// where none was said; JSON's is not read.
	Timeout  string
	Elements []Element
	index    map[string]int
	ranged   []int
}

// Element is one key, and what it maps to.
type Element struct {
	// Key has the parts of a concatenation.
	Key []string
	// Data is what the key maps to: a verdict, or a value.
	Data string
	// Comment is the element's.
	Comment string
}

// Rule is a rule.
type Rule struct {
	// spec is the rule's text, in one line. Of a rule in JSON it is made when it is asked
	// for, of json.
	spec       string
	json       *jsonRule
	statements []any
	read       bool
	table      *Table
	chain      string
}

// Spec is the rule as nft prints it, in one line.
func (r *Rule) Spec() string {
	if r.json != nil {
		r.spec, r.json = r.json.text(), nil
	}
	return r.spec
}

// Table returns a table of a family, if it was read.
func (rs *Ruleset) Table(family, name string) (*Table, bool) {
	at := slices.IndexFunc(rs.Tables, func(t *Table) bool { return t.Family == family && t.Name == name })
	if at < 0 {
		return nil, false
	}
	return rs.Tables[at], true
}

func (rs *Ruleset) table(family, name string) *Table {
	if t, ok := rs.Table(family, name); ok {
		return t
	}
	t := &Table{Family: family, Name: name, chains: map[string]*Chain{}, sets: map[string]*Set{}}
	rs.Tables = append(rs.Tables, t)
	return t
}

// Chain returns a chain, if it was read.
func (t *Table) Chain(name string) (*Chain, bool) {
	c, ok := t.chains[name]
	return c, ok
}

// Set returns a set or a map, if it was read.
func (t *Table) Set(name string) (*Set, bool) {
	s, ok := t.sets[name]
	return s, ok
}

func (t *Table) chain(name string) *Chain {
	c := t.chains[name]
	if c == nil {
		c = &Chain{Name: name}
		t.chains[name] = c
		t.Chains = append(t.Chains, c)
	}
	return c
}

func (t *Table) set(name string, isMap bool) *Set {
	s := t.sets[name]
	if s == nil {
		s = &Set{Name: name, IsMap: isMap}
		t.sets[name] = s
		t.Sets = append(t.Sets, s)
	}
	return s
}

var errRule = errors.New("not a rule")

// add adds a rule, in one line and with one blank between words.
func (t *Table) add(c *Chain, text string) error {
	spec := withoutHandle(text)
	if strings.Contains(spec, "  ") || strings.ContainsAny(spec, "\t\n\r\v\f") {
		spec = strings.Join(strings.Fields(spec), " ")
	}
	if spec = strings.TrimLeft(strings.TrimRight(spec, "; "), " "); spec == "" || !balanced(spec) || spec[0] == '#' || declares(spec) {
		return errRule
	}
	c.Rules = append(c.Rules, &Rule{spec: spec, table: t, chain: c.Name})
	return nil
}

// declares says whether a line of a chain is no rule but what the chain is.
func declares(line string) bool {
	return strings.HasPrefix(line, "type ") && strings.Contains(line, " hook ") ||
		strings.HasPrefix(line, "comment \"") && strings.Count(line, `"`) == 2
}

// Write prints the ruleset as nft list ruleset does.
func (rs *Ruleset) Write(w io.Writer) error {
	out := &strings.Builder{}
	for _, t := range rs.Tables {
		fmt.Fprintf(out, "table %s %s {\n", t.Family, t.Name)
		for _, s := range t.Sets {
			s.write(out)
		}
		for _, c := range t.Chains {
			c.write(out)
		}
		out.WriteString("}\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (s *Set) write(out *strings.Builder) {
	kind := "set"
	if s.IsMap {
		kind = "map"
	}
	fmt.Fprintf(out, "\t%s %s {\n", kind, s.Name)
	if s.Type != "" {
		fmt.Fprintf(out, "\t\ttype %s\n", s.Type)
	}
	if s.Flags != "" {
		fmt.Fprintf(out, "\t\tflags %s\n", s.Flags)
	}
	if s.Timeout != "" {
		fmt.Fprintf(out, "\t\ttimeout %s\n", s.Timeout)
	}
	for i, e := range s.Elements {
		start, end := "\t\t\t     ", ",\n"
		if i == 0 {
			start = "\t\telements = { "
		}
		if i == len(s.Elements)-1 {
			end = " }\n"
		}
		out.WriteString(start + e.String() + end)
	}
	out.WriteString("\t}\n")
}

// String is the element as nft prints it.
func (e Element) String() string {
	text := strings.Join(e.Key, " . ")
	if e.Comment != "" {
		text += ` comment "` + e.Comment + `"`
	}
	if e.Data != "" {
		text += " : " + e.Data
	}
	return text
}

func (c *Chain) write(out *strings.Builder) {
	fmt.Fprintf(out, "\tchain %s {\n", c.Name)
	if c.Hook != "" {
		fmt.Fprintf(out, "\t\ttype %s hook %s priority %d;", c.Type, c.Hook, c.Priority)
		if c.Policy != "" {
			fmt.Fprintf(out, " policy %s;", c.Policy)
		}
		out.WriteString("\n")
	}
	for _, r := range c.Rules {
		fmt.Fprintf(out, "\t\t%s\n", r.Spec())
	}
	out.WriteString("\t}\n")
}
