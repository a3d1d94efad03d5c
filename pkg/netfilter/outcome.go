package netfilter

import (
	"cmp"
	"math"
	"net/netip"
	"slices"
)

// Endpoint is where connections arrive.
type Endpoint struct {
	Address    netip.AddrPort
	Share      float64
	Masquerade bool
}

// Part is a share of the connections with another verdict than the rest.
type Part struct {
	Verdict Verdict
	Share   float64
}

// Case is what becomes of the connections for which some conditions hold, and others
// do not.
type Case struct {
	When []Assumption
	Outcome
}

// Outcome is what becomes of the connections of one kind.
type Outcome struct {
	// Verdict is Unsure where it depends on a condition that the packet does not decide.
	Verdict   Verdict
	Endpoints []Endpoint
	// Others are shares that end otherwise, beside endpoints.
	Others     []Part
	Masquerade bool
	// DependsOn lists what is not known and changes the outcome, Cases the outcomes.
	DependsOn []string
	Cases     []Case
}

// Outcomes sums the flows of a walk up. A condition that changes nothing is left out.
func Outcomes(flows []*Flow) Outcome { return resolve(flows, map[string]bool{}) }

// resolve divides the flows by the first condition that is not fixed, and joins the
// two sides again where they are the same.
func resolve(flows []*Flow, fixed map[string]bool) Outcome {
	match, found := open(flows, fixed)
	if !found {
		return sum(flows)
	}
	fixed[match] = true
	defer delete(fixed, match)
	holds := resolve(side(flows, match, true), fixed)
	fails := resolve(side(flows, match, false), fixed)
	if holds.same(fails) {
		return holds
	}
	out := Outcome{Verdict: Unsure, Masquerade: holds.Masquerade || fails.Masquerade, DependsOn: []string{match}}
	for _, part := range []struct {
		Outcome
		holds bool
	}{{holds, true}, {fails, false}} {
		for _, reason := range part.DependsOn {
			if !slices.Contains(out.DependsOn, reason) {
				out.DependsOn = append(out.DependsOn, reason)
			}
		}
		out.Cases = append(out.Cases, under(Assumption{match, part.holds}, part.Outcome)...)
	}
	return out
}

// under puts a condition before the cases of an outcome.
func under(a Assumption, o Outcome) []Case {
	if len(o.Cases) == 0 {
		return []Case{{[]Assumption{a}, o}}
	}
	var out []Case
	for _, c := range o.Cases {
		out = append(out, Case{append([]Assumption{a}, c.When...), c.Outcome})
	}
	return out
}

func open(flows []*Flow, fixed map[string]bool) (string, bool) {
	for _, f := range flows {
		for _, a := range f.Assumed {
			if !fixed[a.Match] {
				return a.Match, true
			}
		}
	}
	return "", false
}

// side are the flows that go on where the condition holds, or fails.
func side(flows []*Flow, match string, holds bool) []*Flow {
	var out []*Flow
	for _, f := range flows {
		against := slices.Contains(f.Assumed, Assumption{match, !holds})
		if !against {
			out = append(out, f)
		}
	}
	return out
}

// sum is the outcome of flows for which the same conditions hold.
func sum(flows []*Flow) Outcome {
	var out Outcome
	shares := map[Verdict]float64{}
	at := map[Endpoint]int{}
	for _, f := range flows {
		shares[f.Final] += f.Share
		for _, reason := range f.Reasons {
			if !slices.Contains(out.DependsOn, reason) {
				out.DependsOn = append(out.DependsOn, reason)
			}
		}
		if f.Final != DNAT {
			continue
		}
		e := Endpoint{Address: netip.AddrPortFrom(f.Packet.Destination, f.Packet.DestPort), Masquerade: f.Masquerade}
		i, have := at[e]
		if !have {
			i = len(out.Endpoints)
			at[e] = i
			out.Endpoints = append(out.Endpoints, e)
		}
		out.Endpoints[i].Share += f.Share
	}
	out.settle(shares, flows)
	return out
}

// settle chooses the verdict, and rounds what the random numbers of rules left.
func (o *Outcome) settle(shares map[Verdict]float64, flows []*Flow) {
	for _, v := range []Verdict{Unsure, DNAT, Reject, Drop, Accept, None} {
		share, have := shares[v]
		switch {
		case !have:
		case o.Verdict == "":
			o.Verdict = v
		default:
			o.Others = append(o.Others, Part{v, tidy(share)})
		}
	}
	if len(o.DependsOn) > 0 {
		o.Verdict = Unsure
	}
	for _, f := range flows {
		refused := f.Final == Drop || f.Final == Reject
		o.Masquerade = o.Masquerade || f.Masquerade && !refused
	}
	slices.SortStableFunc(o.Endpoints, func(a, b Endpoint) int { return a.Address.Compare(b.Address) })
	for i := range o.Endpoints {
		o.Endpoints[i].Share = tidy(o.Endpoints[i].Share)
	}
	o.even()
}

// even makes the shares 1/n where they are so but for the digits in which iptables
// keeps a probability (2^-31, printed with 10 or 11 digits).
func (o *Outcome) even() {
	n := float64(len(o.Endpoints))
	for _, e := range o.Endpoints {
		if len(o.Others) > 0 || math.Abs(e.Share*n-1) > 1e-5 {
			return
		}
	}
	for i := range o.Endpoints {
		o.Endpoints[i].Share = 1 / n
	}
}

func tidy(share float64) float64 { return math.Round(share*1e9) / 1e9 }

// same says whether two outcomes are one.
func (o Outcome) same(other Outcome) bool {
	return o.Verdict == other.Verdict && o.Masquerade == other.Masquerade &&
		slices.EqualFunc(o.Endpoints, other.Endpoints, func(a, b Endpoint) bool {
			return a.Address == b.Address && a.Masquerade == b.Masquerade && math.Abs(a.Share-b.Share) < 1e-6
		}) &&
		slices.EqualFunc(o.Others, other.Others, func(a, b Part) bool {
			return cmp.Compare(a.Verdict, b.Verdict) == 0 && math.Abs(a.Share-b.Share) < 1e-6
		}) &&
		slices.Equal(o.DependsOn, other.DependsOn) &&
		slices.EqualFunc(o.Cases, other.Cases, func(a, b Case) bool {
			return slices.Equal(a.When, b.When) && a.same(b.Outcome)
		})
}
