package nftables

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// The layouts of 1.35, with a chain for each endpoint, and of 1.37, as nft 1.0.6 prints them.
const layouts = `table ip kube-proxy {
	set nodeport-ips {
		elements = { 10.0.2.3 }
	}
	map service-ips {
		elements = { 10.96.0.1 . tcp . 80 : goto service-A/a/tcp/, 10.96.0.2 . 17 . 53 : goto service-B/b/udp/ }
	}
	map service-nodeports {
		elements = { tcp . 30000 : goto external-A/a/tcp/ }
	}
	map no-endpoint-services {
		elements = { 10.96.0.3 . tcp . 80 comment "a/none" : goto reject-chain }
	}
	chain services {
		ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000 comment "masquerade"
		ip daddr . meta l4proto . th dport vmap @service-ips
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports
	}
	chain service-A/a/tcp/ {
		ip daddr 10.96.0.1 ip saddr != 10.244.0.0/16 jump mark-for-masquerade
		ip saddr @affinity-1 goto endpoint-1/a/tcp/__10.244.0.1/80
		numgen random mod 2 vmap { 0 : goto endpoint-1/a/tcp/__10.244.0.1/80, 1 : goto endpoint-2/a/tcp/__10.244.0.2/80 }
	}
	chain endpoint-1/a/tcp/__10.244.0.1/80 {
		ip saddr 10.244.0.1 jump mark-for-masquerade
		update @affinity-1 { ip saddr }
		meta l4proto 6 dnat to 10.244.0.1:80
	}
	chain mark-for-masquerade {
		meta mark set meta mark | 0x00004000
	}
	chain service-B/b/udp/ {
		meta l4proto udp dnat ip to numgen random mod 3 map { 0 : 10.244.0.5 . 53, 1 : 10.244.0.6 . 53, 2 : 10.244.0.7 . 53 }
	}
	chain external-A/a/tcp/ {
		fib saddr type local goto service-A/a/tcp/
		goto local-A/a/tcp/
	}
	chain local-A/a/tcp/ {
		meta l4proto tcp dnat to 10.244.0.2:80
	}
}
`

// drawn is steps in lines: what leads where, with which share and conditions.
func drawn(steps []Step, depth int, out *strings.Builder) string {
	for _, s := range steps {
		unread := ""
		if s.Unread {
			unread = " unread"
		}
		fmt.Fprintf(out, "%s%.2f %s: %s → %s%s", strings.Repeat("  ", depth), s.Share, s.Chain, s.Verdict, s.To, unread)
		for _, c := range s.Conditions {
			fmt.Fprintf(out, " [%s %v %s]", c.Selector, c.Not, c.Value)
		}
		out.WriteString("\n")
		drawn(s.Steps, depth+1, out)
	}
	return out.String()
}

func packet(to, protocol string, port uint16) netfilter.Packet {
	return netfilter.Packet{Destination: netip.MustParseAddr(to), Protocol: protocol, DestPort: port}
}

