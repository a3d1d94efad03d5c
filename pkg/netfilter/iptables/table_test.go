package iptables

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// sets are the sets of a test, each with one answer.
type sets map[string]netfilter.Answer

func (s sets) Holds(set, _ string, _ netfilter.Packet) netfilter.Answer { return s[set] }

// outcome walks a packet to port 80 of 20.1.0.5, from 10.1.2.3 or from the node, which
// is 20.0.0.1.
func outcome(t *testing.T, text string, origin netfilter.Origin, destination string) (*netfilter.Run, netfilter.Outcome) {
	t.Helper()
	dumps, err := Dumps(text)
	if err != nil || len(dumps) != 1 {
		t.Fatal(len(dumps), err)
	}
	local := func(a netip.Addr) netfilter.Answer {
		return netfilter.Is(a == netip.MustParseAddr("20.0.0.1") || a.IsLoopback())
	}
	p := netfilter.Packet{
		Source: netip.MustParseAddr("10.1.2.3"), Destination: netip.MustParseAddr(destination), Protocol: "tcp", DestPort: 80,
		Mark: netfilter.Mark{Known: true}, Translated: netfilter.No, SourceLocal: netfilter.Is(origin == netfilter.FromNode),
	}
	p.DestLocal = local(p.Destination)
	run, flows := netfilter.Walk(netfilter.Question{
		Packet: p, Origin: origin, Local: local, Bases: dumps[0].Rules.Bases(sets{"yes": netfilter.Yes, "no": netfilter.No}),
	})
	return run, netfilter.Outcomes(flows)
}

func said(o netfilter.Outcome) string {
	out := string(o.Verdict)
	if len(o.DependsOn) > 0 {
		return "depends on " + strings.Join(o.DependsOn, "; ")
	}
	for _, e := range o.Endpoints {
		out += fmt.Sprintf(" %s=%.4v", e.Address, e.Share)
		if e.Masquerade {
			out += "M"
		}
	}
	return out
}

const (
	dnat   = "-j DNAT --to-destination 10.2.0.1:8080"
	reject = "-j REJECT --reject-with icmp-port-unreachable"
)

func natText(lines ...string) string {
	return "*nat\n-A " + strings.Join(lines, "\n-A ") + "\nCOMMIT\n"
}

func filterText(lines ...string) string {
	return "*filter\n-A " + strings.Join(lines, "\n-A ") + "\nCOMMIT\n"
}

// TestMatches: a rule of the chain that a packet from outside meets first, with one
// condition each.
func TestMatches(t *testing.T) {
	const matches, not = "DNAT 10.2.0.1:8080=1", "NONE"
	for condition, want := range map[string]string{
		"":                          matches,
		"-s 10.0.0.0/8 -d 20.1.0.5": matches, "! -s 10.0.0.0/8": not, "-s 10.1.2.4/32": not, "-s 10.1.2.3,10.1.2.4": matches,
		"-p tcp -m tcp --dport 80": matches, "-m tcp -p tcp --dport 81": not, "-p udp -m udp --dport 80": not, "-p 6": matches,
		"-p tcp -m tcp ! --dport 80": not, "-p tcp -m tcp --dport 70:90": matches, "-p tcp -m tcp --dport 81:": not,
		"-p tcp -m multiport --dports 1,79:81": matches, "-p tcp -m multiport ! --dports 80,443": not,
		"-p tcp -m tcp --tcp-flags FIN,SYN,RST,ACK SYN": matches, "-p tcp -m tcp --tcp-flags SYN,ACK ACK": not, "-p tcp --syn": matches,
		"-p tcp -m tcp --sport 1024:65535":                         "depends on -m tcp --sport 1024:65535",
		"-i eth0":                                                  "depends on -i eth0",
		"! -i eth0":                                                "depends on -i eth0",
		"-m mark --mark 0x4000/0x4000":                             not,
		"-m mark ! --mark 0x4000/0x4000":                           matches,
		"-m mark --mark 0":                                         matches,
		"-m addrtype --dst-type LOCAL":                             not,
		"-m addrtype ! --dst-type LOCAL":                           matches,
		"-m addrtype --src-type LOCAL":                             not,
		"-m addrtype --dst-type UNICAST":                           "depends on -m addrtype --dst-type UNICAST",
		"-m conntrack --ctstate NEW":                               matches,
		"-m conntrack --ctstate INVALID":                           not,
		"-m conntrack --ctstate RELATED,ESTABLISHED":               not,
		"-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT":        matches,
		"-m conntrack --ctstate DNAT":                              not,
		"-m conntrack --ctdir ORIGINAL":                            matches,
		"-m state --state NEW":                                     matches,
		"-m recent --rcheck --seconds 9 --reap --name X --rsource": not,
		"-m recent ! --rcheck --name X":                            matches,
		"-m recent --set --name X --rsource":                       matches,
		"-m comment --comment \"-p udp\"":                          matches,
		"-m nfacct --nfacct-name x":                                matches,
		"-m set --match-set yes dst,dst":                           matches,
		"-m set ! --match-set yes dst,dst":                         not,
		"-m set --match-set no src":                                not,
		"-m set --match-set gone src":                              "depends on -m set --match-set gone src",
		"-m time --timestart 10:00":                                "depends on -m time --timestart 10:00",
		"-m u32 --u32 \"0&0xFFFF=0x1\"":                            "depends on -m u32 --u32 0&0xFFFF=0x1",
		"-p udp -m time --timestart 10:00":                         not,
		"-m physdev --physdev-is-bridged":                          "depends on -m physdev --physdev-is-bridged",
		"-f":                                                       not,
	} {
		t.Run(condition, func(t *testing.T) {
			_, o := outcome(t, natText("PREROUTING "+condition+" "+dnat)+"*filter\nCOMMIT\n", netfilter.Arriving, "20.1.0.5")
			if said(o) != want {
				t.Errorf("%s, want %s", said(o), want)
			}
		})
	}
}

