package nftables

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestAllWaysOfPrinting reads the same rules as text, as JSON and as the commands that
// made them: the chains, the sets and what each rule does are the same.
func TestAllWaysOfPrinting(t *testing.T) {
	commands, jsons := recorded(t, "commands"), recorded(t, "json")
	for name, text := range recorded(t, "list") {
		listed, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		made, err := ParseCommands(commands[name])
		if err != nil {
			t.Fatal(err)
		}
		fromJSON, err := ParseJSON(strings.NewReader(jsons[name]))
		if err != nil {
			t.Fatal(err)
		}
		want := shape(listed)
		if diff := cmp.Diff(want, shape(made)); diff != "" {
			t.Errorf("%s: the list and the commands differ (-list +commands):\n%s", name, diff)
		}
		if diff := cmp.Diff(want, shape(fromJSON)); diff != "" {
			t.Errorf("%s: the list and the JSON differ (-list +JSON):\n%s", name, diff)
		}
		stable(t, listed)
	}
}

// shape is what a ruleset has, by table.
func shape(rs *Ruleset) map[string]map[string]any {
	out := map[string]map[string]any{}
	for _, t := range rs.Tables {
		table := map[string]any{}
		for _, c := range t.Chains {
			rules := []string{c.Hook, c.Type}
			for _, r := range c.Rules {
				var kinds []string
				for _, s := range parseRule(r.Spec()) {
					kinds = append(kinds, kindOf(s))
				}
				rules = append(rules, strings.Join(kinds, " "))
			}
			table["chain "+c.Name] = rules
		}
		for _, s := range t.Sets {
			elements := map[string]string{}
			for _, e := range s.Elements {
				elements[strings.Join(e.Key, " . ")] = e.Data
			}
			table["set "+s.Name] = elements
		}
		out[t.Family+" "+t.Name] = table
	}
	return out
}

func kindOf(s any) string {
	switch s := s.(type) {
	case condition:
		return strings.Join(s.selectors, ".") + map[bool]string{true: "!"}[s.not]
	case lookup:
		return "lookup " + strings.Join(s.selectors, ".") + s.name
	case verdict:
		return s.verb + " " + s.chain
	case setMark:
		return "mark"
	case rewrite:
		return "dnat " + s.to
	case masquerade:
		return "masquerade"
	default:
		return "not understood"
	}
}

// TestNothingUnknown: of what kube-proxy writes every word is understood.
func TestNothingUnknown(t *testing.T) {
	for name, text := range recorded(t, "list") {
		rs, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range rs.Tables {
			for _, c := range table.Chains {
				for _, r := range c.Rules {
					for _, s := range parseRule(r.Spec()) {
						if kindOf(s) == "not understood" {
							t.Errorf("%s: %s: %#v", name, r.Text(), s)
						}
					}
				}
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"words":          {"hello\n", `line 1: not inside of a table: "hello"`},
		"no table":       {"chain c {\n}\n", "line 1: not inside of a table"},
		"no name":        {"table {\n}\n", "line 1: a block without a name"},
		"cut short":      {"table ip t {\n\tchain c {\n\t\taccept\n", "the text ends inside of a table"},
		"a priority":     {"table ip t {\n\tchain c {\n\t\ttype nat hook input priority high;\n\t}\n}\n", "line 3: a priority that is no number"},
		"elements":       {"table ip t {\n\tset s {\n\t\telements = { 1.2.3.4\n\t}\n}\n", ""},
		"one brace more": {"table ip t {\n}\n}\n", "line 3: not inside of a table"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Parse(c.text)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\n\x1b") {
				t.Errorf("%v, want %q", err, c.says)
			}
		})
	}
	for _, text := range []string{"", "{}", `{"nftables": 3}`, `{"nftables": [{"rule": 1}`, `[]`} {
		if _, err := ParseJSON(strings.NewReader(text)); err == nil {
			t.Errorf("%q is taken for JSON of nft", text)
		}
	}
	for _, text := range []string{"delete table ip t", "add rule ip t", "add"} {
		if _, err := ParseCommands(text); err == nil {
			t.Errorf("%q is taken for a command that adds", text)
		}
	}
}

// TestSetTimeout reads how long elements stay, of text and of JSON, and prints it again.
func TestSetTimeout(t *testing.T) {
	const text = "table ip t {\n\tset clients {\n\t\ttype ipv4_addr\n\t\tflags dynamic,timeout\n\t\ttimeout 3h\n\t}\n}\n"
	rs, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	var again strings.Builder
	if err := rs.Write(&again); err != nil || again.String() != text {
		t.Errorf("%v: printed\n%s", err, again.String())
	}
	rs, err = ParseJSON(strings.NewReader(`{"nftables": [{"table": {"family": "ip", "name": "t"}},
		{"set": {"family": "ip", "table": "t", "name": "clients", "type": "ipv4_addr", "flags": ["timeout", "dynamic"], "timeout": 10800}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if set, ok := rs.Tables[0].Set("clients"); !ok || set.Timeout != "10800s" {
		t.Errorf("%+v", set)
	}
}