// TestFollow follows connections to a clusterIP of each layout, and to a NodePort.
func TestFollow(t *testing.T) {
	rs, err := Parse(layouts)
	if err != nil {
		t.Fatal(err)
	}
	for to, c := range map[string]struct {
		packet netfilter.Packet
		want   string
	}{
		"udp": {packet("10.96.0.2", "udp", 53), `1.00 services: mark →  [ip daddr false @cluster-ips] [ip saddr true 10.244.0.0/16]
1.00 services:  → @service-ips
  1.00 service-ips:  → service-B/b/udp/
    1.00 service-B/b/udp/:  → {}
      0.33 service-B/b/udp/: dnat → 10.244.0.5 . 53
      0.33 service-B/b/udp/: dnat → 10.244.0.6 . 53
      0.33 service-B/b/udp/: dnat → 10.244.0.7 . 53
`},
		"affinity": {packet("10.96.0.1", "tcp", 80), `1.00 services: mark →  [ip daddr false @cluster-ips] [ip saddr true 10.244.0.0/16]
1.00 services:  → @service-ips
  1.00 service-ips:  → service-A/a/tcp/
    1.00 service-A/a/tcp/:  → mark-for-masquerade [ip saddr true 10.244.0.0/16]
      1.00 mark-for-masquerade: mark → 
    1.00 service-A/a/tcp/:  → endpoint-1/a/tcp/__10.244.0.1/80 [ip saddr false @affinity-1]
      1.00 endpoint-1/a/tcp/__10.244.0.1/80:  → mark-for-masquerade [ip saddr false 10.244.0.1]
        1.00 mark-for-masquerade: mark → 
      1.00 endpoint-1/a/tcp/__10.244.0.1/80:  → 
      1.00 endpoint-1/a/tcp/__10.244.0.1/80: dnat → 10.244.0.1:80
    1.00 service-A/a/tcp/:  → {}
      0.50 service-A/a/tcp/:  → endpoint-1/a/tcp/__10.244.0.1/80
        0.50 endpoint-1/a/tcp/__10.244.0.1/80:  → mark-for-masquerade [ip saddr false 10.244.0.1]
          0.50 mark-for-masquerade: mark → 
        0.50 endpoint-1/a/tcp/__10.244.0.1/80:  → 
        0.50 endpoint-1/a/tcp/__10.244.0.1/80: dnat → 10.244.0.1:80
      0.50 service-A/a/tcp/:  → endpoint-2/a/tcp/__10.244.0.2/80 unread
`},
		"another address": {packet("10.96.0.9", "tcp", 80), "1.00 services: mark →  [ip daddr false @cluster-ips] [ip saddr true 10.244.0.0/16]\n"},
	} {
		if diff := cmp.Diff(c.want, drawn(rs.Tables[0].Follow("services", c.packet), 0, &strings.Builder{})); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", to, diff)
		}
	}
}

// TestFollowElement begins with an element of a map, whose protocol has a name or a number.
func TestFollowElement(t *testing.T) {
	rs, err := Parse(layouts)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		packet netfilter.Packet
		rule   string
		to     string
	}{
		"service-ips":          {packet("10.96.0.2", "udp", 53), "10.96.0.2 . 17 . 53 : goto service-B/b/udp/", "service-B/b/udp/"},
		"service-nodeports":    {packet("10.0.2.3", "tcp", 30000), "tcp . 30000 : goto external-A/a/tcp/", "external-A/a/tcp/"},
		"no-endpoint-services": {packet("10.96.0.3", "tcp", 80), `10.96.0.3 . tcp . 80 comment "a/none" : goto reject-chain`, "reject-chain"},
	} {
		s, ok := rs.Tables[0].FollowElement(name, c.packet)
		if !ok || s.Rule != c.rule || s.To != c.to || s.Chain != name {
			t.Errorf("%s: %v %+v", name, ok, s)
		}
		if _, ok := rs.Tables[0].FollowElement(name, packet("10.96.0.99", "sctp", 1)); ok {
			t.Errorf("%s has an element for what is not there", name)
		}
	}
}

// TestFollowEnds: chains that lead to each other, or more ways than can be walked, have an end.
func TestFollowEnds(t *testing.T) {
	text := "table ip t {\n\tchain a {\n\t\tjump b\n\t\tjump b\n\t}\n\tchain b {\n\t\tjump a\n\t}\n"
	for i := range 40 {
		text += fmt.Sprintf("\tchain c%d {\n\t\tjump c%d\n\t\tjump c%[2]d\n\t}\n", i, i+1)
	}
	rs, err := Parse(text + "\tchain c40 {\n\t}\n}\n")
	if err != nil {
		t.Fatal(err)
	}
	rs.Tables[0].Follow("a", netfilter.Packet{})
	rs.Tables[0].Follow("c0", netfilter.Packet{})
}

// TestAdd reads what several listings printed into one table.
func TestAdd(t *testing.T) {
	rs := &Ruleset{}
	for _, text := range []string{"table ip t {\n\tchain a {\n\t\tgoto b\n\t}\n}\n", "table ip t {\n\tchain b {\n\t\tdrop\n\t}\n}\n"} {
		if err := rs.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	steps := rs.Tables[0].Follow("a", netfilter.Packet{})
	if len(rs.Tables) != 1 || len(steps) != 1 || len(steps[0].Steps) != 1 || steps[0].Steps[0].Verdict != "drop" {
		t.Errorf("%+v", steps)
	}
}
