package dns

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// environment: what the container's variables change for glibc.
func (a *analysis) environment() {
	if a.f.Environment == "" || a.f.Libc != Glibc || a.f.Pod == nil {
		return
	}
	var names []string
	for line := range strings.Lines(a.f.Environment) {
		keyword, _, _ := strings.Cut(line, " ")
		names = append(names, map[string]string{"search": "LOCALDOMAIN", "options": "RES_OPTIONS"}[keyword])
	}
	c := a.r.Config
	a.find(explain.EnvironmentCounts, explain.Warning, 0, map[string]string{
		"pod": a.r.Pod, "variables": strings.Join(names, ", "), "file": fmt.Sprintf("ndots:%d, search %s", c.Ndots, orNone(strings.Join(c.Search, " "))),
	})
}

// servers judges who is at the nameservers' addresses, and whether queries get there.
func (a *analysis) servers() {
	for _, n := range a.f.Nameservers {
		switch {
		case n.Fate == FateRefused, n.Fate == FateLost:
			a.findAPI(explain.DNSServiceEmpty, explain.Error, map[string]string{"service": n.Service, "server": n.Address, "reason": n.Why},
				explain.Evidence{Where: "EndpointSlices of Service " + n.Service, What: fmt.Sprintf("%s, %d ready", plural(len(n.Pods), "endpoint"), n.Ready)})
		case n.Kind == ServerLoopback && !a.f.Pod.Spec.HostNetwork && !a.r.Config.Loopback:
			a.find(explain.LoopbackServer, explain.Warning, a.lineOf("nameserver", n.Address), map[string]string{"pod": a.r.Pod, "server": n.Address})
		}
	}
	for _, e := range a.f.Egress {
		args := map[string]string{"pod": a.r.Pod, "server": e.Server, "policies": strings.Join(e.Policies, ", ")}
		seen := explain.Evidence{Where: "NetworkPolicies of " + a.f.Pod.Namespace, What: "podSelector takes this Pod, and no egress rule has this server and port 53: " + args["policies"]}
		switch {
		case !e.UDP && (!a.r.Config.TCP || !e.TCP):
			a.findAPI(explain.EgressBlocked, explain.Error, args, seen)
		case !e.TCP:
			a.findAPI(explain.EgressWithoutTCP, explain.Warning, args, seen)
		}
	}
}

// findAPI adds a finding that was read from the API server.
func (a *analysis) findAPI(code string, severity explain.Severity, args map[string]string, seen explain.Evidence) {
	a.findSeen(explain.ProofAPI, code, severity, args, seen)
}

// windows is the answer for a Pod that has no resolv.conf.
func (a *analysis) windows() *Resolution {
	p := a.f.Pod
	a.r.Pod = p.Namespace + "/" + p.Name
	a.r.Config, a.r.Ignored, a.r.Windows = Config{Servers: []string{}}, nil, true
	if a.f.Kubelet != nil {
		s := Expect(p, *a.f.Kubelet)
		a.r.Should = &s
	}
	a.find(explain.WindowsPod, explain.Info, 0, map[string]string{"pod": a.r.Pod})
	return a.finish()
}

// records judges what the objects behind the names of a lookup say.
func (a *analysis) records(l Lookup) {
	for _, round := range l.Rounds {
		r, ok := a.known.records[strings.ToLower(round.Name)]
		if !ok || r.External == "" {
			continue
		}
		args := map[string]string{"name": l.Name, "service": round.Means.Namespace + "/" + round.Means.Service, "external": r.External}
		seen := explain.Evidence{Where: "Service " + args["service"], What: "externalName: " + r.External}
		switch {
		case isAddress(r.External):
			a.findAPI(explain.ExternalNameAddress, explain.Error, args, seen)
		case r.Nowhere:
			a.findAPI(explain.ExternalNameLoops, explain.Error, args, seen)
		}
	}
	a.answeredTwice(l)
}

// answeredTwice: of the full names that a lookup may try, two have addresses, and not the
// same. The first one wins, and which one that is depends on where the program runs.
func (a *analysis) answeredTwice(l Lookup) {
	if l.FoundAs == "" {
		return
	}
	var w Walk
	w.Run(&a.r.Config, l.Name, func(Question) Reply { return NXDomain })
	first := a.addressesOf(l.FoundAs)
	for _, round := range w.Rounds {
		name := string(w.Name(round))
		other := a.addressesOf(name)
		if name == l.FoundAs || len(other) == 0 || slices.Equal(first, other) {
			continue
		}
		a.find(explain.AnsweredTwice, explain.Warning, 0, map[string]string{
			"name": l.Name, "target": l.FoundAs, "other": name, "addresses": strings.Join(first, ", "), "others": strings.Join(other, ", "),
		})
		return
	}
}

// addressesOf are those of a full name, by the servers where they were asked.
func (a *analysis) addressesOf(name string) []string {
	var out []string
	for _, got := range a.f.Live {
		if strings.EqualFold(got.Name, name) {
			out = append(out, got.Addresses...)
		}
	}
	if len(out) == 0 {
		out = slices.Clone(a.known.records[strings.ToLower(name)].Addresses)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// elsewhere: a name without a dot that this namespace does not have, and others do.
func (a *analysis) elsewhere(l Lookup) {
	namespaces := a.f.Elsewhere[l.Name]
	if a.r.Cluster == nil || len(namespaces) == 0 || !l.lacksService() {
		return
	}
	a.findAPI(explain.OtherNamespace, explain.Warning, map[string]string{
		"name": l.Name, "namespace": a.r.Cluster.Namespace, "namespaces": strings.Join(namespaces, ", "), "type": l.Name + "." + namespaces[0],
	}, explain.Evidence{Where: "Services of all namespaces", What: l.Name + " in " + strings.Join(namespaces, ", ")})
}

// lacksService says whether a name without a dot could be that of a Service, and the Pod's
// own namespace has none of that name.
func (l Lookup) lacksService() bool {
	dots, rooted := dotsOf(l.Name)
	return dots == 0 && !rooted && l.FoundAs == "" && len(l.InHosts) == 0 && len(l.Rounds) > 0 && l.Rounds[0].Means.Kind == MeansService &&
		l.Rounds[0].Reply == NXDomain.String()
}
