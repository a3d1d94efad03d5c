package registry

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const good = "commands: [{name: a, summary: s, question: q, touches: read, rbac: [{rules: [{apiGroups: [\"\"], resources: [pods], verbs: [get]}]}]}]"
	r, err := Parse([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := r.Command("a"); !ok || len(c.RBAC[0].Rules) != 1 {
		t.Errorf("command a: %+v, %v", c, ok)
	}
	if _, ok := r.Command("b"); ok {
		t.Error("a command that is not there was found")
	}
	for text, says := range map[string]string{
		"commands: [{name: a, question: q, touches: read}]":                                                                "lacks its name, summary or question",
		"commands: [{name: a, summary: s, question: q, touches: all}]":                                                     `touches "all"`,
		"commands: [{name: a, summary: s, question: q, touches: read, colour: red}]":                                       `unknown field "colour"`,
		"commands: [{name: a, summary: s, question: q, touches: read}, {name: a, summary: s, question: q, touches: read}]": `"a" is there twice`,
		"commands: [{name: a, summary: s, question: q, touches: read, rbac: [{rules: [{verb: [get]}]}]}]":                  "unknown field",
	} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want %q", text, err, says)
		}
	}
}
