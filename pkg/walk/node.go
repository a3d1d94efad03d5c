package walk

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/ipset"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/ipvs"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// node is what the rules of one family say of the node.
type node struct {
	backends []string
	bases    []netfilter.Base
	notes    []string
	deliver  func(*netfilter.Run, *netfilter.Flow) []*netfilter.Flow
	// own are addresses of the node that the rules name.
	own map[netip.Addr]bool
	// pods is the range by which the rules know a Pod of the node or of the cluster, and
	// podInterface the interface by which they do.
	pods         netip.Prefix
	podInterface string
	// named lists the sources that the rules of some chains name.
	named func([]netfilter.Place, int) []netip.Prefix
	// lacks is a table that was not given.
	lacks string
	// undecided is what is not known of an endpoint that a packet reaches.
	undecided string
}

// local says whether an address is one of the node.
func (n *node) local(req Request, addr netip.Addr) bool { return req.local(addr) || n.own[addr] }

// knows says whether any address of the node is known, in the family of the request.
func (n *node) knows(req Request) bool {
	is := func(addr netip.Addr) bool { return addr.Is4() == (req.family() == 4) }
	return slices.ContainsFunc(req.NodeIPs, is)
}

// The names of clients that nobody named.
const (
	pod     = string(Pod)
	itself  = string(Node)
	outside = string(Outside)
)

// client is where a packet comes from.
type client struct {
	name   string
	source netip.Addr
	origin netfilter.Origin
	in     netfilter.Interface
}

// Addresses of clients that stand for any other: no rule names them, since nobody can
// have them (RFC 1112 section 4, RFC 4291 section 2.4).
var (
	anybody4 = netip.MustParseAddr("240.0.0.1")
	anybody6 = netip.MustParseAddr("4000::1")
)

// clients are those to walk as.
func (n *node) clients(req Request) []client {
	if req.From.IsValid() {
		return []client{n.one(req)}
	}
	if req.To.Addr().IsLoopback() {
		return []client{n.itself(itself, req.To.Addr())}
	}
	anybody := anybody4
	if req.family() == 6 {
		anybody = anybody6
	}
	own := anybody
	for _, addr := range req.NodeIPs {
		if addr.Is4() == own.Is4() {
			own = addr
			break
		}
	}
	return []client{n.pod(req, anybody), n.itself(itself, own), n.arriving(outside, anybody)}
}

// one is the client that the request names.
func (n *node) one(req Request) client {
	name := cmp.Or(req.Name, req.From.String())
	switch {
	case req.As == Node || req.As == "" && n.local(req, req.From):
		return n.itself(name, req.From)
	case req.As == Outside:
		return n.arriving(name, req.From)
	default:
		return client{name: name, source: req.From, origin: netfilter.Arriving, in: netfilter.NotLoopback()}
	}
}

func (n *node) itself(name string, source netip.Addr) client {
	return client{name: name, source: source, origin: netfilter.FromNode}
}

// pod stands for any Pod of the node that is not an endpoint itself: one that was named, or
// the first address of a range, which is nobody's. The range of the node counts where the
// rules take it for Pods.
func (n *node) pod(req Request, anybody netip.Addr) client {
	c := client{name: pod, source: anybody, origin: netfilter.Arriving, in: netfilter.NotLoopback()}
	if n.pods.IsValid() {
		c.source = n.pods.Masked().Addr()
	}
	for _, own := range req.PodCIDRs {
		if own.Addr().Is4() == anybody.Is4() && (!n.pods.IsValid() || n.pods.Contains(own.Addr())) {
			c.source = own.Masked().Addr()
			break
		}
	}
	if req.AnyPod.IsValid() {
		c.source = req.AnyPod
	}
	if n.podInterface != "" {
		c.in = netfilter.Interface{Known: true, Name: n.podInterface}
	}
	return c
}

// arriving comes over the network, and not from a Pod of this node.
func (n *node) arriving(name string, source netip.Addr) client {
	return client{name: name, source: source, origin: netfilter.Arriving, in: netfilter.NotLoopback(n.podInterface)}
}

// Rules is what files hold.
type Rules struct {
	iptables []saved
	nft      []*nftables.Ruleset
	ipvs     []*ipvs.Table
	sets     []*ipset.Sets
}

// node takes what is of the request's family.
func (r *Rules) node(req Request) (*node, error) {
	n := &node{own: map[netip.Addr]bool{}}
	n.iptables(r, req.family())
	n.nft(r, req.family())
	n.ipvs(r, req)
	n.note(r, req.family())
	if len(n.bases) == 0 && n.deliver == nil {
		family := map[int]string{4: "IPv4", 6: "IPv6"}[req.family()]
		return nil, fmt.Errorf("%s: of the rules given none sees a packet of %s; add those of that family with a second --rules", req.To, family)
	}
	return n, nil
}
