package netfilter

import "slices"

// Verdict is how the walk of a flow ended.
type Verdict string

// The verdicts. None is that of a packet which no rule touched, Unsure of one that met
// something which is not understood.
const (
	DNAT   Verdict = "DNAT"
	Reject Verdict = "REJECT"
	Drop   Verdict = "DROP"
	Accept Verdict = "ACCEPT"
	None   Verdict = "NONE"
	Unsure Verdict = "DEPENDS"
)

// Assumption is a condition that a packet does not decide, and what is assumed of it.
type Assumption struct {
	Match string
	Holds bool
}

// Flow is a packet on its way through the hooks.
type Flow struct {
	Packet Packet
	// Share is how many of the connections go this way, 0…1, of those for which the
	// assumptions hold.
	Share      float64
	Assumed    []Assumption
	Masquerade bool
	// Final is the verdict, "" while the flow is on its way.
	Final Verdict
	// Accepted says that a rule of a filter accepted the packet.
	Accepted bool
	// EndedBy is the rule or the policy that dropped or rejected the packet.
	EndedBy Hit
	// Reasons are what made the verdict Unsure.
	Reasons []string
	// scheduled says that ipvs took the packet.
	scheduled bool
	stopped   bool
	// rewrote says that a chain of the type nat has done its work at this hook.
	rewrote bool
}

// clone is a flow of its own.
func (f *Flow) clone() *Flow {
	other := *f
	other.Assumed = slices.Clip(f.Assumed)
	return &other
}

// least is a share so small that only rounding made it.
const least = 1e-9

// Split divides a flow by chance: p of the connections go the first way.
func (f *Flow) Split(p float64) (taken, rest *Flow) {
	taken, rest = f.clone(), f.clone()
	taken.Share, rest.Share = f.Share*p, f.Share*(1-p)
	if taken.Share < least {
		taken = nil
	}
	if rest.Share < least {
		rest = nil
	}
	return taken, rest
}

// maxAssumed bounds how many different conditions a walk divides by: each can double
// the flows.
const maxAssumed = 10

// Assume divides a flow by a condition that the packet does not decide. One of the two
// is nil where an earlier rule asked the same. Where a walk has met too many of them,
// the condition is taken not to hold, and the flow's outcome depends on it.
func (r *Run) Assume(f *Flow, match string) (holds, fails *Flow) {
	for _, a := range f.Assumed {
		if a.Match == match {
			if a.Holds {
				return f, nil
			}
			return nil, f
		}
	}
	if r.assumed[match] = true; len(r.assumed) > maxAssumed {
		delete(r.assumed, match)
		fails = f.clone()
		fails.Reasons = append(slices.Clip(f.Reasons), match)
		return nil, fails
	}
	holds, fails = f.clone(), f.clone()
	holds.Assumed = append(holds.Assumed, Assumption{match, true})
	fails.Assumed = append(fails.Assumed, Assumption{match, false})
	return holds, fails
}

// End gives the final verdict.
func (f *Flow) End(v Verdict) *Flow {
	f.Final, f.stopped = v, true
	return f
}

// Lose ends a flow at something that is not understood.
func (f *Flow) Lose(reason string) *Flow {
	if !slices.Contains(f.Reasons, reason) {
		f.Reasons = append(slices.Clip(f.Reasons), reason)
	}
	return f.End(Unsure)
}

// Accept ends the base chain with the packet going on.
func (f *Flow) Accept() *Flow {
	f.Accepted = true
	return f
}

// verdict is the final one of a flow that went all the way.
func (f *Flow) verdict() Verdict {
	switch {
	case f.Final != "":
		return f.Final
	case f.Packet.Translated == Yes:
		return DNAT
	case f.Accepted:
		return Accept
	default:
		return None
	}
}
