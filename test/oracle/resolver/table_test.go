//go:build resolver

package resolver

import (
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

const cluster = "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\n"

var names = []string{
	"web", "mysql.db", "mysql.db.svc", "mysql.db.svc.cluster.local", "mysql.db.svc.cluster.local.", "www.example.com", "www.example.com.",
	"a.b.c.d.e.f", "web-0.web.shop.svc.cluster.local", "absent", "nodata", "half", "_sip.web",
}

// world answers as a cluster's DNS does: what exists has an IPv4 address.
func world(q dns.Question) dns.Reply {
	name := string(q.Name)
	switch name {
	case "web.shop.svc.cluster.local", "mysql.db.svc.cluster.local", "www.example.com", "web-0.web.shop.svc.cluster.local", "_sip.web.shop.svc.cluster.local":
		if q.Type == dns.A {
			return dns.Addresses
		}
		return dns.NoData
	case "half.svc.cluster.local":
		return dns.Addresses
	case "alias.shop.svc.cluster.local":
		return dns.Alias
	}
	if strings.HasPrefix(name, "nodata.shop.") {
		return dns.NoData
	}
	return dns.NXDomain
}

// fast are the files under which nothing has to be waited for.
var fast = []string{
	cluster + "options ndots:5\n",
	cluster,
	cluster + "options ndots:2\n",
	cluster + "options ndots:0\n",
	cluster + "options ndots:5 single-request\n",
	cluster + "options ndots:5 single-request-reopen\n",
	cluster + "options ndots:5 use-vc\n",
	cluster + "options ndots:5 no-aaaa\n",
	cluster + "options ndots:5 no-tld-query\n",
	cluster + "options ndots:5 edns0 trust-ad\n",
	"nameserver 10.96.0.10\n",
	"nameserver 10.96.0.10\noptions ndots:5\n",
	"nameserver 10.96.0.10\nsearch shop.svc.cluster.local. svc.cluster.local.\noptions ndots:5\n",
}

// TestTable is every name under every file in a cluster that works.
func TestTable(t *testing.T) {
	var cells []cell
	for _, libc := range dns.Libcs {
		for _, file := range fast {
			for _, name := range append(names, "alias") {
				cells = append(cells, cell{file: file, name: name, world: "a cluster", answer: world, libc: libc})
			}
		}
	}
	tryAll(t, cells)
}

// TestWithoutIPv6 is a machine that has no IPv6 address, and a program that passes no
// hints: glibc then asks for A only (AI_ADDRCONFIG is its default), the others for both.
func TestWithoutIPv6(t *testing.T) {
	var cells []cell
	for _, libc := range dns.Libcs {
		for _, name := range names {
			cells = append(cells, cell{file: fast[0], name: name, world: "no IPv6", answer: world, libc: libc})
		}
	}
	tryAt(t, cells, false)
}
