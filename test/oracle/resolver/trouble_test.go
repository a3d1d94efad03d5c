//go:build resolver

package resolver

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

const (
	one   = "nameserver 10.96.0.10\n"
	two   = one + "nameserver 10.96.0.11\n"
	three = two + "nameserver 10.96.0.12\n"
	gone  = "nameserver 10.96.0.13\n"
	list  = "search a.test b.test\n"
)

var replies = []dns.Reply{dns.Addresses, dns.Alias, dns.NoData, dns.NXDomain, dns.ServFail, dns.Refused, dns.Timeout}

// TestPairs is every pair of replies to A and AAAA of the first name tried, under
// every way to ask. The other names do not exist.
func TestPairs(t *testing.T) {
	var cells []cell
	for _, file := range []string{
		one + list + "options ndots:5 timeout:1 attempts:1\n",
		two + list + "options ndots:5 timeout:1 attempts:1\n",
		one + list + "options ndots:5 timeout:1 attempts:2\n",
		one + list + "options ndots:5 timeout:1 attempts:1 single-request\n",
		one + list + "options timeout:1 attempts:1\n",
		one + list + "options ndots:5 timeout:1 attempts:1 use-vc\n",
		two + list + "options ndots:5 timeout:1 attempts:1 no-aaaa\n",
	} {
		for _, a := range replies {
			for _, b := range replies {
				for _, libc := range dns.Libcs {
					answer := func(q dns.Question) dns.Reply {
						if name := string(q.Name); name != "x.y.a.test" && !(name == "x.y" && file[len(one):len(one)+6] == "search") {
							return dns.NXDomain
						}
						if q.Type == dns.A {
							return a
						}
						return b
					}
					c := cell{file: file, name: "x.y", world: fmt.Sprintf("A %s, AAAA %s", a, b), answer: answer, libc: libc}
					if tcpWaits(c, a, b) {
						continue
					}
					cells = append(cells, c)
				}
			}
		}
	}
	tryAll(t, cells)
}

// tcpWaits leaves out silence by TCP: glibc waits for it without end.
func tcpWaits(c cell, a, b dns.Reply) bool {
	config, _ := dns.Read(dns.Parse(c.file), c.libc, "")
	return config.TCP && (a == dns.Timeout || b == dns.Timeout)
}

// troubles are servers that do not work, wholly or now and then.
var troubles = map[string]dns.Answerer{
	"silence":        func(dns.Question) dns.Reply { return dns.Timeout },
	"all SERVFAIL":   func(dns.Question) dns.Reply { return dns.ServFail },
	"all REFUSED":    func(dns.Question) dns.Reply { return dns.Refused },
	"first silent":   func(q dns.Question) dns.Reply { return elseFound(q, q.Server == 0, dns.Timeout) },
	"first SERVFAIL": func(q dns.Question) dns.Reply { return elseFound(q, q.Server == 0, dns.ServFail) },
	"first REFUSED":  func(q dns.Question) dns.Reply { return elseFound(q, q.Server == 0, dns.Refused) },
	"AAAA lost once": func(q dns.Question) dns.Reply { return elseFound(q, q.Type == dns.AAAA && q.Before == 0, dns.Timeout) },
	"A lost once":    func(q dns.Question) dns.Reply { return elseFound(q, q.Type == dns.A && q.Before == 0, dns.Timeout) },
	"SERVFAIL once":  func(q dns.Question) dns.Reply { return elseFound(q, q.Before == 0, dns.ServFail) },
	"SERVFAIL, then silence": func(q dns.Question) dns.Reply {
		if q.Before == 0 {
			return dns.ServFail
		}
		return dns.Timeout
	},
	"list SERVFAIL": func(q dns.Question) dns.Reply { return elseFound(q, string(q.Name) != "web.shop", dns.ServFail) },
}

// elseFound is the trouble, and without it a cluster where the second name exists.
func elseFound(q dns.Question, is bool, trouble dns.Reply) dns.Reply {
	switch {
	case is:
		return trouble
	case string(q.Name) == "web.b.test" || string(q.Name) == "web.shop.b.test" || string(q.Name) == "web.shop":
		return dns.Addresses
	default:
		return dns.NXDomain
	}
}

// TestTrouble is every trouble under every number of servers and attempts.
func TestTrouble(t *testing.T) {
	var cells []cell
	for _, servers := range []string{one, two, three, gone, gone + one, one + gone} {
		for _, options := range []string{"ndots:5 timeout:1 attempts:1", "ndots:5 timeout:1", "ndots:1 timeout:1 attempts:1", "ndots:5 timeout:1 attempts:1 single-request", "ndots:5 timeout:1 rotate"} {
			for world, answer := range troubles {
				for _, libc := range dns.Libcs {
					if libc == dns.Go && strings.Contains(options, "rotate") {
						continue // which of A and AAAA begins with which server is a race
					}
					for _, name := range []string{"web", "web.shop"} {
						cells = append(cells, cell{file: servers + list + "options " + options + "\n", name: name, world: world, answer: answer, libc: libc})
					}
				}
			}
		}
	}
	tryAll(t, cells)
}
