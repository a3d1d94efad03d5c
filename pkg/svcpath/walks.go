package svcpath

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// Walk is what becomes of the first packet of a connection to one address of the Service.
type Walk struct {
	walk.Walk
	// Kind of the address: "clusterIP", "nodePort", "externalIP" or "loadBalancerIP".
	Kind     string `json:"kind"`
	Protocol string `json:"protocol"`
}

// client finds out whose packets to walk, and so which node's rules they meet.
func (a *analysis) client() error {
	if !a.req.From.given() {
		return nil
	}
	c, err := a.req.client(a.s)
	if err != nil {
		return err
	}
	a.path.Client, a.req.Node = c, c.Node
	return nil
}

// walks follows packets to the Service's addresses, where all that they meet was read.
func (a *analysis) walks() error {
	if a.rules == nil {
		return nil
	}
	for _, family := range a.families() {
		if why := a.rules.walkable(family); why != "" {
			return a.notWhole(why)
		}
	}
	a.path.walked = a.req.walked()
	rules := a.rules.given()
	a.path.Walks = []Walk{}
	if a.rules.legacy {
		a.path.WalkNotes = append(a.path.WalkNotes, "the node has tables of iptables-legacy too, which packets also meet; these were not followed")
	}
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		if !a.req.wanted(p.Port, p.Number) {
			continue
		}
		for _, to := range a.walkTargets(p) {
			if err := a.walk(rules, p, to); err != nil {
				return err
			}
		}
	}
	if c := a.path.Client; c != nil && len(a.path.Walks) == 0 {
		return fmt.Errorf("walk from %s: it has the addresses %s, and Service %s has none of that IP family",
			c.Name, strings.Join(c.Addresses, ", "), a.name())
	}
	a.stops()
	return a.healthWalks(rules)
}

// walkable says why packets cannot be followed through what was read, "" where they can.
func (r *rules) walkable(family int) string {
	nft := r.nft[family] != nil && r.nft[family].there
	switch {
	case !r.whole[family]:
		return "only the Service's own chains were read there; --from and --walks read the others"
	case nft && !r.nft[family].whole:
		return "kube-proxy's table of nft was not read whole, because nft takes long to list that of so many Services; save it by nft list ruleset, and give it to --rules"
	}
	return ""
}

// notWhole is for a reading that does not hold all that a packet meets. That is no loss
// where nobody asked for it.
func (a *analysis) notWhole(why string) error {
	if !a.req.walked() {
		return nil
	}
	if a.req.From.given() {
		return errors.New("walk on " + a.path.Node.Name + ": " + why)
	}
	a.path.NotChecked = append(slices.Clone(a.path.NotChecked), snapshot.Missing{What: "walk packets through the rules of " + a.path.Node.Name, Why: why})
	a.path.WalkNotes = append(a.path.WalkNotes, "packets were not followed through the rules of "+a.path.Node.Name+": "+why)
	return nil
}

// walkTargets are the addresses to walk to. To a clusterIP there is no route from outside,
// so a client there is walked to it only where it is all that there is.
func (a *analysis) walkTargets(p kubeproxy.ServicePort) []walkTarget {
	all := walkTargets(p, a.s.Node(a.path.Node.Name))
	if c := a.path.Client; c == nil || c.Kind != walk.Outside || len(all) == 1 {
		return all
	}
	return slices.DeleteFunc(all, walkTarget.inCluster)
}

// walk follows the clients' packets to one address.
func (a *analysis) walk(rules *walk.Rules, p kubeproxy.ServicePort, to walkTarget) error {
	req := walk.Request{To: to.at, Protocol: p.Protocol, NodeIPs: nodeAddresses(a.s.Node(a.path.Node.Name))}
	req.AnyPod, req.PodCIDRs = a.podClient(to.at.Addr())
	if c := a.path.Client; c != nil {
		if req.From = c.address(to.at.Addr()); !req.From.IsValid() {
			return nil
		}
		req.Name, req.As = c.Name, c.Kind
		if c.HostNetwork {
			req.As = walk.Node
		}
	}
	answer, err := walk.Analyze(rules, req)
	if err != nil {
		return fmt.Errorf("walk on %s: %w", a.path.Node.Name, err)
	}
	if a.path.Client == nil && to.inCluster() {
		inside := func(w walk.Walk) bool { return w.From != string(walk.Pod) && w.From != string(walk.Node) }
		answer.Walks = slices.DeleteFunc(answer.Walks, inside)
	}
	for _, w := range answer.Walks {
		a.path.Walks = append(a.path.Walks, Walk{Walk: w, Kind: to.kind, Protocol: p.Protocol})
	}
	for _, note := range answer.Notes {
		a.path.WalkNotes = add(a.path.WalkNotes, note)
	}
	answer.Notes = nil
	a.path.answers = append(a.path.answers, answer)
	return nil
}

// given are the rules that were read, for walks.
func (r *rules) given() *walk.Rules {
	var dumps []iptables.Dump
	for _, family := range []int{4, 6} {
		if set := r.sets[family]; set != nil {
			dumps = append(dumps, iptables.Dump{Family: family, Rules: set})
		}
	}
	var sets []*nftables.Ruleset
	for _, read := range r.nft {
		if read.whole && sets == nil {
			sets = append(sets, r.nftSet)
		}
	}
	return walk.Given(dumps, sets)
}

// part notes what of a chain was not read: rules for other addresses, or all of a built-in
// chain that the program could not show. It returns true where the latter says nothing
// about the Service's own chains.
func (r *rules) part(family int, table, chain string, out snapshot.Output) bool {
	r.whole[family] = r.whole[family] || table == "filter" && chain == "FORWARD"
	if out.Kept != "" && out.Exit == 0 {
		var p iptables.Partial
		p.Destinations, p.Ports = node.Kept(out.Kept)
		r.sets[family].SetPartial(table, chain, p)
	}
	if out.Exit == 0 {
		return false
	}
	builtin := slices.ContainsFunc(builtins, func(of builtinChains) bool { return of.table == table && slices.Contains(of.chains, chain) })
	if builtin && !strings.Contains(out.Text, "Table does not exist") {
		r.sets[family].SetPartial(table, chain, iptables.Partial{All: true})
	}
	return table != "nat" && !strings.HasPrefix(chain, "KUBE-")
}
