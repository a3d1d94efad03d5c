package svcpath

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// compareFields holds what single fields of the Service ask for against the node's rules.
func (v *view) compareFields() {
	if !v.rules.written(v.family()) && !v.inNFT() {
		return
	}
	for _, e := range v.out.Entries {
		v.claims(e)
		switch {
		case e.IPMode == string(corev1.LoadBalancerIPModeProxy):
			v.capturedAgainst(e)
		case e.Kind == kindLoadBalancerIP && v.p.ExternalVerdict(v.used) != kubeproxy.VerdictReject:
			v.compareRanges(e)
		}
	}
	v.compareAffinity()
	if rules, ok := v.backend().(iptablesRules); ok {
		v.compareHealthRule(rules.set)
	}
}

// inNFT says whether the rules are those of the nftables mode, and there.
func (v *view) inNFT() bool {
	b, ok := v.backend().(nftRules)
	return ok && len(b.table.Sets) > 0
}

// claims reports an address and port that rules of several Services catch. kube-proxy
// writes them in no order (a loop over a map in syncProxyRules of pkg/proxy/iptables and
// pkg/proxy/nftables): in iptables mode all of them, in nftables mode the last one
// overwrites the others.
func (v *view) claims(e Entry) {
	to, err := netip.ParseAddr(e.Address)
	if err != nil || e.Kind == kindNodePort {
		return
	}
	ours := false
	for _, c := range v.backend().claims(v.p, to, e.Port) {
		if c.ours {
			ours = true
			continue
		}
		f := explain.Finding{
			Code: explain.AddressClaimedTwice, Severity: explain.Error, Proof: explain.ProofNode,
			Args:     v.args("address", v.address(e), "other", c.owner, "winner", c.owner),
			Evidence: []explain.Evidence{{Where: v.where(c.chain), What: c.rule}},
			Next:     []string{"kubectl get services -A -o wide | grep " + e.Address},
		}
		if ours {
			f.Severity, f.Args["winner"] = explain.Warning, v.name()
		}
		v.find(f)
	}
}

// capturedAgainst reports rules for an address that kube-proxy should leave alone.
func (v *view) capturedAgainst(e Entry) {
	to, err := netip.ParseAddr(e.Address)
	if err != nil || e.Found == "none" || e.Found == foundOther {
		return
	}
	for _, c := range v.backend().claims(v.p, to, e.Port) {
		if c.ours {
			v.entryFinding(explain.ProxiedAddressCaptured, explain.Evidence{Where: v.where(c.chain), What: c.rule}, "address", v.address(e))
			return
		}
	}
}

// compareRanges reports clients that the node lets through and should not, or the other
// way round.
func (v *view) compareRanges(e Entry) {
	to, err := netip.ParseAddr(e.Address)
	if err != nil || e.Found == foundOther || len(v.backend().claims(v.p, to, e.Port)) == 0 {
		return
	}
	has := v.backend().ranges(v.p, to)
	if has.unread {
		return
	}
	if !sameSources(has, v.p) {
		open, should := words(has.bound, has.open), words(len(e.SourceRanges) > 0, e.SourceRanges)
		v.entryFinding(explain.SourceRangesDiffer, explain.Evidence{Where: v.where(has.chain), What: "lets through " + open},
			"address", v.address(e), "has", or(open, "nobody"), "should", should)
	}
	if len(e.SourceRanges) > 0 && has.undropped != "" {
		v.entryFinding(explain.FirewallDropAbsent, explain.Evidence{Where: v.info.Name + " " + has.undropped, What: "no rule for " + v.address(e)}, "address", v.address(e))
	}
}

func words(bound bool, sources []string) string {
	if !bound {
		return "everyone"
	}
	return strings.Join(slices.Sorted(slices.Values(sources)), ", ")
}

// sameSources says whether ranges are those of the Service. The load balancer's own
// addresses may be among them: kube-proxy adds them where a range has the node's address,
// for nodes that have them as their own.
func sameSources(has ranges, p kubeproxy.ServicePort) bool {
	if !has.bound || len(p.SourceRanges) == 0 {
		return has.bound == (len(p.SourceRanges) > 0)
	}
	var should, withOwn []span
	for _, prefix := range p.SourceRanges {
		should = append(should, spanOf(prefix))
	}
	withOwn = slices.Clone(should)
	for _, own := range p.LoadBalancerIPs {
		withOwn = append(withOwn, span{own, own})
	}
	open, ok := spans(has.open)
	return ok && (slices.Equal(joined(open), joined(should)) || slices.Equal(joined(open), joined(withOwn)))
}

func rulesOf(set *iptables.Ruleset, table, name string) []iptables.Rule {
	if chain, there := set.Chain(table, name); there {
		return chain.Rules
	}
	return nil
}

// valueOf is the value of a rule's match, "" where it has none.
func valueOf(r *iptables.Rule, module, option string) string {
	for _, m := range r.Matches() {
		if m.Module == module && m.Option == option && !m.Not {
			return m.Value
		}
	}
	return ""
}

// compareHealthRule reports that the node's own firewall could keep health checks out. In
// nftables mode kube-proxy writes no such rule: one table cannot admit what another drops.
func (v *view) compareHealthRule(set *iptables.Ruleset) {
	if v.p.HealthCheckNodePort == 0 {
		return
	}
	rules := rulesOf(set, "filter", nodePortsChain)
	text := fmt.Sprintf("--dport %d ", v.p.HealthCheckNodePort)
	if !slices.ContainsFunc(rules, func(r iptables.Rule) bool { return r.Target == "ACCEPT" && strings.Contains(r.Spec+" ", text) }) {
		v.differ(v.healthKeptOut(explain.Evidence{Where: v.at("filter", nodePortsChain), What: "no ACCEPT with " + strings.TrimSpace(text)}))
	}
}

// healthKeptOut words that health checks may not arrive at kube-proxy's server.
func (a *analysis) healthKeptOut(seen explain.Evidence) explain.Finding {
	return explain.Finding{
		Code: explain.HealthRuleAbsent, Severity: explain.Warning, Proof: explain.ProofNode,
		Args:     map[string]string{"service": a.name(), "node": a.info.Name, "nodePort": portNumber(a.svc.Spec.HealthCheckNodePort)},
		Evidence: []explain.Evidence{seen},
		Next:     a.proxyCommands(),
	}
}
