package ipset

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

const saved = `create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536 bucketsize 12 initval 0x1
add KUBE-CLUSTER-IP 10.96.0.10,udp:53
add KUBE-CLUSTER-IP 10.96.0.10,tcp:53
create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.1.2,tcp:53,10.244.1.2
create KUBE-NODE-PORT-TCP bitmap:port range 0-65535
add KUBE-NODE-PORT-TCP 30080
create KUBE-LOAD-BALANCER-SOURCE-CIDR hash:ip,port,net family inet hashsize 1024 maxelem 65536
add KUBE-LOAD-BALANCER-SOURCE-CIDR 203.0.113.1,tcp:80,198.51.100.0/24
create KUBE-6-CLUSTER-IP hash:ip,port family inet6 hashsize 1024 maxelem 65536
add KUBE-6-CLUSTER-IP fd00::10,tcp:53
create NETS hash:net family inet
add NETS 10.0.0.0/8
add NETS 10.1.0.0/16 nomatch
create MACS hash:mac
add MACS 00:11:22:33:44:55 comment "a b"
`

func TestHolds(t *testing.T) {
	sets, err := Parse(saved)
	if err != nil {
		t.Fatal(err)
	}
	packet := func(source, to, protocol string) netfilter.Packet {
		at := netip.MustParseAddrPort(to)
		p := netfilter.Packet{Destination: at.Addr(), DestPort: at.Port(), Protocol: protocol}
		if source != "" {
			p.Source = netip.MustParseAddr(source)
		}
		return p
	}
	for _, c := range []struct {
		set, ways string
		p         netfilter.Packet
		want      netfilter.Answer
	}{
		{"KUBE-CLUSTER-IP", "dst,dst", packet("", "10.96.0.10:53", "udp"), netfilter.Yes},
		{"KUBE-CLUSTER-IP", "dst,dst", packet("", "10.96.0.10:53", "sctp"), netfilter.No},
		{"KUBE-CLUSTER-IP", "dst,dst", packet("", "10.96.0.10:54", "tcp"), netfilter.No},
		{"KUBE-CLUSTER-IP", "src,dst", packet("10.96.0.10", "10.96.0.11:53", "tcp"), netfilter.Yes},
		{"KUBE-CLUSTER-IP", "src,dst", packet("", "10.96.0.11:53", "tcp"), netfilter.Unknown},
		{"KUBE-CLUSTER-IP", "dst,src", packet("", "10.96.0.10:53", "tcp"), netfilter.Unknown},
		{"KUBE-LOOP-BACK", "dst,dst,src", packet("10.244.1.2", "10.244.1.2:53", "tcp"), netfilter.Yes},
		{"KUBE-LOOP-BACK", "dst,dst,src", packet("10.244.1.3", "10.244.1.2:53", "tcp"), netfilter.No},
		{"KUBE-NODE-PORT-TCP", "dst", packet("", "10.0.0.1:30080", "tcp"), netfilter.Yes},
		{"KUBE-NODE-PORT-TCP", "dst", packet("", "10.0.0.1:30081", "tcp"), netfilter.No},
		{"KUBE-LOAD-BALANCER-SOURCE-CIDR", "dst,dst,src", packet("198.51.100.9", "203.0.113.1:80", "tcp"), netfilter.Yes},
		{"KUBE-LOAD-BALANCER-SOURCE-CIDR", "dst,dst,src", packet("198.51.101.9", "203.0.113.1:80", "tcp"), netfilter.No},
		{"KUBE-6-CLUSTER-IP", "dst,dst", packet("", "[fd00::10]:53", "tcp"), netfilter.Yes},
		{"KUBE-CLUSTER-IP", "dst", packet("", "10.96.0.10:53", "tcp"), netfilter.Unknown},
		{"GONE", "dst", packet("", "10.96.0.10:53", "tcp"), netfilter.Unknown},
		{"NETS", "src", packet("11.0.0.1", "10.96.0.10:53", "tcp"), netfilter.Unknown},
		{"NETS", "src", packet("10.1.0.1", "10.96.0.10:53", "tcp"), netfilter.Unknown},
		{"MACS", "src", packet("11.0.0.1", "10.96.0.10:53", "tcp"), netfilter.Unknown},
	} {
		if got := sets.Holds(c.set, c.ways, c.p); got != c.want {
			t.Errorf("%s %s of %+v: %v, want %v", c.set, c.ways, c.p, got, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{"hello\n", "create X\n", "add X 10.0.0.1\n", "create X hash:ip\nadd X\n", "add\n"} {
		if _, err := Parse(text); err == nil || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzParse: whatever the text, it is read or refused, and what was read gives an answer.
func FuzzParse(f *testing.F) {
	f.Add(saved, "KUBE-CLUSTER-IP", "dst,dst")
	f.Fuzz(func(_ *testing.T, text, name, ways string) {
		sets, err := Parse(text)
		if err != nil {
			return
		}
		p := netfilter.Packet{Source: netip.MustParseAddr("10.0.0.1"), Destination: netip.MustParseAddr("10.96.0.10"), DestPort: 53, Protocol: "tcp"}
		sets.Holds(name, ways, p)
		for _, n := range sets.Names {
			sets.Holds(n, "dst,dst,src", p)
		}
	})
}
