package netfilter

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// table is rules made of functions, by chain.
type table map[string][]*step

func (t *table) Name() string { return "t" }

func (t *table) Rules(chain string) ([]Rule, bool) {
	steps, ok := (*t)[chain]
	var out []Rule
	for _, s := range steps {
		out = append(out, s)
	}
	return out, ok
}

type step struct {
	text  string
	apply func(*Run, *Flow) []Way
}

func (s *step) Text() string                { return s.text }
func (s *step) Apply(r *Run, f *Flow) []Way { return s.apply(r, f) }
func to(verb Verb, chain string) *step {
	return &step{fmt.Sprint(verb, chain), func(_ *Run, f *Flow) []Way { return []Way{{Flow: f, Verb: verb, Chain: chain}} }}
}
func ends(v Verdict) *step {
	return &step{string(v), func(_ *Run, f *Flow) []Way { return []Way{{Flow: f.End(v), Verb: Stop}} }}
}
func rewrites(addr string) *step {
	return &step{addr, func(r *Run, f *Flow) []Way {
		r.Rewrite(f, netip.MustParseAddr(addr), 80)
		return []Way{{Flow: f, Verb: Stop}}
	}}
}
func half(s *step) *step {
	return &step{"half " + s.text, func(r *Run, f *Flow) []Way {
		var ways []Way
		taken, rest := f.Split(0.5)
		if taken != nil {
			ways = append(ways, s.apply(r, taken)...)
		}
		if rest != nil {
			ways = append(ways, Way{Flow: rest, Passed: true})
		}
		return ways
	}}
}
func when(match string, s *step) *step {
	return &step{"if " + match, func(r *Run, f *Flow) []Way {
		var ways []Way
		holds, fails := r.Assume(f, match)
		if fails != nil {
			ways = append(ways, Way{Flow: fails, Passed: true})
		}
		if holds != nil {
			ways = append(ways, s.apply(r, holds)...)
		}
		return ways
	}}
}

func masquerades() *step {
	return &step{"masquerade", func(r *Run, f *Flow) []Way { r.Masquerade(f); return []Way{{Flow: f, Verb: Stop}} }}
}

// walk walks a packet to 10.0.0.9; 10.0.0.1 is the node.
func walk(t table, origin Origin, destination string, bases ...Base) (*Run, Outcome) {
	for i := range bases {
		bases[i].Rules = &t
	}
	local := func(a netip.Addr) Answer { return Is(a == netip.MustParseAddr("10.0.0.1")) }
	p := Packet{Destination: netip.MustParseAddr(destination), DestPort: 80, Protocol: "tcp", Translated: No}
	p.DestLocal = local(p.Destination)
	r, flows := Walk(Question{Packet: p, Origin: origin, Bases: bases, Local: local})
	return r, Outcomes(flows)
}

func base(hook Hook, priority int, chain string) Base {
	return Base{Hook: hook, Priority: priority, Chain: chain, NAT: strings.HasPrefix(chain, "nat")}
}

