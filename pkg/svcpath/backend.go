package svcpath

import (
	"net/netip"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// backend is the rules of kube-proxy of one IP family on a node, whatever mode wrote them.
type backend interface {
	// serviceChain is the chain that spreads a port's connections over the whole cluster,
	// localChain the one for the endpoints of the node.
	serviceChain(p kubeproxy.ServicePort) string
	localChain(p kubeproxy.ServicePort) string
	// has says whether a chain is there.
	has(chain string) bool
	// targets are the endpoints that a chain spreads over.
	targets(p kubeproxy.ServicePort, chain string) []target
	// foreign lists the rules of a spreading chain, and of those it leads to, that
	// kube-proxy does not write.
	foreign(p kubeproxy.ServicePort, chain string) []ruleText
	// way is what a connection to an address of the port meets, and refusals what refuses it
	// if nothing translates it. local says that the address is one of the node; its value
	// may be unknown then.
	way(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step
	refusals(p kubeproxy.ServicePort, to netip.Addr, port int32, local bool) []Step
	// firewall is what drops the connections to a load balancer's address that its source
	// ranges leave out.
	firewall(p kubeproxy.ServicePort, to netip.Addr) []Step
	// claims are what takes an address and port, of whatever Service, in the order in which
	// it does.
	claims(p kubeproxy.ServicePort, to netip.Addr, port int32) []claim
	// ranges are the sources that may use a load balancer's address, and what keeps the
	// others out.
	ranges(p kubeproxy.ServicePort, to netip.Addr) ranges
	// remembered says, by the endpoints of a list that a spreading chain leads to, how a
	// client comes back to them.
	remembered(p kubeproxy.ServicePort, chain string, list []kubeproxy.Endpoint) map[netip.AddrPort]memory
	// nodePortAddresses are the addresses that NodePorts are served at, nil where rules do
	// not name them.
	nodePortAddresses() []netip.Addr
	// dispatch is where an address is looked up, refusing where those are that are refused.
	dispatch(local bool) string
	refusing() string
	// place is a chain as evidence names it.
	place(chain string) string
	// unhooked are the hooks, "PREROUTING" and "OUTPUT", that do not lead into the rules,
	// with what is there instead.
	unhooked() []hook
}

// target is an endpoint that rules lead to.
type target struct {
	address string
	share   float64
	ruleText
}

// claim is a rule, or an element of a map, that takes an address for a Service, which is
// "namespace/name". ours says that it is for the port asked about.
type claim struct {
	owner string
	ours  bool
	ruleText
}

// ranges are the sources that a load balancer's address is open to, as prefixes or as
// "FIRST-LAST", sorted; everyone where all is nil. chain decides it.
type ranges struct {
	open []string
	// bound says that the address leads to a chain that decides by source.
	bound bool
	chain string
	// undropped is where nothing drops what the ranges leave out, "" where something does
	// and where that was not read.
	undropped string
	// unread says that what decides was not read.
	unread bool
}

// memory is what leads a client back to an endpoint: for how many seconds, 0 where nothing
// does, unread where that is not known. unnoted is the chain that should note the client
// and does not.
type memory struct {
	seconds int
	unread  bool
	unnoted string
}

// ruleText is a rule and the chain that holds it.
type ruleText struct{ chain, rule string }

// hook is a hook that does not lead into kube-proxy's rules.
type hook struct{ name, place, seen string }

// addTarget adds a target. Several rules to the same address are one target with the sum
// of their shares.
func addTarget(list []target, t target) []target {
	for i := range list {
		if list[i].address == t.address {
			list[i].share += t.share
			return list
		}
	}
	return append(list, t)
}

// backend is the one of the port's family, nil where the node was not read.
func (v *view) backend() backend {
	if v.backends == nil {
		return nil
	}
	return v.backends[v.family()]
}

// internalChain is where connections to the clusterIP go.
func (v *view) internalChain() string {
	if v.p.InternalLocal {
		return v.backend().localChain(v.p)
	}
	return v.backend().serviceChain(v.p)
}
