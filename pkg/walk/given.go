package walk

import (
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// Given are rules that were parsed already, as of a node that was read. Nothing is
// assumed beside them.
func Given(dumps []iptables.Dump, sets []*nftables.Ruleset) *Rules {
	out := &Rules{nft: sets}
	for _, d := range dumps {
		out.iptables = append(out.iptables, saved{Dump: d})
	}
	return out
}
