package walk

import (
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Holds answers for the sets of ipset, for rules that ask for them.
func (r *Rules) Holds(set, directions string, p netfilter.Packet) netfilter.Answer {
	for _, s := range r.sets {
		if slices.Contains(s.Names, set) {
			return s.Holds(set, directions, p)
		}
	}
	return netfilter.Unknown
}
