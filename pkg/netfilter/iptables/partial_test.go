package iptables

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// TestPartial: a packet that a rule which was not read could match is lost, and says where;
// others go on through the rules that were.
func TestPartial(t *testing.T) {
	const save = "*nat\n:PREROUTING ACCEPT [0:0]\n:DISPATCH - [0:0]\n-A PREROUTING -j DISPATCH\n" +
		"-A DISPATCH -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j DNAT --to-destination 10.0.0.1:6443\nCOMMIT\n"
	for name, c := range map[string]struct {
		part Partial
		want string
	}{
		"covered":               {Partial{Destinations: addrs("10.96.0.1"), Ports: []uint16{443}}, ""},
		"all ports":             {Partial{Destinations: addrs("10.96.0.1")}, ""},
		"all addresses":         {Partial{Ports: []uint16{80, 443}}, ""},
		"for another address":   {Partial{Destinations: addrs("10.96.0.2"), Ports: []uint16{443}}, "rules of the chain DISPATCH of the table nat"},
		"for another port":      {Partial{Destinations: addrs("10.96.0.1"), Ports: []uint16{80}}, "rules of the chain DISPATCH of the table nat"},
		"nothing could be read": {Partial{All: true}, "the chain DISPATCH of the table nat, which could not be read"},
	} {
		rs, err := ParseText(save)
		if err != nil {
			t.Fatal(err)
		}
		rs.SetPartial("nat", "DISPATCH", c.part)
		_, flows := netfilter.Walk(netfilter.Question{
			Packet: netfilter.Packet{
				Source: netip.MustParseAddr("10.244.1.9"), Destination: netip.MustParseAddr("10.96.0.1"), Protocol: "tcp", DestPort: 443,
				Translated: netfilter.No, Mark: netfilter.Mark{Known: true}, DestLocal: netfilter.No,
			},
			Bases: rs.Bases(nil), Local: func(netip.Addr) netfilter.Answer { return netfilter.No },
		})
		got := netfilter.Outcomes(flows)
		if c.want == "" && got.Verdict != netfilter.DNAT {
			t.Errorf("%s: %+v", name, got)
		}
		if c.want != "" && (got.Verdict != netfilter.Unsure || !strings.HasPrefix(got.DependsOn[0], c.want)) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}