// TestHooks: which base chains a packet meets, in which order.
func TestHooks(t *testing.T) {
	note := func(name string) *step { return &step{name, func(_ *Run, f *Flow) []Way { return []Way{{Flow: f}} }} }
	all := table{}
	var bases []Base
	for hook, name := range []string{"pre", "in", "fwd", "out", "post"} {
		for _, priority := range []int{100, -100, 0} {
			chain := fmt.Sprint(name, priority)
			all[chain] = []*step{note(chain)}
			bases = append(bases, base(Hook(hook), priority, chain))
		}
	}
	for name, c := range map[string]struct {
		origin Origin
		to     string
		want   string
	}{
		"through the node":    {Arriving, "10.0.0.9", "pre-100 pre0 pre100 fwd-100 fwd0 fwd100 post-100 post0 post100"},
		"to the node":         {Arriving, "10.0.0.1", "pre-100 pre0 pre100 in-100 in0 in100"},
		"from the node":       {FromNode, "10.0.0.9", "out-100 out0 out100 post-100 post0 post100"},
		"from the node to it": {FromNode, "10.0.0.1", "out-100 out0 out100 post-100 post0 post100 pre-100 pre0 pre100 in-100 in0 in100"},
	} {
		r, _ := walk(all, c.origin, c.to, slices.Clone(bases)...)
		var got []string
		for _, h := range r.Hits {
			got = append(got, h.Chain)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}

func TestVerdicts(t *testing.T) {
	pre, fwd, post := base(Prerouting, -100, "nat"), base(Forward, 0, "f"), base(Postrouting, 100, "nat2")
	for name, c := range map[string]struct {
		rules table
		bases []Base
		want  string
	}{
		"no rule":                       {table{}, []Base{pre}, "NONE"},
		"rewritten":                     {table{"nat": {rewrites("10.0.0.7")}}, []Base{pre}, "DNAT 10.0.0.7:80=1"},
		"then dropped":                  {table{"nat": {rewrites("10.0.0.7")}, "f": {ends(Drop)}}, []Base{pre, fwd}, "DROP"},
		"half, and the rest":            {table{"nat": {half(rewrites("10.0.0.7")), rewrites("10.0.0.8")}}, []Base{pre}, "DNAT 10.0.0.7:80=0.5 10.0.0.8:80=0.5"},
		"a half is dropped":             {table{"nat": {rewrites("10.0.0.7")}, "f": {half(ends(Drop))}}, []Base{pre, fwd}, "DNAT 10.0.0.7:80=0.5 DROP=0.5"},
		"masqueraded":                   {table{"nat": {rewrites("10.0.0.7")}, "nat2": {masquerades()}}, []Base{pre, post}, "DNAT 10.0.0.7:80=1M"},
		"the node itself is not":        {table{"nat": {rewrites("10.0.0.1")}, "nat2": {masquerades()}}, []Base{pre, post}, "DNAT 10.0.0.1:80=1"},
		"the first nat chain wins":      {table{"nat": {rewrites("10.0.0.7")}, "nat3": {rewrites("10.0.0.8")}}, []Base{pre, base(Prerouting, -90, "nat3")}, "DNAT 10.0.0.7:80=1"},
		"a policy":                      {table{"f": {}}, []Base{{Hook: Forward, Chain: "f", Drops: true}}, "DROP"},
		"a jump comes back":             {table{"nat": {to(Jump, "a"), rewrites("10.0.0.7")}, "a": {}}, []Base{pre}, "DNAT 10.0.0.7:80=1"},
		"a goto does not":               {table{"nat": {to(Goto, "a"), rewrites("10.0.0.7")}, "a": {}}, []Base{pre}, "NONE"},
		"a return":                      {table{"nat": {to(Jump, "a"), rewrites("10.0.0.7")}, "a": {to(Return, ""), ends(Drop)}}, []Base{pre}, "DNAT 10.0.0.7:80=1"},
		"a chain that is not there":     {table{"nat": {to(Jump, "a")}}, []Base{pre}, "DEPENDS on the chain a of the table t, which is not in what was given"},
		"a loop":                        {table{"nat": {to(Jump, "a")}, "a": {to(Jump, "nat")}}, []Base{pre}, "DEPENDS on the chain nat, which leads back to itself"},
		"a condition":                   {table{"nat": {when("m", ends(Drop)), rewrites("10.0.0.7")}}, []Base{pre}, "DEPENDS on m"},
		"a condition that is no matter": {table{"nat": {when("m", rewrites("10.0.0.7")), rewrites("10.0.0.7")}}, []Base{pre}, "DNAT 10.0.0.7:80=1"},
		"the same condition twice":      {table{"nat": {when("m", rewrites("10.0.0.7")), when("m", ends(Drop)), rewrites("10.0.0.7")}}, []Base{pre}, "DNAT 10.0.0.7:80=1"},
		"of two one matters":            {table{"nat": {when("m", rewrites("10.0.0.7")), when("n", ends(Drop)), rewrites("10.0.0.7")}}, []Base{pre}, "DEPENDS on m; n"},
		"a condition of an endpoint":    {table{"nat": {half(rewrites("10.0.0.7")), when("m", ends(Drop)), rewrites("10.0.0.8")}}, []Base{pre}, "DEPENDS on m"},
	} {
		t.Run(name, func(t *testing.T) {
			_, o := walk(c.rules, Arriving, "10.0.0.9", c.bases...)
			if got := words(o); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

func words(o Outcome) string {
	out := string(o.Verdict)
	if len(o.DependsOn) > 0 {
		return out + " on " + strings.Join(o.DependsOn, "; ")
	}
	for _, e := range o.Endpoints {
		out += fmt.Sprintf(" %s=%v", e.Address, e.Share)
		if e.Masquerade {
			out += "M"
		}
	}
	for _, p := range o.Others {
		out += fmt.Sprintf(" %s=%v", p.Verdict, p.Share)
	}
	return out
}

// TestCases: an outcome that depends says what on each side.
func TestCases(t *testing.T) {
	_, o := walk(table{"nat": {when("m", ends(Drop)), when("n", ends(Reject)), rewrites("10.0.0.7")}}, Arriving, "10.0.0.9", base(Prerouting, -100, "nat"))
	var got []string
	for _, c := range o.Cases {
		got = append(got, fmt.Sprint(c.When, words(c.Outcome)))
	}
	want := "[{m true}]DROP [{m false} {n true}]REJECT [{m false} {n false}]DNAT 10.0.0.7:80=1"
	if strings.Join(got, " ") != want {
		t.Errorf("%v, want %s", got, want)
	}
}

// TestBounds: a walk ends, whatever the rules, and says that it did not see them all.
func TestBounds(t *testing.T) {
	many := table{}
	for i := range 60 {
		jump := to(Jump, fmt.Sprint(i+1))
		many[fmt.Sprint(i)] = []*step{jump, jump}
	}
	many["nat"] = []*step{to(Jump, "0")}
	many["60"] = []*step{half(ends(Drop))}
	if _, o := walk(many, Arriving, "10.0.0.9", base(Prerouting, -100, "nat")); o.Verdict != Drop && o.Verdict != Unsure {
		t.Errorf("2^60 ways: %s", words(o))
	}
	var conditions []*step
	for i := range 30 {
		conditions = append(conditions, when(fmt.Sprint("m", i), half(ends(Drop))))
	}
	_, o := walk(table{"nat": conditions}, Arriving, "10.0.0.9", base(Prerouting, -100, "nat"))
	if o.Verdict != Unsure || len(o.DependsOn) < 30 {
		t.Errorf("30 conditions: %s", words(o))
	}
}
