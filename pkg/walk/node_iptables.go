package walk

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
)

// saved is a save of one family, 0 where nothing in it tells which.
type saved struct {
	iptables.Dump
	// implied says that the jumps from the built-in chains were added.
	implied bool
}

// iptables adds what iptables-save printed.
func (n *node) iptables(r *Rules, family int) {
	var dumps []*iptables.Ruleset
	for _, dump := range r.iptables {
		if dump.Family != 0 && dump.Family != family {
			continue
		}
		if !slices.Contains(n.backends, "iptables") {
			n.backends = append(n.backends, "iptables")
		}
		if dump.implied {
			n.notes = append(n.notes, "no built-in chain leads to the chains of kube-proxy in what was given; its own jumps are assumed")
		}
		n.bases = append(n.bases, dump.Rules.Bases(r)...)
		n.learn(dump.Rules)
		dumps = append(dumps, dump.Rules)
	}
	n.lacks = lacking(dumps)
	n.named = sourcesNamed
}

// lacking names the table of refusals where none of the saves holds it.
func lacking(dumps []*iptables.Ruleset) string {
	has := func(rs *iptables.Ruleset) bool { return slices.Contains(rs.Tables(), "filter") }
	if len(dumps) == 0 || slices.ContainsFunc(dumps, has) {
		return ""
	}
	return "the table filter, which is not in what was given"
}

// Jumps of kube-proxy from the built-in chains (pkg/proxy/iptables/proxier.go
// iptablesJumpChains, pkg/proxy/ipvs/proxier.go iptablesJumpChain), by table. Each is put
// in front of the others.
var kubeJumps = map[string][]string{
	"filter": {
		"INPUT -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES", "FORWARD -m conntrack --ctstate NEW -j KUBE-EXTERNAL-SERVICES",
		"INPUT -j KUBE-NODEPORTS", "INPUT -j KUBE-NODE-PORT", "INPUT -j KUBE-IPVS-FILTER", "OUTPUT -j KUBE-IPVS-OUT-FILTER", "FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES",
		"OUTPUT -m conntrack --ctstate NEW -j KUBE-SERVICES", "FORWARD -j KUBE-FORWARD",
		"INPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL", "OUTPUT -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL",
		"FORWARD -m conntrack --ctstate NEW -j KUBE-PROXY-FIREWALL", "INPUT -j KUBE-FIREWALL", "OUTPUT -j KUBE-FIREWALL",
	},
	"nat": {"PREROUTING -j KUBE-SERVICES", "OUTPUT -j KUBE-SERVICES", "POSTROUTING -j KUBE-POSTROUTING"},
}

// addJumps adds the jumps to kube-proxy's chains where the text has these chains and
// no jump to any of them, as what is given to iptables-restore.
func addJumps(rs *iptables.Ruleset) bool {
	if _, ok := rs.Chain("nat", "KUBE-SERVICES"); !ok || jumps(rs) {
		return false
	}
	for _, table := range []string{"nat", "filter"} {
		var lines strings.Builder
		for _, jump := range slices.Backward(kubeJumps[table]) {
			if _, ok := rs.Chain(table, jump[strings.LastIndexByte(jump, ' ')+1:]); ok {
				lines.WriteString("-A " + jump + "\n")
			}
		}
		if rs.AddList(table, lines.String()) != nil {
			return false
		}
	}
	return true
}

// jumps says whether a built-in chain leads to a chain of kube-proxy.
func jumps(rs *iptables.Ruleset) bool {
	for _, table := range []string{"nat", "filter"} {
		for _, name := range []string{"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"} {
			if c, ok := rs.Chain(table, name); ok && slices.ContainsFunc(c.Targets(), isKube) {
				return true
			}
		}
	}
	return false
}

func isKube(chain string) bool { return strings.HasPrefix(chain, "KUBE-") && chain != "KUBE-FIREWALL" }

// learn takes from the rules what they imply: by what they know a Pod, and addresses
// of the node that they take NodePorts on.
func (n *node) learn(rs *iptables.Ruleset) {
	services, ok := rs.Chain("nat", "KUBE-SERVICES")
	if !ok {
		return
	}
	for i := range services.Rules {
		if services.Rules[i].Target == "KUBE-NODEPORTS" {
			n.learnOwn(&services.Rules[i])
		}
	}
	if n.learnPods(services) {
		return
	}
	for _, target := range services.Targets() {
		if c, ok := rs.Chain("nat", target); ok && n.learnPods(c) {
			return
		}
	}
	for _, c := range rs.Chains("nat") {
		if strings.HasPrefix(c.Name, "KUBE-EXT-") && n.learnPodsOutside(c) {
			return
		}
	}
}

// learnOwn reads "-d ADDRESS -j KUBE-NODEPORTS".
func (n *node) learnOwn(r *iptables.Rule) {
	for _, m := range r.Matches() {
		if m.Option != "-d" || m.Not {
			continue
		}
		if prefix, err := netip.ParsePrefix(m.Value); err == nil && prefix.IsSingleIP() {
			n.own[prefix.Addr()] = true
		} else if addr, err := netip.ParseAddr(m.Value); err == nil {
			n.own[addr] = true
		}
	}
}

// learnPods reads "! -s RANGE -j KUBE-MARK-MASQ" of a Service's chain: who is not in the
// range is no Pod (pkg/proxy/util/localdetector.go).
func (n *node) learnPods(c *iptables.Chain) bool {
	for i := range c.Rules {
		if c.Rules[i].Target != "KUBE-MARK-MASQ" || !strings.Contains(c.Rules[i].Spec, "! -") {
			continue
		}
		for _, m := range c.Rules[i].Matches() {
			switch prefix, err := netip.ParsePrefix(m.Value); {
			case m.Not && m.Option == "-s" && err == nil:
				n.pods = prefix
				return true
			case m.Not && m.Option == "-i":
				n.podInterface = m.Value
				return true
			}
		}
	}
	return false
}

// learnPodsOutside reads "-s RANGE -j KUBE-SVC-…" of a Service's chain for external
// addresses, where Pods pass by externalTrafficPolicy Local. Where internalTrafficPolicy
// is Local too and the node has no endpoint, no other rule of the Service tells of Pods.
func (n *node) learnPodsOutside(c *iptables.Chain) bool {
	for i := range c.Rules {
		if !strings.HasPrefix(c.Rules[i].Target, "KUBE-SVC-") {
			continue
		}
		for _, m := range c.Rules[i].Matches() {
			switch prefix, err := netip.ParsePrefix(m.Value); {
			case m.Not:
			case m.Option == "-s" && err == nil:
				n.pods = prefix
				return true
			case m.Option == "-i":
				n.podInterface = m.Value
				return true
			}
		}
	}
	return false
}

// sourcesNamed lists the ranges of clients that the rules of the chains name.
func sourcesNamed(places []netfilter.Place, family int) []netip.Prefix {
	var out []netip.Prefix
	for _, at := range places {
		rules, _ := at.Rules.Rules(at.Chain)
		for _, rule := range rules {
			r, ok := rule.(interface{ Sources() []netip.Prefix })
			if !ok {
				continue
			}
			for _, p := range r.Sources() {
				if p.Addr().Is4() == (family == 4) && !slices.Contains(out, p) {
					out = append(out, p)
				}
			}
		}
	}
	return out
}
