package iptables

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recorded are the saves in testdata, which testdata/record.sh took from a kernel.
func recorded(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob("testdata/*.save")
	if err != nil || len(files) != 4 {
		tb.Fatalf("recordings %v (%v), want one of each family and kind", files, err)
	}
	out := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), ".save")] = string(text)
	}
	return out
}

// TestKernelRulesAreKeptWhole prints every rule again and compares with the kernel's words.
func TestKernelRulesAreKeptWhole(t *testing.T) {
	for name, text := range recorded(t) {
		rs, err := ParseSave(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for table, want := range linesByTable(text) {
			got := map[string]bool{}
			for _, c := range rs.Chains(table) {
				for i := range c.Rules {
					got[c.Rules[i].String()] = true
				}
			}
			for line := range want {
				if !got[line] {
					t.Errorf("%s, table %s: lost %s", name, table, line)
				}
			}
			if len(got) != len(want) {
				t.Errorf("%s, table %s: %d different rules, the kernel has %d", name, table, len(got), len(want))
			}
		}
	}
}

// linesByTable are the lines of a save that are rules.
func linesByTable(text string) map[string]map[string]bool {
	out, table := map[string]map[string]bool{}, ""
	for _, line := range strings.Split(text, "\n") {
		switch {
		case strings.HasPrefix(line, "*"):
			table = line[1:]
			out[table] = map[string]bool{}
		case strings.Contains(line, "-A "):
			out[table][line] = true
		}
	}
	return out
}

// TestListAndSaveAgree compares the two ways in which iptables prints the same table.
// Counters went on between the two.
func TestListAndSaveAgree(t *testing.T) {
	for name, text := range recorded(t) {
		saved, err := ParseSave(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile("testdata/" + name + ".nat.list")
		if err != nil {
			t.Fatal(err)
		}
		var listed Ruleset
		if err := listed.AddList("nat", string(list)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(plain(saved), plain(&listed)); diff != "" {
			t.Errorf("%s: iptables-save and iptables -v -S differ (-save +list):\n%s", name, diff)
		}
		for _, c := range listed.Chains("nat") {
			for _, r := range c.Rules {
				if !r.Counted {
					t.Errorf("%s: no counters at %s", name, r.String())
				}
			}
		}
	}
}

// plain is the nat table without counters.
func plain(rs *Ruleset) map[string][]string {
	out := map[string][]string{}
	for _, c := range rs.Chains("nat") {
		out[c.Name] = []string{"policy " + c.Policy}
		for _, r := range c.Rules {
			out[c.Name] = append(out[c.Name], r.Spec+" → "+r.Target)
		}
	}
	return out
}

// TestParseChainsIsAPartOfParseSave reads one Service's chains and compares each with
// what the whole text gives.
func TestParseChainsIsAPartOfParseSave(t *testing.T) {
	for name, text := range recorded(t) {
		whole, err := ParseSave(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, root := range whole.Chains("nat") {
			part, err := ParseChains(strings.NewReader(text), "nat", Root{Chain: root.Name})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			for _, chain := range part.Chains("nat") {
				want, _ := whole.Chain("nat", chain.Name)
				if diff := cmp.Diff(want, chain); diff != "" {
					t.Errorf("%s, from %s: chain %s differs (-whole +part):\n%s", name, root.Name, chain.Name, diff)
				}
			}
			if got, want := len(part.Chains("nat")), reachable(whole, root.Name, map[string]bool{}); got != want {
				t.Errorf("%s: %d chains from %s, want %d", name, got, root.Name, want)
			}
		}
	}
}

// reachable counts the chains that a chain leads to, itself included.
func reachable(rs *Ruleset, name string, seen map[string]bool) int {
	c, ok := rs.Chain("nat", name)
	if !ok || seen[name] {
		return 0
	}
	seen[name] = true
	n := 1
	for _, target := range c.Targets() {
		n += reachable(rs, target, seen)
	}
	return n
}
