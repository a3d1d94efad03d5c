package walk

import (
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// ipvs adds virtual services. Their addresses are the node's: kube-proxy gives them to an
// interface of its own, and those of NodePorts are the node's anyway (pkg/proxy/ipvs/proxier.go).
func (n *node) ipvs(r *Rules, req Request) {
	uneven := false
	found := false
	for _, t := range r.ipvs {
		for _, s := range t.Services {
			if s.Protocol == "" || s.Address.Addr().Is4() == (req.family() == 4) {
				found = true
				uneven = uneven || !s.Even() && s.Address == req.To
				n.own[s.Address.Addr()] = s.Protocol != ""
			}
		}
	}
	if !found {
		return
	}
	n.backends = append(n.backends, "ipvs")
	n.deliver = r.deliver
	if uneven {
		n.notes = append(n.notes, "a scheduler of ipvs goes by open connections or by the client; the shares here are those of the weights")
	}
	if !hasNAT(n.bases) {
		n.undecided = "whether the source is masqueraded: rules of iptables decide that, which are not in what was given"
	}
}

// deliver asks the tables one after the other.
func (r *Rules) deliver(run *netfilter.Run, f *netfilter.Flow) []*netfilter.Flow {
	for _, t := range r.ipvs {
		if out := t.Deliver(run, f); len(out) != 1 || out[0] != f || f.Final != "" {
			return out
		}
	}
	return []*netfilter.Flow{f}
}

func hasNAT(bases []netfilter.Base) bool {
	for _, b := range bases {
		if b.NAT && b.Hook == netfilter.Postrouting && strings.HasPrefix(b.Chain, "POSTROUTING") {
			return true
		}
	}
	return false
}