// TestTargets: rules in their tables and chains.
func TestTargets(t *testing.T) {
	masquerading := natText("PREROUTING -j SVC", "SVC -m comment --comment x -j MARKS", "SVC "+dnat, "MARKS -j MARK --or-mark 0x4000",
		"POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN", "POSTROUTING -j MARK --xor-mark 0x4000", "POSTROUTING -j MASQUERADE --random-fully")
	for name, c := range map[string]struct {
		text   string
		origin netfilter.Origin
		to     string
		want   string
	}{
		"masquerade by mark":       {masquerading, netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1M"},
		"set-xmark":                {strings.ReplaceAll(strings.ReplaceAll(masquerading, "--or-mark 0x4000", "--set-xmark 0x4000/0x4000"), "--xor-mark 0x4000", "--set-xmark 0x4000/0x0"), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1M"},
		"a mark taken back":        {strings.ReplaceAll(masquerading, "MARKS -j MARK --or-mark 0x4000", "MARKS -j MARK --or-mark 0x4000\n-A MARKS -j MARK --and-mark 0x3fff"), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1"},
		"the node's own":           {natText("OUTPUT -m addrtype --src-type LOCAL "+dnat, "POSTROUTING -s 10.1.2.3 -d 10.2.0.1 -j MASQUERADE"), netfilter.FromNode, "20.1.0.5", "DNAT 10.2.0.1:8080=1M"},
		"the chain of the others":  {natText("OUTPUT " + dnat), netfilter.Arriving, "20.1.0.5", "NONE"},
		"refused on the way":       {filterText("FORWARD -m conntrack --ctstate NEW -j S", "S -d 20.1.0.5/32 "+reject), netfilter.Arriving, "20.1.0.5", "REJECT"},
		"refused to the node":      {filterText("INPUT -m addrtype --dst-type LOCAL -j DROP"), netfilter.Arriving, "20.0.0.1", "DROP"},
		"and from it to itself":    {filterText("INPUT -i lo -m addrtype --dst-type LOCAL -j DROP"), netfilter.FromNode, "20.0.0.1", "DROP"},
		"after nat another target": {natText("PREROUTING "+dnat) + filterText("FORWARD -d 20.1.0.5 -j DROP", "FORWARD -d 10.2.0.1 -p tcp -m tcp --dport 8080 -m conntrack --ctstate DNAT -j ACCEPT", "FORWARD -j DROP"), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1"},
		"what was asked first":     {natText("PREROUTING "+dnat) + filterText("FORWARD -m conntrack --ctorigdst 20.1.0.5 --ctorigdstport 80 -j DROP"), netfilter.Arriving, "20.1.0.5", "DROP"},
		"accepted":                 {filterText("FORWARD -j ACCEPT", "FORWARD -j DROP"), netfilter.Arriving, "20.1.0.5", "ACCEPT"},
		"accepted by nat is none":  {natText("PREROUTING -j ACCEPT", "PREROUTING "+dnat) + "*filter\nCOMMIT\n", netfilter.Arriving, "20.1.0.5", "NONE"},
		"a policy":                 {"*filter\n:FORWARD DROP [0:0]\nCOMMIT\n", netfilter.Arriving, "20.1.0.5", "DROP"},
		"every second":             {natText("PREROUTING -m statistic --mode nth --every 2 --packet 0 "+dnat, "PREROUTING -p tcp -j DNAT --to-destination 10.2.0.2"), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=0.5 10.2.0.2:80=0.5"},
		"a port only":              {natText("PREROUTING -p tcp -j DNAT --to-destination :8080"), netfilter.Arriving, "20.1.0.5", "DNAT 20.1.0.5:8080=1"},
		"a range of addresses":     {natText("PREROUTING -j DNAT --to-destination 10.2.0.1-10.2.0.9"), netfilter.Arriving, "20.1.0.5", "depends on -j DNAT --to-destination 10.2.0.1-10.2.0.9"},
		"an unknown target":        {natText("PREROUTING -j REDIRECT --to-ports 80"), netfilter.Arriving, "20.1.0.5", "depends on -j REDIRECT --to-ports 80"},
		"not tracked":              {"*raw\n-A PREROUTING -j CT --notrack\nCOMMIT\n" + natText("PREROUTING "+dnat), netfilter.Arriving, "20.1.0.5", "depends on -j CT --notrack"},
		"a log goes on":            {natText("PREROUTING -j LOG --log-prefix \"-j DROP\"", "PREROUTING "+dnat), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1"},
		"a connection's mark":      {"*mangle\n-A PREROUTING -j CONNMARK --set-xmark 0x1/0xff\n-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff\nCOMMIT\n" + natText("PREROUTING -m mark --mark 0x1 "+dnat), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1"},
		"an unknown chain":         {natText("PREROUTING -j GONE"), netfilter.Arriving, "20.1.0.5", "depends on the chain GONE of the table nat, which is not in what was given"},
		"words without quotes":     {natText("PREROUTING -m comment --comment kubernetes service portals -j SVC", "SVC "+dnat), netfilter.Arriving, "20.1.0.5", "DNAT 10.2.0.1:8080=1"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, o := outcome(t, c.text, c.origin, c.to); said(o) != c.want {
				t.Errorf("%s, want %s", said(o), c.want)
			}
		})
	}
}

// TestAffinityIsSaid: a client that was here before is a note, and no part of the shares.
func TestAffinityIsSaid(t *testing.T) {
	run, o := outcome(t, natText("PREROUTING -m recent --rcheck --name A -j A", "PREROUTING "+dnat, "A -j DNAT --to-destination 10.2.0.9:1"), netfilter.Arriving, "20.1.0.5")
	if said(o) != "DNAT 10.2.0.1:8080=1" || len(run.Notes) != 1 || !strings.Contains(run.Notes[0], "--rcheck") {
		t.Errorf("%s, notes %v", said(o), run.Notes)
	}
}

// TestDumps: several saves one behind the other are told apart.
func TestDumps(t *testing.T) {
	four := "# Generated by iptables-save v1.8.9\n*nat\n:A - [0:0]\nCOMMIT\n# Completed\n# Generated by iptables-save v1.8.9\n*filter\n:A - [0:0]\nCOMMIT\n# Completed\n"
	six := "*nat\n-A A -d fd00::1/128 -j B\nCOMMIT\n*filter\n-A A -j REJECT --reject-with icmp6-port-unreachable\nCOMMIT\n"
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"one":                {four, "4:[filter nat]"},
		"two families":       {four + six, "4:[filter nat] 6:[filter nat]"},
		"the other order":    {six + four, "6:[filter nat] 4:[filter nat]"},
		"two of one":         {four + four, "4:[filter nat] 4:[filter nat]"},
		"nothing tells":      {"*filter\n:A - [0:0]\nCOMMIT\n", "0:[filter]"},
		"by an address":      {"*nat\n-A A -m comment --comment \"a:b::c\" -s 10.0.0.1 -j B\nCOMMIT\n", "4:[nat]"},
		"empty and comments": {"# hello\n\n", ""},
	} {
		dumps, err := Dumps(c.text)
		var got []string
		for _, d := range dumps {
			got = append(got, fmt.Sprintf("%d:%v", d.Family, d.Rules.Tables()))
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v (%v), want %s", name, got, err, c.want)
		}
	}
}
