package dns

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// known answers from replies and records: what is not there does not exist, and is
// remembered as a guess where nothing is known of it.
type known struct {
	records  map[string]Record
	complete []string
	// live are the replies of the servers themselves, by replyKey.
	live map[string]snapshot.DNSAnswer
	c    *Config
	// silent are the servers that queries do not get to, and what is noticed of that;
	// strange those that are none of the cluster's, so that the API says nothing of their
	// replies.
	silent  map[string]Reply
	strange map[string]bool
}

func newKnown(f Facts, c *Config) known {
	k := known{
		records: map[string]Record{}, complete: f.Complete, live: map[string]snapshot.DNSAnswer{},
		c: c, silent: map[string]Reply{}, strange: map[string]bool{},
	}
	for _, r := range f.Records {
		k.records[strings.ToLower(r.Name)] = r
	}
	for _, a := range f.Live {
		k.live[replyKey(a.Server, a.Type, a.Name)] = a
	}
	for _, n := range f.Nameservers {
		k.strange[n.Address] = !n.Cluster
		switch n.Fate {
		case FateRefused:
			k.silent[n.Address] = Unreachable
		case FateLost:
			k.silent[n.Address] = Timeout
		}
	}
	return k
}

func replyKey(server, kind, name string) string {
	return server + " " + kind + " " + strings.ToLower(name)
}

// answer says what a query gets. Where nothing is known it gets NXDOMAIN, so that the
// lookup goes on as far as it can.
func (k known) answer(q Question) Reply {
	server := k.c.Servers[q.Server]
	if len(k.live) > 0 {
		if a, asked := k.live[replyKey(server, q.Type.String(), string(q.Name))]; asked {
			return replyOf(a)
		}
	}
	if reply, silent := k.silent[server]; silent {
		return reply
	}
	reply, _ := k.predicted(q.Type, string(q.Name))
	return reply
}

// predicted is what the API says that a query gets, false where it says nothing.
func (k known) predicted(t Type, name string) (Reply, bool) {
	r, ok := k.records[strings.ToLower(name)]
	switch {
	case !ok || r.Partial:
		return NXDomain, false
	case t == AAAA:
		return r.AAAA, true
	default:
		return r.A, true
	}
}

// sure says whether anything is known of what a name gets.
func (k known) sure(name string) bool {
	if len(k.live) > 0 {
		if _, asked := k.live[replyKey(k.c.Servers[0], A.String(), name)]; asked {
			return true
		}
	}
	heard, strange := k.hears()
	if !heard {
		return true
	}
	if strange {
		return false
	}
	if _, ok := k.predicted(A, name); ok {
		return true
	}
	name = strings.ToLower(name)
	for _, zone := range k.complete {
		if name == zone || strings.HasSuffix(name, "."+zone) {
			return true
		}
	}
	return false
}

// hears says whether any server gets the queries, and whether the reply may be that of one
// which is none of the cluster's. musl asks all servers at once, and with rotate any may be
// the first.
func (k known) hears() (heard, strange bool) {
	for _, server := range k.c.Servers {
		if _, silent := k.silent[server]; silent {
			continue
		}
		if heard && k.c.Libc != Musl && !k.c.Rotate {
			break
		}
		heard, strange = true, strange || k.strange[server]
	}
	return heard, strange
}
