//go:build resolver

package resolver

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// odd are files that resolvers read differently, or are likely to trip over.
func odd() []string {
	at := func(n int) string { // a search line of n bytes, newline included
		line := "search shop.svc.cluster.local "
		return line + strings.Repeat("x", n-len(line)-1)
	}
	long := func(n int) string { // a domain of n bytes
		return "search " + strings.Repeat(strings.Repeat("d", 49)+".", n/50) + strings.Repeat("e", n%50) + " svc.cluster.local\n"
	}
	fits := func(before string, n int) string { // two domains, the second of n bytes
		return "search " + before + " " + strings.Repeat(strings.Repeat("d", 49)+".", n/50) + strings.Repeat("e", n%50) + "\n"
	}
	var many []string
	for i := range 300 {
		many = append(many, fmt.Sprintf("d%d.test", i))
	}
	return []string{
		"", "\n", "# nothing\n", "search\n", "nameserver\n",
		strings.ReplaceAll(cluster+"options ndots:5\n", "\n", "\r\n"),
		strings.TrimSuffix(cluster+"options ndots:5\n", "\n"),
		strings.TrimSuffix(cluster, "\n"),
		strings.ReplaceAll(cluster+"options ndots:5\n", " ", "\t"),
		strings.ReplaceAll(cluster+"options ndots:5\n", " ", " \t  "),
		"  " + strings.ReplaceAll(cluster+"options ndots:5\n", "\n", "\n "),
		cluster + "search other.test\n", cluster + "search\n", cluster + "search ", cluster + "search", cluster + "domain one.test two.test\n", "domain one.test\n" + cluster,
		cluster + "search shop.svc.cluster.local # the rest\n", cluster + "; a comment\n# another\nsearch a.test ; b.test\n",
		one + "search .\n", one + "search . svc.cluster.local\n", one + "search svc.cluster.local .\n", one + "search .svc.cluster.local\n", one + "search a.. svc.cluster.local\n", one + "search a..test svc.cluster.local\n",
		one + at(253) + "\n", one + at(254) + "\n", one + at(255) + "\n", one + at(256) + "\n", one + at(257) + "\n", one + at(255), one + at(256), one + at(257),
		one + long(240), one + long(247), one + long(248), one + long(249), one + long(250), one + long(251), one + long(252), one + long(253), one + long(254), one + long(260),
		one + fits("a.test", 247), one + fits("a.test", 248), one + fits("a.test", 249), one + fits(strings.Repeat("b", 54)+"."+"c", 198), one + fits(strings.Repeat("b", 53)+"."+"c", 199),
		one + fits(strings.Repeat("b", 53)+"."+"c", 200), one + fits(strings.Repeat("b", 53)+"."+"c", 201), one + fits(strings.Repeat("b", 54)+"."+"c", 210), one + fits("a b c d e f", 250),
		one + "search " + strings.Repeat("f", 64) + ".test svc.cluster.local\n",
		one + "search " + strings.Join(many[:32], " ") + "\n", one + "search " + strings.Join(many, " ") + "\n",
		three + "nameserver 10.96.0.13\n", gone + gone + gone + one, "nameserver no-address\n" + one, "nameserver 10.96.10\n" + one, "nameserver 10.96.0.012\n", "nameserver 0x0a60000a\n",
		"nameserver 10.96.0.10.\n" + one, "nameserver 10.96.0.10 10.96.0.11\n", "nameserver 10.96.0.10#53\n" + one, "nameserver 0b1.0.0.1\n" + one, "nameserver 10_0.1\n" + one,
		"nameserver ::ffff:10.96.0.10\n",
		cluster + "options ndots:2 ndots:5\n", cluster + "options ndots:5\noptions ndots:2\n", cluster + "options ndots:99\n", cluster + "options ndots:16\n", cluster + "options ndots:x\n",
		cluster + "options ndots: 3\n", cluster + "options ndots\n", cluster + "options ndots:3x\n", cluster + "options NDOTS:5\n", cluster + "option ndots:5\n", cluster + "options:ndots:5\n",
		cluster + "options ndots:-1\n", cluster + "options ndots:99999999999999999999\n", cluster + "options ndots:4294967298\n", cluster + "options xndots:4\n", cluster + "options\tndots:4\n",
		cluster + "options attempts:0\n", cluster + "options timeout:0\n", cluster + "options attempts:-1\n", cluster + "options timeout:-1\n", cluster + "options rotated single-requests\n",
		cluster + "options ndots:5 # ndots:1\n", cluster + "optionsndots:5\n", cluster + "searchx.test\n", cluster + "sortlist 10.0.0.0/8\n", cluster + "sortlist 10.0.0.0/8\r\n", cluster + "sortlist ä\n", cluster + "sortlist 10.0.0.0/8;\r\n", cluster + "lookup file bind\n",
	}
}

// TestFiles is every odd file with a few names.
func TestFiles(t *testing.T) {
	var cells []cell
	for _, file := range odd() {
		for _, name := range []string{"web", "mysql.db", "a.b.c.d", "web.", "absent"} {
			for _, libc := range dns.Libcs {
				cells = append(cells, cell{file: file, name: name, world: "a cluster", answer: world, libc: libc})
			}
		}
	}
	tryAll(t, cells)
}

// TestNames is every odd name under a few files.
func TestNames(t *testing.T) {
	label := strings.Repeat("a", 63)
	full := strings.Join([]string{label, label, label, strings.Repeat("b", 61)}, ".")
	var cells []cell
	for _, name := range []string{
		".", "..", "a..b", ".a", "a..", label, label + "a", label + ".b", label + "a.b", full, full + ".", full + "c", full + "cc", full + "ccc", full[:len(full)-20], full[:len(full)-30],
		"_sip._tcp.web", "a_b", "-a", "a-", "a.-b", "a-.b", "x y", "a/b", "a:80", "http://web", "käse", "x.onion", "x.ONION.", "123.a", "a.123", "0x", "WEB", "Mysql.DB", "*", "a.*",
	} {
		for _, file := range []string{cluster + "options ndots:5\n", cluster, one, one + "search onion a.onion\n"} {
			for _, libc := range dns.Libcs {
				cells = append(cells, cell{file: file, name: name, world: "a cluster", answer: world, libc: libc})
			}
		}
	}
	tryAll(t, cells)
}

// TestRandom puts files together from parts, and tries one name under each.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	var cells []cell
	for range 700 {
		var file strings.Builder
		file.WriteString(pick(one, one, two, ""))
		for range r.IntN(6) {
			file.WriteString(pick("", "", "", " ", "#", ";", "\t"))
			file.WriteString(pick("nameserver", "search", "domain", "options", "options", "sortlist", "Search"))
			for range r.IntN(4) {
				file.WriteString(pick(" ", "  ", "\t", " \t", "\v", ""))
				file.WriteString(pick("a.test", "b.test.", ".", "svc.cluster.local", "10.96.0.11", "::1x", "ndots:0", "ndots:1", "ndots:3", "ndots:20", "ndots:", "edns0", "x", "# y", ";z", "no-tld-query", "single-request", "use-vc", "a..b"))
			}
			file.WriteString(pick("\n", "\n", "\n", "\r\n", " \n", ""))
		}
		for _, libc := range dns.Libcs {
			cells = append(cells, cell{file: file.String(), name: pick("web", "mysql.db", "a.b.c", "web."), world: "a cluster", answer: world, libc: libc})
		}
	}
	tryAll(t, cells)
}
