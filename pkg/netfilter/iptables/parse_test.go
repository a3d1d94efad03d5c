package iptables

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRule(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       Rule
		matches    []Match
		args       []Match
	}{
		{
			name: "counters before", line: `[6:360] -A KUBE-SERVICES -d 20.1.120.16/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 3000 -j KUBE-SVC-X`,
			want: Rule{Chain: "KUBE-SERVICES", Spec: `-d 20.1.120.16/32 -p tcp -m comment --comment "default/web cluster IP" -m tcp --dport 3000 -j KUBE-SVC-X`, Packets: 6, Bytes: 360, Counted: true, Target: "KUBE-SVC-X"},
			matches: []Match{
				{Option: "-d", Value: "20.1.120.16/32"}, {Option: "-p", Value: "tcp"},
				{Module: "comment", Option: "--comment", Value: "default/web cluster IP"}, {Module: "tcp", Option: "--dport", Value: "3000"},
			},
		},
		{
			name: "counters inside", line: `-A C ! -s 20.2.0.0/16 -m comment --comment "a -c 9 9 -j NOT" -c 4 240 -j KUBE-MARK-MASQ`,
			want: Rule{Chain: "C", Spec: `! -s 20.2.0.0/16 -m comment --comment "a -c 9 9 -j NOT" -j KUBE-MARK-MASQ`, Packets: 4, Bytes: 240, Counted: true, Target: "KUBE-MARK-MASQ"},
			matches: []Match{
				{Option: "-s", Not: true, Value: "20.2.0.0/16"}, {Module: "comment", Option: "--comment", Value: "a -c 9 9 -j NOT"},
			},
		},
		{
			name: "quotes in a comment", line: `-A C -m comment --comment "say \"hi\" \\ -j X" -g OTHER`,
			want:    Rule{Chain: "C", Spec: `-m comment --comment "say \"hi\" \\ -j X" -g OTHER`, Target: "OTHER", Goto: true},
			matches: []Match{{Module: "comment", Option: "--comment", Value: `say "hi" \ -j X`}},
		},
		{
			name: "arguments of the target", line: `-A C -p tcp -m tcp -j DNAT --to-destination [fd00::1]:80 --random`,
			want:    Rule{Chain: "C", Spec: `-p tcp -m tcp -j DNAT --to-destination [fd00::1]:80 --random`, Target: "DNAT"},
			matches: []Match{{Option: "-p", Value: "tcp"}},
			args:    []Match{{Module: "DNAT", Option: "--to-destination", Value: "[fd00::1]:80"}, {Module: "DNAT", Option: "--random"}},
		},
		{
			name: "mark and a negative number", line: `-A C -m mark ! --mark 0x4000/0x4000 -m owner --uid-owner -1 -j RETURN`,
			want:    Rule{Chain: "C", Spec: `-m mark ! --mark 0x4000/0x4000 -m owner --uid-owner -1 -j RETURN`, Target: "RETURN"},
			matches: []Match{{Module: "mark", Option: "--mark", Not: true, Value: "0x4000/0x4000"}, {Module: "owner", Option: "--uid-owner", Value: "-1"}},
		},
		{name: "nothing but a chain", line: `-A C`, want: Rule{Chain: "C"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var rs Ruleset
			if err := rs.AddList("nat", c.line+"\n"); err != nil {
				t.Fatal(err)
			}
			chain, _ := rs.Chain("nat", c.want.Chain)
			got := chain.Rules[0]
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("rule (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.matches, got.Matches()); diff != "" {
				t.Errorf("matches (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.args, got.TargetArgs()); diff != "" {
				t.Errorf("arguments (-want +got):\n%s", diff)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, says string }{
		"not iptables":           {"hello\n", "line 1: a rule before the line that names its table"},
		"not a rule":             {"*nat\nhello\nCOMMIT\n", `line 2: not a rule: "hello"`},
		"an error message":       {"*nat\niptables: No chain/target/match by that name.\nCOMMIT\n", "line 2: not a rule"},
		"counters are words":     {"*nat\n[a:b] -A C -j X\nCOMMIT\n", "line 2: its counters are not numbers"},
		"counters without end":   {"*nat\n[1:2 -A C -j X\nCOMMIT\n", "line 2: not a rule"},
		"half of the counters":   {"*nat\n-A C -c 1\nCOMMIT\n", "line 2: its counters are not numbers"},
		"a counter too large":    {"*nat\n[18446744073709551616:1] -A C\nCOMMIT\n", "line 2: its counters are not numbers"},
		"a rule without a chain": {"*nat\n-A  -j X\nCOMMIT\n", "line 2: not a rule"},
		"a line without end":     {"*nat\n-A C -m comment --comment \"" + strings.Repeat("x", 1<<20) + "\nCOMMIT\n", "line 2: too long for a rule"},
		"cut short":              {"*nat\n:C - [0:0]\n-A C -j ACC", ErrTruncated.Error()},
		"control characters":     {"*nat\n\x1b[2Jhello\nCOMMIT\n", `line 2: not a rule: "\x1b[2Jhello"`},
	} {
		t.Run(name, func(t *testing.T) {
			for way, parse := range map[string]func() error{
				"ParseSave":   func() error { _, err := ParseSave(strings.NewReader(c.text)); return err },
				"ParseChains": func() error { _, err := ParseChains(strings.NewReader(c.text), "nat", Root{Chain: "C"}); return err },
			} {
				err := parse()
				// A pass for one chain does not look into the rules of others.
				if way == "ParseChains" && err == nil && strings.HasPrefix(name, "a rule without") {
					continue
				}
				if err == nil || !strings.Contains(err.Error(), strings.TrimSuffix(c.says, "")) || strings.ContainsAny(err.Error(), "\x1b\n") {
					t.Errorf("%s: %v, want %q", way, err, c.says)
				}
			}
		})
	}
}

func TestTruncatedKeepsWhatCame(t *testing.T) {
	rs, err := ParseSave(strings.NewReader("*nat\n:C - [0:0]\n-A C -j ACCEPT\n"))
	if !errors.Is(err, ErrTruncated) {
		t.Fatalf("error %v, want %v", err, ErrTruncated)
	}
	if c, ok := rs.Chain("nat", "C"); !ok || len(c.Rules) != 1 {
		t.Errorf("the rule before the end is lost: %v", c)
	}
}
