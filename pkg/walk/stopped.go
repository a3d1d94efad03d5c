package walk

import (
	"net/netip"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Stopped is a rule that ends connections, and where they were going.
type Stopped struct {
	// Rule is the rule, or the policy of a base chain.
	Rule  string `json:"rule"`
	Table string `json:"table"`
	Chain string `json:"chain"`
	// Verdict is DROP or REJECT.
	Verdict netfilter.Verdict `json:"verdict"`
	// Endpoint is where the destination had been rewritten to, "" where it had not been.
	Endpoint string `json:"endpoint,omitempty"`
}

// stopped lists what ended flows.
func stopped(flows []*netfilter.Flow) []Stopped {
	var out []Stopped
	seen := map[Stopped]bool{}
	for _, f := range flows {
		if f.Final != netfilter.Drop && f.Final != netfilter.Reject || f.EndedBy.Chain == "" {
			continue
		}
		s := Stopped{Rule: words(f.EndedBy), Table: f.EndedBy.Table, Chain: f.EndedBy.Chain, Verdict: f.Final}
		if f.Packet.Translated == netfilter.Yes {
			s.Endpoint = netip.AddrPortFrom(f.Packet.Destination, f.Packet.DestPort).String()
		}
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}
