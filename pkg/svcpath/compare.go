package svcpath

import (
	"fmt"
	"math"
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// compare holds what the node does with the port against what the rules of
// Kubernetes have it do.
func (v *view) compare() {
	absent := map[string]bool{}
	for _, c := range v.spreading() {
		absent[c.name] = v.compareChain(c.name, c.want)
	}
	for _, e := range v.out.Entries {
		v.alsoReached(e.Steps)
		v.compareEntry(e, absent[v.chainFor(e)])
	}
}

// chainFor is the chain that spreads the connections to an address of the port.
func (v *view) chainFor(e Entry) string {
	switch {
	case e.Kind == "clusterIP":
		return v.internalChain()
	case v.p.ExternalLocal:
		return v.backend().localChain(v.p)
	default:
		return v.backend().serviceChain(v.p)
	}
}

// alsoReached notes on the endpoints that steps lead to them, be it by a chain that is
// not the one expected.
func (v *view) alsoReached(steps []Step) {
	for _, s := range steps {
		i := slices.IndexFunc(v.out.Endpoints, func(e Endpoint) bool { return e.Address == s.Endpoint })
		if s.leads() && i >= 0 {
			*v.out.Endpoints[i].OnNode = true
		}
		v.alsoReached(s.Steps)
	}
}

// spread is a chain that spreads connections, and the endpoints it should have.
type spread struct {
	name string
	want []kubeproxy.Endpoint
}

func (v *view) spreading() []spread {
	var out []spread
	if !v.p.InternalLocal || v.p.ExternallyAccessible() {
		out = append(out, spread{v.backend().serviceChain(v.p), v.used.Cluster})
	}
	if v.p.InternalLocal || v.p.ExternalLocal {
		out = append(out, spread{v.backend().localChain(v.p), v.used.Local})
	}
	return out
}

// compareChain reports the endpoints that a spreading chain lacks, and those it has
// too many. It says whether the chain is not there although it should be.
func (v *view) compareChain(chain string, want []kubeproxy.Endpoint) (absent bool) {
	if !v.backend().has(chain) {
		return len(want) > 0
	}
	have := v.backend().targets(v.p, chain)
	v.reached(have)
	complete := true
	for _, ep := range want {
		if !slices.ContainsFunc(have, func(t target) bool { return t.address == ep.Address.String() }) {
			complete = false
			v.missingOnNode(chain, ep)
		}
	}
	for _, t := range have {
		if !slices.ContainsFunc(want, func(ep kubeproxy.Endpoint) bool { return ep.Address.String() == t.address }) {
			complete = false
			v.onlyOnNode(t)
		}
	}
	if complete {
		v.compareShares(chain, have)
	}
	for _, r := range v.backend().foreign(v.p, chain) {
		v.foreign(r)
	}
	return false
}

// reached notes on the endpoints that the node leads to them.
func (v *view) reached(have []target) {
	for _, t := range have {
		i := slices.IndexFunc(v.out.Endpoints, func(e Endpoint) bool { return e.Address == t.address })
		if i < 0 {
			v.out.Endpoints = append(v.out.Endpoints, Endpoint{Address: t.address, OnNode: new(bool)})
			i = len(v.out.Endpoints) - 1
			if pod := v.s.PodWithIP(ipOf(t.address)); pod != nil {
				v.out.Endpoints[i].Pod, v.out.Endpoints[i].Node = pod.Namespace+"/"+pod.Name, pod.Spec.NodeName
			}
		}
		*v.out.Endpoints[i].OnNode = true
	}
}

func (v *view) missingOnNode(chain string, ep kubeproxy.Endpoint) {
	if v.unsettled(ep.Address.Addr().String()) {
		return
	}
	pod := "<unknown>"
	if ep.TargetRef != nil {
		pod = ep.TargetRef.Namespace + "/" + ep.TargetRef.Name
	}
	v.differ(explain.Finding{
		Code: explain.EndpointMissingOnNode, Severity: explain.Error, Proof: explain.ProofNode,
		Args: v.args("endpoint", ep.Address.String(), "pod", pod),
		Evidence: []explain.Evidence{
			{Where: "EndpointSlice " + ep.Slice, What: ep.Address.String() + " is " + state(ep)},
			{Where: v.where(chain), What: "no rule leads to " + ep.Address.String()},
		},
		Next: v.proxyCommands(),
	})
}

// onlyOnNode words an address that the node sends to without a reason in the API.
func (v *view) onlyOnNode(t target) {
	ip := ipOf(t.address)
	if v.unsettled(ip) {
		return
	}
	f := explain.Finding{
		Severity: explain.Error, Proof: explain.ProofNode, Args: v.args("endpoint", t.address), Next: v.proxyCommands(),
		Evidence: []explain.Evidence{{Where: v.where(t.chain), What: t.rule}},
	}
	listed := slices.IndexFunc(v.eps, func(ep kubeproxy.Endpoint) bool { return ep.Address.String() == t.address })
	pod := v.s.PodWithIP(ip)
	switch {
	case listed >= 0:
		f.Code = explain.UnusedEndpointOnNode
		f.Args["state"] = state(v.eps[listed])
		f.Evidence = append(f.Evidence, explain.Evidence{Where: "EndpointSlice " + v.eps[listed].Slice, What: t.address + " is " + state(v.eps[listed])})
	case pod != nil:
		f.Code = explain.StaleEndpointPod
		f.Args["pod"] = pod.Namespace + "/" + pod.Name
		f.Evidence = append(f.Evidence, explain.Evidence{Where: "Pod " + pod.Namespace + "/" + pod.Name, What: "status.podIPs has " + ip + "; " + podState(pod)})
	case v.s.NodeWithIP(ip) != "":
		f.Code = explain.StaleEndpointUnknown
		f.Args["reason"] = "it is the address of the node " + v.s.NodeWithIP(ip) + ", which its Pods on the host network share"
	case slices.Contains(v.s.AddressesAsked, ip):
		f.Code = explain.StaleEndpointNoPod
		f.Evidence = append(f.Evidence, explain.Evidence{Where: "Pods of all namespaces", What: "none has the address " + ip})
	default:
		f.Code = explain.StaleEndpointUnknown
		f.Args["reason"] = v.whyUnasked()
	}
	v.differ(f)
}

func (v *view) whyUnasked() string {
	for _, m := range v.s.Missing {
		if m.What == "list pods in all namespaces" {
			return m.Why
		}
	}
	return fmt.Sprintf("only the first %d addresses were asked for", maxAsked)
}

func (v *view) unsettled(ip string) bool { return slices.Contains(v.s.Unsettled, ip) }

// shareTolerance allows for the kernel's fixed-point probabilities, which are off
// by less than 1e-9 each.
const shareTolerance = 1e-6

// compareShares reports an endpoint that does not get 1/n of the connections
// (proxier.go writeServiceToEndpointRules).
func (v *view) compareShares(chain string, have []target) {
	even := 1 / float64(len(have))
	for _, t := range have {
		if math.Abs(t.share-even) > shareTolerance {
			v.differ(explain.Finding{
				Code: explain.SharesDiffer, Severity: explain.Error, Proof: explain.ProofNode,
				Args:     v.args("endpoint", t.address, "share", percent(t.share), "expected", percent(even)),
				Evidence: []explain.Evidence{{Where: v.where(chain), What: "the probabilities on the way to " + t.address + " give " + percent(t.share)}},
				Next:     v.proxyCommands(),
			})
		}
	}
}

// foreign reports a rule in the port's chains that kube-proxy does not write.
func (v *view) foreign(r ruleText) {
	v.differ(explain.Finding{
		Code: explain.ForeignRule, Severity: explain.Error, Proof: explain.ProofNode,
		Args:     map[string]string{"service": v.name(), "node": v.info.Name, "chain": r.chain, "rule": r.rule},
		Evidence: []explain.Evidence{{Where: v.where(r.chain), What: r.rule}},
		Next:     v.proxyCommands(),
	})
}

func ipOf(address string) string {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return address
	}
	return at.Addr().String()
}

func percent(share float64) string { return fmt.Sprintf("%.1f%%", share*100) }
