package conntrack

import (
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func at4(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

func TestParse(t *testing.T) {
	const text = `tcp      6 86399 ESTABLISHED src=20.2.36.5 dst=20.1.120.16 sport=51324 dport=3000 src=20.2.36.64 dst=20.2.36.5 sport=3000 dport=51324 [ASSURED] mark=0 use=1
udp      17 29 src=20.2.36.5 dst=20.1.0.10 sport=40000 dport=53 [UNREPLIED] src=20.2.36.9 dst=20.2.36.5 sport=53 dport=40000 mark=0 use=1
ipv6     10 udp      17 29 src=fd00:0020:0002:0036:0000:0000:0000:0005 dst=fd00:0020:0001:0000:0000:0000:0000:000a sport=4 dport=53 src=fd00:0020:0001:0000:0000:0000:0000:000a dst=fd00:0020:0002:0036:0000:0000:0000:0005 sport=53 dport=4 mark=0 zone=0 use=2
icmp     1 29 src=20.2.36.5 dst=20.2.36.6 type=8 code=0 id=1 src=20.2.36.6 dst=20.2.36.5 type=0 code=0 id=1 mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 4 flow entries have been shown.
`
	want := []Entry{
		{Protocol: "tcp", State: "ESTABLISHED", Source: at4("20.2.36.5:51324"), Destination: at4("20.1.120.16:3000"), Server: at4("20.2.36.64:3000")},
		{Protocol: "udp", Source: at4("20.2.36.5:40000"), Destination: at4("20.1.0.10:53"), Server: at4("20.2.36.9:53"), Unreplied: true},
		{Protocol: "udp", Source: at4("[fd00:20:2:36::5]:4"), Destination: at4("[fd00:20:1::a]:53"), Server: at4("[fd00:20:1::a]:53")},
	}
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if !got[1].Translated() || got[2].Translated() {
		t.Error("which of them were translated is wrong")
	}
	for _, cut := range []string{"udp 17 29 src=20.2.36.5 dst=20.1.0.10 sport=40000 dport=53", "udp 17 29 src=x dst=y sport=1 dport=2 src=y dst=x sport=2 dport=1", "tcp 6 9 ESTABLISHED src=1.1.1.1 dst=1.1.1.2 sport=99999 dport=1 src=1.1.1.2 dst=1.1.1.1 sport=1 dport=9"} {
		if _, err := Parse(cut); err == nil {
			t.Errorf("no error for %q", cut)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("tcp 6 9 ESTABLISHED src=1.1.1.1 dst=1.1.1.2 sport=9 dport=1 src=1.1.1.2 dst=1.1.1.1 sport=1 dport=9 [ASSURED]")
	f.Add("ipv4 2 udp 17 29 src=")
	f.Fuzz(func(t *testing.T, text string) {
		entries, err := Parse(text)
		for _, e := range entries {
			if err == nil && (!e.Source.IsValid() || !e.Server.IsValid()) {
				t.Errorf("%+v from %q", e, text)
			}
		}
	})
}
