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
	switch b := v.backend().(type) {
	case iptablesRules:
		if v.rules.written(v.family()) {
			v.compareIPTablesFields(b.set)
		}
	case nftRules:
		if b.whole {
			v.compareNFTFields(b)
		}
	}
}

func (v *view) compareIPTablesFields(set *iptables.Ruleset) {
	for _, e := range v.out.Entries {
		v.claims(set, e)
		switch {
		case e.IPMode == string(corev1.LoadBalancerIPModeProxy):
			v.capturedAgainst(e)
		case e.Kind == kindLoadBalancerIP && v.p.ExternalVerdict(v.used) != kubeproxy.VerdictReject:
			v.compareRanges(set, e)
		}
	}
	v.compareAffinity(func(chain string, ep netip.AddrPort) (string, bool) { return v.remembered(set, chain, ep) })
	v.compareHealthRule(set)
}

// claims reports an address and port that rules of several Services catch. kube-proxy
// writes them in no order (a loop over a map in pkg/proxy/iptables/proxier.go
// syncProxyRules), and all of them in every sync.
func (v *view) claims(set *iptables.Ruleset, e Entry) {
	rules := rulesOf(set, "nat", servicesChain)
	addr, err := netip.ParseAddr(e.Address)
	if err != nil || e.Kind == kindNodePort {
		return
	}
	ours := false
	for i := range rules {
		r := &rules[i]
		if !v.catches(r, addr, e.Port) {
			continue
		}
		if !v.notOurs(r.Target) {
			ours = true
			continue
		}
		f := v.claimed(e, ownerOf(r), explain.Evidence{Where: v.at("nat", servicesChain), What: r.Spec})
		if ours {
			f.Severity, f.Args["winner"] = explain.Warning, v.name()
		}
		v.find(f)
	}
}

// claimed says that connections to an address go to another Service.
func (v *view) claimed(e Entry, other string, seen explain.Evidence) explain.Finding {
	return explain.Finding{
		Code: explain.AddressClaimedTwice, Severity: explain.Error, Proof: explain.ProofNode,
		Args:     v.args("address", v.address(e), "other", other, "winner", other),
		Evidence: []explain.Evidence{seen},
		Next:     []string{"kubectl get services -A -o wide | grep " + e.Address},
	}
}

// catches goes by what iptables prints of a rule that kube-proxy wrote for an address.
func (v *view) catches(r *iptables.Rule, to netip.Addr, port int32) bool {
	spec := r.Spec + " "
	for _, text := range []string{destination(to), "-p " + v.p.Protocol + " ", "--dport " + portNumber(port) + " "} {
		if !strings.Contains(spec, text) {
			return false
		}
	}
	return true
}

// ownerOf is the Service that a rule of KUBE-SERVICES is for, by its comment
// "namespace/name:port external IP".
func ownerOf(r *iptables.Rule) string {
	name, _, _ := strings.Cut(r.Comment(), " ")
	name, _, _ = strings.Cut(name, ":")
	return or(name, r.Target)
}

// capturedAgainst reports rules for an address that kube-proxy should leave alone.
func (v *view) capturedAgainst(e Entry) {
	if e.Found == "none" || e.Found == foundOther {
		return
	}
	v.entryFinding(explain.ProxiedAddressCaptured, explain.Evidence{Where: v.where(v.dispatch(e)), What: e.Steps[0].Rule}, "address", v.address(e))
}

// compareRanges reports clients that the node lets through and should not, or the other
// way round.
func (v *view) compareRanges(set *iptables.Ruleset, e Entry) {
	dispatch := dispatching(e.Steps)
	if dispatch == nil || e.Found == foundOther {
		return
	}
	has := []string{everyone}
	if strings.HasPrefix(dispatch.Target, kubeproxy.FirewallChainPrefix) {
		has = v.allowed(set, dispatch.Target)
	}
	if should := e.mayCome(); !slices.Equal(has, should) {
		v.rangesDiffer(e, has, explain.Evidence{Where: v.at("nat", dispatch.Target), What: "lets through " + strings.Join(has, ", ")})
	}
	drops := slices.ContainsFunc(e.Steps, func(s Step) bool { return s.Chain == proxyFirewallChain && s.Target == "DROP" })
	if len(e.SourceRanges) > 0 && !drops {
		v.entryFinding(explain.FirewallDropAbsent, explain.Evidence{Where: v.at("filter", proxyFirewallChain), What: "no rule for " + v.address(e)}, "address", v.address(e))
	}
}

const everyone = "everyone"

// mayCome are the sources that should be let through, sorted.
func (e Entry) mayCome() []string {
	if len(e.SourceRanges) == 0 {
		return []string{everyone}
	}
	return slices.Sorted(slices.Values(e.SourceRanges))
}

func (v *view) rangesDiffer(e Entry, has []string, seen explain.Evidence) {
	v.entryFinding(explain.SourceRangesDiffer, seen,
		"address", v.address(e), "has", or(strings.Join(has, ", "), "nobody"), "should", strings.Join(e.mayCome(), ", "))
}

func dispatching(steps []Step) *Step {
	for i := range steps {
		if steps[i].Table == "nat" && steps[i].Chain == servicesChain {
			return &steps[i]
		}
	}
	return nil
}

// allowed are the sources that a KUBE-FW-… chain lets through, sorted. The load balancer's
// own addresses are left out: kube-proxy adds them where a range has the node's address,
// for nodes that have them as their own.
func (v *view) allowed(set *iptables.Ruleset, name string) []string {
	rules := rulesOf(set, "nat", name)
	var out []string
	for i := range rules {
		source := valueOf(&rules[i], "", "-s")
		prefix, err := netip.ParsePrefix(source)
		own := err == nil && prefix.IsSingleIP() && slices.Contains(v.p.LoadBalancerIPs, prefix.Addr())
		if rules[i].Target == v.p.ExternalChain() && !own {
			out = append(out, or(source, everyone))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
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

// compareHealthRule reports that the node's own firewall could keep health checks out.
func (v *view) compareHealthRule(set *iptables.Ruleset) {
	if v.p.HealthCheckNodePort == 0 {
		return
	}
	rules := rulesOf(set, "filter", nodePortsChain)
	text := fmt.Sprintf("--dport %d ", v.p.HealthCheckNodePort)
	if !slices.ContainsFunc(rules, func(r iptables.Rule) bool { return r.Target == "ACCEPT" && strings.Contains(r.Spec+" ", text) }) {
		v.differ(explain.Finding{
			Code: explain.HealthRuleAbsent, Severity: explain.Warning, Proof: explain.ProofNode,
			Args:     map[string]string{"service": v.name(), "node": v.info.Name, "nodePort": portNumber(v.p.HealthCheckNodePort)},
			Evidence: []explain.Evidence{{Where: v.at("filter", nodePortsChain), What: "no ACCEPT with " + strings.TrimSpace(text)}},
			Next:     v.proxyCommands(),
		})
	}
}
