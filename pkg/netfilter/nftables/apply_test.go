package nftables

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// outcome walks a packet from 10.1.2.3 to port 80 of 20.1.0.5 through rules of the chain
// that it meets first.
func outcome(t *testing.T, sets string, rules ...string) string {
	t.Helper()
	text := "table ip t {\n" + sets + "\tchain c {\n\t\ttype nat hook prerouting priority dstnat; policy accept;\n\t\t" + strings.Join(rules, "\n\t\t") + "\n\t}\n}\n"
	rs, err := Parse(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	_, flows := netfilter.Walk(netfilter.Question{
		Packet: netfilter.Packet{
			Source: netip.MustParseAddr("10.1.2.3"), Destination: netip.MustParseAddr("20.1.0.5"), Protocol: "tcp", DestPort: 80,
			Mark: netfilter.Mark{Known: true}, Translated: netfilter.No, SourceLocal: netfilter.No, DestLocal: netfilter.No,
			In: netfilter.NotLoopback(),
		},
		Local: func(netip.Addr) netfilter.Answer { return netfilter.No },
		Bases: rs.Bases(4, func(string) bool { return false }),
	})
	o := netfilter.Outcomes(flows)
	if len(o.DependsOn) > 0 {
		return "depends on " + strings.Join(o.DependsOn, "; ")
	}
	out := string(o.Verdict)
	for _, e := range o.Endpoints {
		out += fmt.Sprintf(" %s=%.3g", e.Address, e.Share)
	}
	return out
}

// TestConditions: a rule with one condition each.
func TestConditions(t *testing.T) {
	const matches, not = "DNAT 10.2.0.1:80=1", "NONE"
	sets := "\tset addresses {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { 20.1.0.0/24, 30.0.0.1-30.0.0.9 }\n\t}\n" +
		"\tset plain {\n\t\ttype ipv4_addr . inet_proto . inet_service\n\t\telements = { 20.1.0.5 . tcp . 80 comment \"a, b\",\n\t\t\t     20.1.0.6 . 17 . 53 timeout 1h expires 3s }\n\t}\n"
	for condition, want := range map[string]string{
		"":                                           matches,
		"ip saddr 10.0.0.0/8":                        matches,
		"ip saddr != 10.0.0.0/8":                     not,
		"ip daddr { 20.1.0.5, 1.2.3.4 }":             matches,
		"ip daddr != { 20.1.0.5 }":                   not,
		"ip daddr 20.1.0.0-20.1.0.9":                 matches,
		"ip daddr @addresses":                        matches,
		"ip saddr @addresses":                        not,
		"ip daddr @gone":                             "depends on ip daddr @gone",
		"ip daddr . meta l4proto . th dport @plain":  matches,
		"ip daddr . ip protocol . tcp dport @plain":  matches,
		"ip6 daddr fd00::1":                          not,
		"meta nfproto ipv4":                          matches,
		"tcp dport 80":                               matches,
		"tcp dport { 70-90, 443 }":                   matches,
		"udp dport 80":                               not,
		"th sport 80":                                "depends on th sport 80",
		"meta l4proto { tcp, udp }":                  matches,
		"meta l4proto 6":                             matches,
		"ct state new":                               matches,
		"ct state established,related":               not,
		"ct state { established, new }":              matches,
		"ct status dnat":                             not,
		"ct direction original":                      matches,
		"fib daddr type local":                       not,
		"fib daddr type != local":                    matches,
		"fib daddr type broadcast":                   "depends on fib daddr type broadcast",
		"fib saddr . iif oif missing":                "depends on fib saddr . iif oif missing",
		"iifname \"lo\"":                             not,
		"iifname \"eth0\"":                           "depends on iifname \"eth0\"",
		"iifname != \"eth0\"":                        "depends on iifname \"eth0\"",
		"meta mark & 0x00004000 == 0x00004000":       not,
		"meta mark & 0x00004000 != 0x00004000":       matches,
		"mark and 0x4000 == 0":                       matches,
		"mark 0":                                     matches,
		"counter packets 1 bytes 2 log prefix \"x\"": matches,
		"limit rate 5/minute":                        "depends on limit rate 5/minute",
		"tcp flags syn":                              "depends on tcp flags syn",
		"ct state vmap { established : accept, invalid : drop }": not,
	} {
		t.Run(condition, func(t *testing.T) {
			if got := outcome(t, sets, strings.TrimSpace(condition+" dnat to 10.2.0.1")); got != want {
				t.Errorf("%s, want %s", got, want)
			}
		})
	}
}

func TestStatements(t *testing.T) {
	for name, c := range map[string]struct {
		rules []string
		want  string
	}{
		"by chance":               {[]string{"numgen random mod 4 vmap { 0 : drop, 1-2 : accept }", "dnat to 10.2.0.1"}, "DNAT 10.2.0.1:80=0.25"},
		"an address by chance":    {[]string{"meta l4proto tcp dnat ip addr . port to numgen random mod 2 map { 0 : 10.2.0.1 . 8080 , 1 : 10.2.0.2 . 8081 }"}, "DNAT 10.2.0.1:8080=0.5 10.2.0.2:8081=0.5"},
		"as an older nft says it": {[]string{"dnat ip to numgen random mod 2 map { 0 : 10.2.0.1 . 8080, 1 : 10.2.0.2 . 8081 }"}, "DNAT 10.2.0.1:8080=0.5 10.2.0.2:8081=0.5"},
		"by iptables' chance":     {[]string{"meta random & 2147483647 < 1073741824 drop", "dnat to 10.2.0.1"}, "DNAT 10.2.0.1:80=0.5"},
		"a mark":                  {[]string{"mark set mark or 0x4000", "meta mark set meta mark | 0x1", "meta mark set meta mark ^ 0x4000", "meta mark 0x1 dnat to 10.2.0.1"}, "DNAT 10.2.0.1:80=1"},
		"a connection's mark":     {[]string{"meta mark set 0x7", "ct mark set meta mark", "meta mark set 0x0", "meta mark set ct mark", "meta mark 0x7 dnat to 10.2.0.1"}, "DNAT 10.2.0.1:80=1"},
		"a jump":                  {[]string{"jump d", "dnat to 10.2.0.1"}, "depends on the chain d of the table ip t, which is not in what was given"},
		"a mark and no match":     {[]string{"mark set 0x1 ip saddr 1.2.3.4 drop", "mark 0x1 dnat to 10.2.0.1"}, "DNAT 10.2.0.1:80=1"},
		"what could do anything":  {[]string{"tcp dport 80 redirect to :8080"}, "depends on redirect to :8080"},
		"unknown, and a verdict":  {[]string{"osf name \"x\" drop", "dnat to 10.2.0.1"}, "depends on osf name \"x\""},
		"unknown, and a comment":  {[]string{"frobnicate comment \"x\"", "dnat to 10.2.0.1"}, "depends on frobnicate"},
		"refused":                 {[]string{"reject with icmp port-unreachable"}, "REJECT"},
		"no port":                 {[]string{"dnat to :8080"}, "DNAT 20.1.0.5:8080=1"},
		"IPv6 in brackets":        {[]string{"dnat to [fd00::1]:8080"}, "DNAT [fd00::1]:8080=1"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcome(t, "", c.rules...); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
