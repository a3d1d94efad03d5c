package dns

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// pod compares the file with what the kubelet writes for the Pod.
func (a *analysis) pod() {
	p := a.f.Pod
	if p == nil {
		return
	}
	a.r.Pod = p.Namespace + "/" + p.Name
	name := map[string]string{"pod": a.r.Pod}
	if p.Spec.HostNetwork && p.Spec.DNSPolicy == corev1.DNSClusterFirst {
		a.find(explain.HostNetworkPolicy, explain.Warning, 0, name)
	}
	if a.f.Kubelet == nil && p.Spec.DNSPolicy != corev1.DNSNone {
		return
	}
	k := Kubelet{}
	if a.f.Kubelet != nil {
		k = *a.f.Kubelet
	}
	a.should(Expect(p, k))
}

// should judges what the kubelet writes, and holds the file to it.
func (a *analysis) should(s Should) {
	a.r.Should = &s
	if s.NoClusterDNS {
		a.find(explain.NoClusterDNS, explain.Error, 0, map[string]string{"pod": a.r.Pod})
	}
	if len(s.Cut) > 0 {
		a.find(explain.CutByKubelet, explain.Warning, 0, map[string]string{"pod": a.r.Pod, "values": joined(s.Cut)})
	}
	if s.Policy == corev1.DNSNone && a.onlyStrangers() {
		a.find(explain.NoClusterServer, explain.Warning, 0, map[string]string{"pod": a.r.Pod, "servers": joined(s.Servers)})
	}
	has := a.written()
	a.r.Origins = origins(has, s)
	if a.f.NotRead == "" {
		a.differs(has, s)
	}
}

// onlyStrangers says whether every nameserver is known to be none of the cluster's.
func (a *analysis) onlyStrangers() bool {
	return len(a.f.Nameservers) > 0 && !slices.ContainsFunc(a.f.Nameservers, func(n Nameserver) bool { return n.Cluster || n.Kind == ServerUnknown })
}

// written is what the file has, in the form of what it should have.
func (a *analysis) written() Should {
	var has Should
	for _, line := range a.r.Lines {
		switch line.Keyword {
		case "nameserver":
			has.Servers = append(has.Servers, entries(line.Values, FromNobody)...)
		case "search":
			has.Search = entries(line.Values, FromNobody)
		case "options":
			has.Options = append(has.Options, entries(line.Values, FromNobody)...)
		}
	}
	slices.SortFunc(has.Options, func(x, y Entry) int { return strings.Compare(x.Value, y.Value) })
	return has
}

// origins says of each entry of a file where it comes from. What nothing else gives is
// the node's, where its file is not known.
func origins(has, should Should) []Entry {
	var out []Entry
	add := func(has, should []Entry, nodeMayGive bool) {
		for _, e := range has {
			switch i := slices.IndexFunc(should, func(s Entry) bool { return s.Value == e.Value }); {
			case i >= 0:
				e.From = should[i].From
			case !nodeMayGive:
				e.From = FromNobody
			default:
				e.From = FromNodeUnread
			}
			out = append(out, e)
		}
	}
	whole := should.NodeUnknown && should.Policy == corev1.DNSDefault
	add(has.Servers, should.Servers, whole)
	add(has.Search, should.Search, should.NodeUnknown)
	add(has.Options, should.Options, whole)
	return out
}

// differs holds each part of the file to what it should be. The kubelet writes options
// in any order. Where the node's file is not known, it is left open what that gives.
func (a *analysis) differs(has, s Should) {
	type part struct {
		what        string
		has, should []Entry
	}
	parts := []part{{"nameserver", has.Servers, s.Servers}, {"options", has.Options, s.Options}}
	switch {
	case s.NodeUnknown && s.Policy == corev1.DNSDefault:
		return
	case s.NodeUnknown:
		parts = append(parts, part{"search", withoutNode(has.Search, s.Search), s.Search})
	default:
		parts = append(parts, part{"search", has.Search, s.Search})
	}
	for _, p := range parts {
		if joined(p.has) == joined(p.should) {
			continue
		}
		a.find(explain.FileDiffers, explain.Warning, 0, map[string]string{
			"pod": a.r.Pod, "what": p.what, "has": orNone(joined(p.has)), "should": orNone(joined(p.should)),
		})
	}
}

// withoutNode leaves out of a search list what the node's file may have put between the
// cluster's domains and those of dnsConfig.
func withoutNode(has, should []Entry) []Entry {
	ours := func(list []Entry) int {
		n := 0
		for n < len(list) && list[n].From == FromCluster {
			n++
		}
		return n
	}
	front := ours(should)
	back := len(should) - front
	if len(has) <= len(should) {
		return has
	}
	return append(slices.Clone(has[:front]), has[len(has)-back:]...)
}

func joined(list []Entry) string {
	var values []string
	for _, e := range list {
		values = append(values, e.Value)
	}
	return strings.Join(values, " ")
}

func orNone(s string) string {
	if s == "" {
		return "<none>"
	}
	return s
}
