package iptables

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
)

// bigSave is the nat table of many Services in the shape of kube-proxy's, as
// iptables-save -c prints it.
func bigSave(services, endpoints int) string {
	var out strings.Builder
	out.WriteString("*nat\n:KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n")
	for s := range services {
		fmt.Fprintf(&out, ":KUBE-SVC-%016d - [0:0]\n", s)
		for e := range endpoints {
			fmt.Fprintf(&out, ":KUBE-SEP-%016d - [0:0]\n", s*endpoints+e)
		}
	}
	out.WriteString("[0:0] -A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n")
	for s := range services {
		ip := fmt.Sprintf("172.20.%d.%d/32", s>>8, s&255)
		fmt.Fprintf(&out, "[0:0] -A KUBE-SERVICES -d %s -p tcp -m comment --comment \"bench/service-%d cluster IP\" -m tcp --dport 80 -j KUBE-SVC-%016d\n", ip, s, s)
		fmt.Fprintf(&out, "[0:0] -A KUBE-SVC-%016d ! -s 10.0.0.0/8 -d %s -p tcp -m comment --comment \"bench/service-%d cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ\n", s, ip, s)
		for e := range endpoints {
			n := s*endpoints + e
			to := fmt.Sprintf("10.%d.%d.%d", n>>16, n>>8&255, n&255)
			fmt.Fprintf(&out, "[0:0] -A KUBE-SVC-%016d -m comment --comment \"bench/service-%d -> %s:8080\" -m statistic --mode random --probability 0.1000000000 -j KUBE-SEP-%016d\n", s, s, to, n)
			fmt.Fprintf(&out, "[0:0] -A KUBE-SEP-%016d -s %s/32 -m comment --comment \"bench/service-%d\" -j KUBE-MARK-MASQ\n", n, to, s)
			fmt.Fprintf(&out, "[0:0] -A KUBE-SEP-%016d -p tcp -m comment --comment \"bench/service-%d\" -m tcp -j DNAT --to-destination %s:8080\n", n, s, to)
		}
	}
	out.WriteString("COMMIT\n")
	return out.String()
}

func BenchmarkParseSave(b *testing.B) {
	text := bigSave(10000, 10)
	rules := float64(strings.Count(text, "-A "))
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		if _, err := ParseSave(strings.NewReader(text)); err != nil {
			b.Fatal(err)
		}
	}
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.Mallocs-before.Mallocs)/float64(b.N)/rules, "allocs/rule")
}

func BenchmarkParseChains(b *testing.B) {
	text := bigSave(10000, 10)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		rs, err := ParseChains(strings.NewReader(text), "nat", Root{Chain: "KUBE-SVC-0000000000005000"})
		if err != nil || len(rs.Chains("nat")) != 12 {
			b.Fatal(len(rs.Chains("nat")), err)
		}
	}
}

// TestOneServiceCostsNoMoreInALargerText reads one Service of a text and of one ten
// times as large: the memory taken is the same.
func TestOneServiceCostsNoMoreInALargerText(t *testing.T) {
	roots := []Root{
		{Chain: "KUBE-SERVICES", Keep: func(line []byte) bool { return bytes.Contains(line, []byte("-d 172.20.0.5/32 ")) }}, {Chain: "KUBE-SVC-0000000000000005"},
	}
	taken := func(services int) uint64 {
		text := bigSave(services, 10)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		rs, err := ParseChains(strings.NewReader(text), "nat", roots...)
		runtime.ReadMemStats(&after)
		if err != nil || len(rs.Chains("nat")) != 13 {
			t.Fatalf("%d chains (%v), want the dispatching, the Service's, its endpoints' and the mark's", len(rs.Chains("nat")), err)
		}
		return after.TotalAlloc - before.TotalAlloc
	}
	small, large := taken(200), taken(2000)
	if large > small+small/4 {
		t.Errorf("%d bytes for a text of 200 Services, %d for 2000", small, large)
	}
}
