package dns

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkWalk is 10,000 names that do not exist, on a search list of 32 domains. One
// operation is one query.
func BenchmarkWalk(b *testing.B) {
	var domains []string
	for i := range 32 {
		domains = append(domains, fmt.Sprintf("namespace-%d.svc.cluster.local", i))
	}
	var names []string
	for i := range 10000 {
		names = append(names, fmt.Sprintf("service-%d.shop", i))
	}
	file := "nameserver 10.96.0.10\nsearch " + strings.Join(domains, " ") + "\noptions ndots:5\n"
	for _, libc := range Libcs {
		b.Run(string(libc), func(b *testing.B) {
			config, _ := Read(Parse(file), libc, "")
			if libc == Musl {
				config.Search = domains // which musl itself would not read
			}
			var w Walk
			w.Run(&config, names[0], nobody)
			b.ReportAllocs()
			b.ResetTimer()
			for done, i := 0, 0; done < b.N; i++ {
				w.Run(&config, names[i%len(names)], nobody)
				done += len(w.Queries)
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "queries/s")
		})
	}
}

func nobody(Question) Reply { return NXDomain }

// TestWalkAllocatesNothing holds a Walk that is used again to no allocation.
func TestWalkAllocatesNothing(t *testing.T) {
	for _, libc := range Libcs {
		for _, reply := range []Reply{Addresses, NXDomain, NoData, ServFail, Timeout} {
			config, _ := Read(Parse("nameserver 10.96.0.10\nnameserver 10.96.0.11\nsearch a.test b.test\noptions ndots:5\n"), libc, "")
			var w Walk
			ask := func(Question) Reply { return reply }
			if n := testing.AllocsPerRun(100, func() { w.Run(&config, "web.shop", ask) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", libc, reply, n)
			}
		}
	}
}
