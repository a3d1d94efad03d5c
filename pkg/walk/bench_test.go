package walk

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// bigSave is what iptables-save -c prints with many Services, in the shape of
// kube-proxy's rules.
func bigSave(services, endpoints int) string {
	var out strings.Builder
	out.WriteString("*nat\n:PREROUTING ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n")
	for s := range services {
		fmt.Fprintf(&out, ":KUBE-SVC-%016d - [0:0]\n", s)
		for e := range endpoints {
			fmt.Fprintf(&out, ":KUBE-SEP-%016d - [0:0]\n", s*endpoints+e)
		}
	}
	out.WriteString(`[0:0] -A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[0:0] -A OUTPUT -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
[0:0] -A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
[0:0] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
[0:0] -A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
[0:0] -A KUBE-POSTROUTING -j MARK --set-xmark 0x4000/0x0
[0:0] -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully
`)
	for s := range services {
		fmt.Fprintf(&out, "[0:0] -A KUBE-SERVICES -d %s/32 -p tcp -m comment --comment \"bench/service-%d cluster IP\" -m tcp --dport 80 -j KUBE-SVC-%016d\n", serviceIP(s), s, s)
	}
	for s := range services {
		fmt.Fprintf(&out, "[0:0] -A KUBE-SVC-%016d ! -s 10.0.0.0/8 -d %s/32 -p tcp -m comment --comment \"bench/service-%d cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ\n", s, serviceIP(s), s)
		for e := range endpoints {
			n, choose := s*endpoints+e, ""
			to := fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)
			if left := endpoints - e; left > 1 {
				choose = fmt.Sprintf("-m statistic --mode random --probability %.11f ", 1/float64(left))
			}
			fmt.Fprintf(&out, "[0:0] -A KUBE-SVC-%016d -m comment --comment \"bench/service-%d -> %s:8080\" %s-j KUBE-SEP-%016d\n", s, s, to, choose, n)
			fmt.Fprintf(&out, "[0:0] -A KUBE-SEP-%016d -s %s/32 -m comment --comment \"bench/service-%d\" -j KUBE-MARK-MASQ\n", n, to, s)
			fmt.Fprintf(&out, "[0:0] -A KUBE-SEP-%016d -p tcp -m comment --comment \"bench/service-%d\" -m tcp -j DNAT --to-destination %s:8080\n", n, s, to)
		}
	}
	out.WriteString("COMMIT\n*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:KUBE-FORWARD - [0:0]\n[0:0] -A FORWARD -j KUBE-FORWARD\n[0:0] -A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP\nCOMMIT\n")
	return out.String()
}

func serviceIP(s int) string { return fmt.Sprintf("172.20.%d.%d", s>>8, s&255) }

// BenchmarkWalk reads a file of 430,000 lines and walks one packet through it.
func BenchmarkWalk(b *testing.B) {
	file := b.TempDir() + "/rules"
	text := bigSave(10000, 10)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	to, protocol, err := ParseTarget("172.20.39.15:80")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		rules, err := Read([]File{{"rules", text}})
		if err != nil {
			b.Fatal(err)
		}
		a, err := Analyze(rules, Request{To: to, Protocol: protocol})
		if err != nil || len(a.Walks[0].Endpoints) != 10 {
			b.Fatal(a, err)
		}
	}
}
