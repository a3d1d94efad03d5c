package ipvs

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

const saved = `-A -t 10.96.0.10:53 -s rr
-a -t 10.96.0.10:53 -r 10.244.1.2:53 -m -w 1
-a -t 10.96.0.10:53 -r 10.244.2.2:53 -m -w 3
-a -t 10.96.0.10:53 -r 10.244.3.2:53 -m -w 0
-A -u 10.96.0.10:53 -s wrr -p 10800
-a -u 10.96.0.10:53 -r 10.244.1.2:53 -m -w 1
-a -u 10.96.0.10:53 -r 10.244.2.2:53 -m -w 3
-A --sctp-service [fd00::10]:53 -s rr
-a --sctp-service [fd00::10]:53 -r [fd00::2]:5353 -m -w 1
-A -t 10.96.0.11:80 -s rr
-A -t 10.96.0.12:80 -s rr
-a -t 10.96.0.12:80 -r 10.244.1.2:80 -g -w 1
-A -f 7 -s rr
-a -f 7 -r 10.244.9.9:80 -m -w 1
`

const listed = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  10.96.0.10:53 rr
  -> 10.244.1.2:53                Masq    1      0          0
  -> 10.244.2.2:53                Masq    3      2          1
  -> 10.244.3.2:53                Masq    0      2          1
UDP  10.96.0.10:53 wrr persistent 10800
  -> 10.244.1.2:53                Masq    1      0          0
  -> 10.244.2.2:53                Masq    3      0          0
SCTP [fd00::10]:53 rr
  -> [fd00::2]:5353               Masq    1      0          0
TCP  10.96.0.11:80 rr
TCP  10.96.0.12:80 rr
  -> 10.244.1.2:80                Route   1      0          0
FWM  7 rr
  -> 10.244.9.9:80                Masq    1      0          0
`

// stats has no weights: who is listed takes connections.
const stats = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes
  -> RemoteAddress:Port
TCP  10.96.0.10:53                       5       12K        0     1024        0
  -> 10.244.1.2:53                       3        8        0      512        0
  -> 10.244.2.2:53                       2        4        0      512        0
`

func deliver(t *testing.T, text, protocol, to string, mark uint32) string {
	t.Helper()
	table, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	at := netip.MustParseAddrPort(to)
	_, flows := netfilter.Walk(netfilter.Question{
		Packet: netfilter.Packet{
			Destination: at.Addr(), DestPort: at.Port(), Protocol: protocol, DestLocal: netfilter.Yes, Translated: netfilter.No,
			Mark: netfilter.Mark{Known: true, Value: mark},
		},
		Local: func(netip.Addr) netfilter.Answer { return netfilter.No }, Deliver: table.Deliver,
	})
	o := netfilter.Outcomes(flows)
	out := string(o.Verdict)
	for _, e := range o.Endpoints {
		out += fmt.Sprintf(" %s=%v", e.Address, e.Share)
	}
	return strings.Join(append([]string{out}, o.DependsOn...), " on ")
}

func TestDeliver(t *testing.T) {
	for name, c := range map[string]struct {
		protocol, to string
		mark         uint32
		want         string
	}{
		"weights do not count for rr": {"tcp", "10.96.0.10:53", 0, "DNAT 10.244.1.2:53=0.5 10.244.2.2:53=0.5"},
		"they do for wrr":             {"udp", "10.96.0.10:53", 0, "DNAT 10.244.1.2:53=0.25 10.244.2.2:53=0.75"},
		"another port behind":         {"sctp", "[fd00::10]:53", 0, "DNAT [fd00::2]:5353=1"},
		"no server":                   {"tcp", "10.96.0.11:80", 0, "REJECT"},
		"no such service":             {"tcp", "10.96.0.10:54", 0, "NONE"},
		"not by masquerading":         {"tcp", "10.96.0.12:80", 0, "DEPENDS on ipvs by gatewaying to 10.244.1.2:80"},
		"by a mark":                   {"tcp", "10.96.9.9:80", 7, "DNAT 10.244.9.9:80=1"},
	} {
		for form, text := range map[string]string{"saved": saved, "listed": listed} {
			if got := deliver(t, text, c.protocol, c.to, c.mark); got != c.want {
				t.Errorf("%s, %s: %s, want %s", name, form, got, c.want)
			}
		}
	}
	if got := deliver(t, stats, "tcp", "10.96.0.10:53", 0); got != "DNAT 10.244.1.2:53=0.5 10.244.2.2:53=0.5" {
		t.Errorf("statistics: %s", got)
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{
		"hello\n", "-A\n", "-A -t\n", "-A -t 10.96.0.10\n", "-A -x 10.96.0.10:53\n", "-a -t 10.96.0.10:53 -r 10.0.0.1:1\n",
		"-A -t 1.1.1.1:1 -s rr\n-a -t 1.1.1.1:1 -r x\n", "TCP\n", "->\n", "TCP 1.1.1.1:1 rr\n -> 1.1.1.1:1 Masq\n", "TCP 1.1.1.1:1 rr\n -> 1.1.1.1:1 Masq x\n",
	} {
		if _, err := Parse(text); err == nil || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzParse: whatever the text, it is read or refused, and what was read can be asked
// and written again.
func FuzzParse(f *testing.F) {
	for _, text := range []string{saved, listed, stats} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		table, err := Parse(text)
		if err != nil {
			return
		}
		first := table.String()
		again, err := Parse(first)
		if err != nil {
			t.Fatalf("its own print is not read: %v\n%s", err, first)
		}
		if second := again.String(); second != first {
			t.Errorf("printed\n%s\nthen\n%s", first, second)
		}
	})
}
