package iptables

import (
	"fmt"
	"math"
	"net/netip"
	"strings"
	"testing"
)

func rules(t *testing.T, lines ...string) *Ruleset {
	t.Helper()
	var rs Ruleset
	if err := rs.AddList("nat", strings.Join(lines, "\n")+"\n"); err != nil {
		t.Fatal(err)
	}
	return &rs
}

// shares are the targets at the ends of a walk that end it, and the share of each.
func shares(steps []Step) map[string]float64 {
	out := map[string]float64{}
	for _, s := range steps {
		for target, share := range shares(s.Steps) {
			out[target] += share
		}
		if s.Verdict != "" && !passing[s.Verdict] && s.Verdict != "RETURN" {
			out[strings.TrimSpace(s.Verdict+" "+to(s.Rule))] += s.Share
		}
	}
	return out
}

func to(r *Rule) string {
	for _, arg := range r.TargetArgs() {
		if arg.Option == "--to-destination" {
			return arg.Value
		}
	}
	return ""
}

// TestEvenShares makes the chain of n endpoints as kube-proxy does, with the ten
// digits that it prints. Each gets 1/n.
func TestEvenShares(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 10, 100, 1000} {
		var lines []string
		for i := range n {
			choose := ""
			if left := n - i; left > 1 {
				choose = fmt.Sprintf("-m statistic --mode random --probability %.10f ", 1/float64(left))
			}
			lines = append(lines, fmt.Sprintf("-A SVC %s-j SEP-%d", choose, i), fmt.Sprintf("-A SEP-%d -p tcp -j DNAT --to-destination 10.0.0.1:%d", i, i+1))
		}
		got := shares(Walk(rules(t, lines...), "nat", "SVC", Packet{Protocol: "tcp"}))
		if len(got) != n {
			t.Errorf("%d endpoints: %d targets", n, len(got))
		}
		for target, share := range got {
			if math.Abs(share-1/float64(n)) > 1e-6 {
				t.Errorf("%d endpoints: %s gets %v, want %v", n, target, share, 1/float64(n))
			}
		}
	}
}

