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
	if a.f.Kubelet == nil {
		return
	}
	s := Expect(p, *a.f.Kubelet)
	a.r.Should = &s
	if s.NoClusterDNS {
		a.find(explain.NoClusterDNS, explain.Error, 0, map[string]string{"pod": a.r.Pod})
	}
	if len(s.Cut) > 0 {
		a.find(explain.CutByKubelet, explain.Warning, 0, map[string]string{"pod": a.r.Pod, "values": joined(s.Cut)})
	}
	if s.Policy == corev1.DNSNone && !a.asksCluster(s) && len(a.f.Kubelet.ClusterDNS) > 0 {
		a.find(explain.NoClusterServer, explain.Warning, 0, map[string]string{"pod": a.r.Pod, "servers": joined(s.Servers)})
	}
	if !s.NodeUnknown {
		a.differs(s)
	}
}

func (a *analysis) asksCluster(s Should) bool {
	return slices.ContainsFunc(s.Servers, func(e Entry) bool { return slices.Contains(a.f.Kubelet.ClusterDNS, e.Value) })
}

// differs holds each part of the file to what it should be. The kubelet writes options
// in any order.
func (a *analysis) differs(s Should) {
	has := Should{}
	for _, line := range a.r.Lines {
		switch line.Keyword {
		case "nameserver":
			has.Servers = append(has.Servers, entries(line.Values, FromNode)...)
		case "search":
			has.Search = entries(line.Values, FromNode)
		case "options":
			has.Options = append(has.Options, entries(line.Values, FromNode)...)
		}
	}
	slices.SortFunc(has.Options, func(x, y Entry) int { return strings.Compare(x.Value, y.Value) })
	for _, part := range []struct {
		what        string
		has, should []Entry
	}{{"nameserver", has.Servers, s.Servers}, {"search", has.Search, s.Search}, {"options", has.Options, s.Options}} {
		if joined(part.has) == joined(part.should) {
			continue
		}
		a.find(explain.FileDiffers, explain.Warning, 0, map[string]string{
			"pod": a.r.Pod, "what": part.what, "has": orNone(joined(part.has)), "should": orNone(joined(part.should)),
		})
	}
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
