package iptables

import (
	"errors"
	"math"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// seeds are parts of the recordings: a small text is tried more often.
func seeds(f *testing.F) []string {
	f.Helper()
	var out []string
	for _, text := range recorded(f) {
		_, nat, _ := strings.Cut(text, "*nat")
		lines := strings.Split(nat, "\n")
		for at := 10; at+12 < len(lines); at += 40 {
			out = append(out, "*nat\n"+strings.Join(lines[at:at+12], "\n")+"\nCOMMIT\n")
		}
	}
	return out
}

// FuzzParseSave: whatever the text, the parser ends, and what it took it can print again.
func FuzzParseSave(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		rs, err := ParseSave(strings.NewReader(text))
		if err != nil && !errors.Is(err, ErrTruncated) {
			return
		}
		for _, table := range rs.Tables() {
			for _, chain := range rs.Chains(table) {
				part, partErr := ParseChains(strings.NewReader(text), table, Root{Chain: chain.Name})
				if err == nil && partErr != nil {
					t.Errorf("ParseSave takes it, ParseChains of %s says %v", chain.Name, partErr)
				}
				if c, ok := part.Chain(table, chain.Name); err == nil && (!ok || len(c.Rules) != len(chain.Rules)) {
					t.Errorf("ParseChains has another chain %s: %v", chain.Name, c)
				}
				again(t, table, chain)
			}
		}
	})
}

// again prints the rules of a chain and reads them back.
func again(t *testing.T, table string, chain *Chain) {
	t.Helper()
	for i := range chain.Rules {
		r := chain.Rules[i]
		r.Matches()
		r.TargetArgs()
		var rs Ruleset
		if err := rs.AddList(table, r.String()+"\n"); err != nil || strings.HasSuffix(r.String(), "\r") {
			continue // a rule that lacks its words, such as "-A C -c"
		}
		if c, ok := rs.Chain(table, r.Chain); !ok || len(c.Rules) != 1 || c.Rules[0].Target != r.Target {
			t.Errorf("%q becomes %+v", r.String(), c)
		}
	}
}

// FuzzParseList is the same for the other form.
func FuzzParseList(f *testing.F) {
	for name := range recorded(f) {
		text, err := os.ReadFile("testdata/" + name + ".nat.list")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:min(len(text), 1500)]))
	}
	f.Fuzz(func(t *testing.T, text string) {
		var rs Ruleset
		if rs.AddList("nat", text) == nil {
			for _, chain := range rs.Chains("nat") {
				again(t, "nat", chain)
			}
		}
	})
}

// FuzzWalk: in any ruleset a walk ends, and gives no more than it got.
func FuzzWalk(f *testing.F) {
	for _, text := range seeds(f) {
		f.Add(text, "KUBE-SERVICES", []byte{20, 1, 120, 16}, uint16(3000))
	}
	f.Add("*nat\n-A A -m statistic --mode random --probability 0.5 -j B\n-A B -g A\n-A A -j ACCEPT\nCOMMIT\n", "A", []byte{1, 2, 3, 4}, uint16(0))
	f.Fuzz(func(t *testing.T, text, chain string, address []byte, port uint16) {
		rs, err := ParseSave(strings.NewReader(text))
		if err != nil {
			return
		}
		destination, _ := netip.AddrFromSlice(address)
		held(t, Walk(rs, "nat", chain, Packet{Destination: destination, Protocol: "tcp", DestPort: port}), 1)
	})
}

// held holds each step to the share that its chain got.
func held(t *testing.T, steps []Step, share float64) {
	t.Helper()
	for _, s := range steps {
		if math.IsNaN(s.Share) || s.Share < 0 || s.Share > share+1e-6 {
			t.Errorf("share %v of %v at %s", s.Share, share, s.Rule.String())
		}
		held(t, s.Steps, s.Share)
	}
}