func TestWalk(t *testing.T) {
	local, remote := true, false
	web := Packet{Source: netip.MustParseAddr("10.1.2.3"), Destination: netip.MustParseAddr("20.1.0.5"), Protocol: "tcp", DestPort: 80, DestLocal: &remote}
	six := Packet{Destination: netip.MustParseAddr("fd00::5"), Protocol: "udp", DestPort: 53}
	for name, c := range map[string]struct {
		packet Packet
		rules  string
		want   string
	}{
		"first that matches":          {web, "-A C -d 20.1.0.6/32 -j DROP\n-A C -d 20.1.0.0/24 -p tcp -m tcp --dport 80 -j ACCEPT\n-A C -j REJECT", "ACCEPT:1"},
		"not":                         {web, "-A C ! -s 10.0.0.0/8 -j DROP\n-A C ! -d 20.1.0.6/32 -j ACCEPT", "ACCEPT:1"},
		"a mask with holes":           {web, "-A C -d 20.0.0.5/255.0.0.255 -j ACCEPT\n-A C -j DROP", "ACCEPT:1"},
		"another port":                {web, "-A C -p tcp -m tcp --dport 81:90 -j DROP\n-A C -p tcp -m multiport --dports 8,70:90 -j ACCEPT", "ACCEPT:1"},
		"IPv6":                        {six, "-A C -d fd00::5/128 -p udp -m udp --dport 53 -j ACCEPT\n-A C -j DROP", "ACCEPT:1"},
		"a jump comes back":           {web, "-A C -j D\n-A C -j ACCEPT\n-A D -p udp -j DROP", "ACCEPT:1"},
		"return":                      {web, "-A C -j D\n-A C -j ACCEPT\n-A D -j RETURN\n-A D -j DROP", "ACCEPT:1"},
		"goto does not come back":     {web, "-A C -j D\n-A C -j ACCEPT\n-A D -g E\n-A D -j DROP\n-A E -p udp -j DROP", "ACCEPT:1"},
		"goto returns further":        {web, "-A C -g D\n-A C -j DROP\n-A D -p udp -j DROP", ""},
		"a mark goes on":              {web, "-A C -j MARK --set-xmark 0x4000/0x4000\n-A C -j ACCEPT", "ACCEPT:1"},
		"half, and a third of it":     {web, "-A C -m statistic --mode random --probability 0.5 -j D\n-A C -j DROP\n-A D -m statistic --mode random --probability 0.3333333333 -j ACCEPT\n-A D -j REJECT", "ACCEPT:0.1667 DROP:0.5000 REJECT:0.3333"},
		"half comes back":             {web, "-A C -m statistic --mode random --probability 0.5 -j D\n-A C -j DROP\n-A D -m statistic --mode random --probability 0.5 -j ACCEPT", "ACCEPT:0.2500 DROP:0.7500"},
		"every second is a condition": {web, "-A C -m statistic --mode nth --every 2 --packet 0 -j DROP\n-A C -j ACCEPT", "ACCEPT:1 DROP:1"},
		"new connection":              {web, "-A C -m conntrack --ctstate RELATED,ESTABLISHED -j DROP\n-A C -m conntrack --ctstate NEW,UNTRACKED -j ACCEPT", "ACCEPT:1"},
		"local destination":           {Packet{DestLocal: &local}, "-A C -m addrtype --dst-type LOCAL -j ACCEPT\n-A C -j DROP", "ACCEPT:1"},
		"not a local destination":     {web, "-A C -m addrtype --dst-type LOCAL -j ACCEPT\n-A C -j DROP", "DROP:1"},
		"not known":                   {web, "-A C -m set --match-set blocked src -j DROP\n-A C -j ACCEPT", "ACCEPT:1 DROP:1"},
		"a loop":                      {web, "-A C -j D\n-A D -j C\n-A C -j ACCEPT", "ACCEPT:1"},
		"a chain that is not there":   {web, "-A C -j GONE\n-A C -j ACCEPT", ""},
		"no such chain":               {web, "-A D -j ACCEPT", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := shares(Walk(rules(t, c.rules), "nat", "C", c.packet))
			var words []string
			for _, verdict := range []string{"ACCEPT", "DROP", "REJECT"} {
				if share, there := got[verdict]; there {
					words = append(words, verdict+":"+strings.TrimSuffix(fmt.Sprintf("%.4f", share), ".0000"))
				}
			}
			if strings.Join(words, " ") != c.want {
				t.Errorf("%v, want %q", words, c.want)
			}
		})
	}
}

// TestConditions are what a packet leaves open, which the step must say.
func TestConditions(t *testing.T) {
	steps := Walk(rules(t, "-A C ! -s 10.0.0.0/8 -d 20.1.0.5/32 -m addrtype --src-type LOCAL -j DROP"), "nat", "C",
		Packet{Destination: netip.MustParseAddr("20.1.0.5")})
	if len(steps) != 1 || fmt.Sprint(steps[0].Conditions) != "[{ -s true 10.0.0.0/8} {addrtype --src-type false LOCAL}]" {
		t.Errorf("steps %+v", steps)
	}
	unread := Walk(rules(t, "-A C -j GONE"), "nat", "C", Packet{})
	if len(unread) != 1 || !unread[0].Unread || unread[0].Share != 1 {
		t.Errorf("a chain that was not read: %+v", unread)
	}
}

// TestTooManyWays: chains that each jump twice to the next are 2^60 ways.
func TestTooManyWays(t *testing.T) {
	var lines []string
	for i := range 60 {
		jump := fmt.Sprintf("-A C%d -j C%d", i, i+1)
		lines = append(lines, jump, jump)
	}
	lines = append(lines, "-A C60 -p udp -j ACCEPT")
	steps := Walk(rules(t, lines...), "nat", "C0", Packet{Protocol: "tcp"})
	if n := count(steps); n > 2*maxSteps {
		t.Errorf("the walk has %d steps", n)
	}
}

func count(steps []Step) int {
	n := len(steps)
	for _, s := range steps {
		n += count(s.Steps)
	}
	return n
}
