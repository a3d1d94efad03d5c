package walk

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Analyze walks the packet through the rules.
func Analyze(rules *Rules, req Request) (*Walks, error) {
	if err := req.Validate(); err != nil {
		return nil, err
	}
	node, err := rules.node(req)
	if err != nil {
		return nil, err
	}
	out := &Walks{
		APIVersion: APIVersion, Kind: Kind, To: req.To.String(), Protocol: req.Protocol,
		Backends: node.backends, Notes: node.notes,
	}
	for _, c := range node.clients(req) {
		out.Walks = append(out.Walks, node.walk(req, c))
	}
	if !req.From.IsValid() {
		out.Walks = append(out.Walks, node.ranges(req, out.Walks)...)
		out.Notes = append(out.Notes, node.podsIn(req, out.Walks)...)
	}
	return out, nil
}

// walk follows one client's packet.
func (n *node) walk(req Request, c client) Walk {
	run, flows := n.follow(req, c, false)
	outcome := netfilter.Outcomes(flows)
	if outcome.Verdict == netfilter.None || outcome.Verdict == netfilter.Accept {
		outcome = n.perhaps(req, c, outcome)
	}
	if outcome.Verdict == netfilter.DNAT && n.undecided != "" {
		outcome.DependsOn = []string{n.undecided}
	}
	w := Walk{
		From: c.name, To: req.To.String(), Verdict: outcome.Verdict, Masquerade: outcome.Masquerade,
		Endpoints: endpoints(outcome), Others: others(outcome), DependsOn: outcome.DependsOn,
		Stopped: stopped(flows), Rules: []string{}, Affinity: run.Notes, hits: run.Hits,
	}
	for _, one := range outcome.Cases {
		w.Cases = append(w.Cases, caseOf(one))
	}
	for _, h := range run.Hits {
		w.Rules = append(w.Rules, words(h))
	}
	w.places = run.Chains
	return w
}

// words is a hit as text.
func words(h netfilter.Hit) string {
	if h.Rule == nil {
		return fmt.Sprintf("-t %s -P %s %s", h.Table, h.Chain, h.Policy)
	}
	return h.Rule.Text()
}

// follow asks the kernel's hooks. own takes the destination for an address of the node.
func (n *node) follow(req Request, c client, own bool) (*netfilter.Run, []*netfilter.Flow) {
	local := func(addr netip.Addr) netfilter.Answer {
		return netfilter.Is(n.local(req, addr) || own && addr == req.To.Addr())
	}
	return netfilter.Walk(netfilter.Question{
		Packet: netfilter.Packet{
			Source: c.source, Destination: req.To.Addr(), Protocol: req.Protocol, DestPort: req.To.Port(),
			SourceLocal: netfilter.Is(c.origin == netfilter.FromNode), DestLocal: local(req.To.Addr()),
			Mark: netfilter.Mark{Known: true}, In: c.in, Translated: netfilter.No,
		},
		Origin: c.origin, Bases: n.bases, Local: local, Deliver: n.deliver,
	})
}

// perhaps: of an address that nobody named it is not known whether it is the node's.
// Where that would lead somewhere, the answer depends on it.
func (n *node) perhaps(req Request, c client, outcome netfilter.Outcome) netfilter.Outcome {
	if n.knows(req) || n.local(req, req.To.Addr()) {
		return n.incomplete(outcome)
	}
	_, flows := n.follow(req, c, true)
	other := netfilter.Outcomes(flows)
	if other.Verdict == outcome.Verdict {
		return n.incomplete(outcome)
	}
	question := fmt.Sprintf("whether %s is an address of the node (--node-ip)", req.To.Addr())
	return netfilter.Outcome{
		Verdict: netfilter.Unsure, Masquerade: outcome.Masquerade || other.Masquerade,
		DependsOn: append([]string{question}, other.DependsOn...),
		Cases: []netfilter.Case{
			{When: []netfilter.Assumption{{Match: question, Holds: true}}, Outcome: other},
			{When: []netfilter.Assumption{{Match: question}}, Outcome: outcome},
		},
	}
}

// incomplete: where the table that refuses was not given, that nothing was found says
// nothing.
func (n *node) incomplete(outcome netfilter.Outcome) netfilter.Outcome {
	if outcome.Verdict == netfilter.None && n.lacks != "" {
		outcome.Verdict, outcome.DependsOn = netfilter.Unsure, []string{n.lacks}
	}
	return outcome
}

// ranges are the walks of clients outside of the cluster whose addresses the rules
// name, where those end otherwise than the walk of any other.
func (n *node) ranges(req Request, walks []Walk) []Walk {
	at := slices.IndexFunc(walks, func(w Walk) bool { return w.From == outside })
	if at < 0 {
		return nil
	}
	var out []Walk
	for _, prefix := range n.named(walks[at].places, req.family()) {
		if prefix == n.pods {
			continue
		}
		w := n.walk(req, n.arriving(prefix.String(), prefix.Addr()))
		if !Same(w, walks[at]) {
			out = append(out, w)
		}
	}
	return out
}

// podsIn notes the ranges that hold some of the Pods: no one Pod stands for these and for
// the others.
func (n *node) podsIn(req Request, walks []Walk) []string {
	at := slices.IndexFunc(walks, func(w Walk) bool { return w.From == pod })
	if at < 0 || !n.pods.IsValid() {
		return nil
	}
	var out []string
	for _, w := range walks {
		prefix, err := netip.ParsePrefix(w.From)
		if err != nil || !n.pods.Overlaps(prefix) || prefix.Contains(n.pod(req, n.pods.Addr()).source) || Same(w, walks[at]) {
			continue
		}
		out = append(out, fmt.Sprintf("a Pod that has its address in %s fares as a client from there does, not as other Pods do", prefix))
	}
	return out
}

// Same says whether two walks end alike.
func Same(a, b Walk) bool {
	return a.Verdict == b.Verdict && a.Masquerade == b.Masquerade && slices.Equal(a.Endpoints, b.Endpoints) &&
		slices.Equal(a.Others, b.Others) && slices.Equal(a.DependsOn, b.DependsOn) && reflect.DeepEqual(a.Cases, b.Cases)
}

func endpoints(o netfilter.Outcome) []Endpoint {
	out := []Endpoint{}
	for _, e := range o.Endpoints {
		out = append(out, Endpoint{Address: e.Address.String(), Share: e.Share, Masquerade: e.Masquerade})
	}
	return out
}

func others(o netfilter.Outcome) []Other {
	var out []Other
	for _, p := range o.Others {
		out = append(out, Other{p.Verdict, p.Share})
	}
	return out
}

func caseOf(c netfilter.Case) Case {
	out := Case{Verdict: c.Verdict, Endpoints: endpoints(c.Outcome), Masquerade: c.Masquerade, Others: others(c.Outcome)}
	for _, a := range c.When {
		if a.Holds {
			out.Holds = append(out.Holds, a.Match)
		} else {
			out.Fails = append(out.Fails, a.Match)
		}
	}
	return out
}
