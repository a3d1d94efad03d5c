//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// TestFieldsAreWhatPacketsMeet creates Services of every type and with every field, opens
// connections to each of their addresses from a Pod on each node, from the node and from
// outside, and compares what happens with the walks of svcpath, and in iptables mode with the
// steps that it shows too: who is reached, with which source, and whether a failure comes at
// once or never.
func TestFieldsAreWhatPacketsMeet(t *testing.T) {
	fieldsScene(t)
	askers := fieldsAskers(t)
	for name, want := range fieldsFindings {
		t.Run(name, func(t *testing.T) {
			paths := map[string]*svcpath.Path{}
			for _, from := range askers {
				if paths[from.node] == nil {
					paths[from.node] = fieldsPath(t, name, from.node)
				}
				walks := fieldsWalks(t, name, fieldsSpace, from)
				for _, port := range paths[from.node].Ports {
					for _, e := range port.Entries {
						if from.outside && e.Kind == "clusterIP" {
							continue // nothing brings it to a node
						}
						fieldsCompare(t, paths[from.node], port, e, from, walks)
					}
				}
			}
			if got := codes(paths[workNode]); !slices.Equal(got, want) {
				t.Errorf("findings %v, want %v", got, want)
			}
		})
	}
	t.Run("names", fieldsNames)
	t.Run("health", fieldsHealth)
	t.Run("health kept out", fieldsHealthKeptOut)
	t.Run("datagrams", fieldsDatagrams)
	t.Run("claims", fieldsClaims)
	t.Run("localhost", fieldsLocalhost)
	t.Run("tampered", fieldsTampered)
}

// fieldsPath is the answer for a Service on a node. Whether a finding is an error is not
// the matter here; that the node agrees is.
func fieldsPath(t *testing.T, name, node string) *svcpath.Path {
	t.Helper()
	got := kk(t, "svcpath", "-o", "json", name, "-n", fieldsSpace, "--node", node)
	if got.exit == 1 {
		t.Fatalf("exit 1: %s", got.stderr)
	}
	p := pathFrom(t, got.exit, got)
	if p.Agreement == svcpath.Differs {
		t.Errorf("%s on %s: %s, findings %v", name, node, p.Agreement, p.Findings)
	}
	return p
}

func fieldsCompare(t *testing.T, p *svcpath.Path, port svcpath.Port, e svcpath.Entry, from fieldsAsker, walks map[string]string) {
	t.Helper()
	says := map[string]string{}
	walked, ok := walks[net.JoinHostPort(e.Address, fmt.Sprint(e.Port))+"/"+port.Protocol]
	if says["walk"] = walked; !ok {
		t.Errorf("%s %s:%d from %s: no walk, but %v", e.Kind, e.Address, e.Port, from.name, walks)
	}
	says["tree"] = fieldsOutcome(e, from, port.Family)
	got := fieldsSeen(t, from, port.Family, e.Address, e.Port)
	sticky := slices.ContainsFunc(p.Service.Settings, func(s svcpath.Setting) bool { return s.Field == "spec.sessionAffinity" })
	for what, want := range says {
		if sticky && strings.Contains(want, ", ") && got != "" && !strings.Contains(got, ", ") && strings.Contains(want, got) {
			continue // one of them, and always the same
		}
		if got != want {
			t.Errorf("%s %s:%d from %s: the %s of svcpath says %s, the packets %s", e.Kind, e.Address, e.Port, from.name, what, want, got)
		}
	}
}

// fieldsWalks are what svcpath says of a client's connections, in the words of fieldsSeen, by
// address, port and protocol.
func fieldsWalks(t *testing.T, service, namespace string, from fieldsAsker) map[string]string {
	t.Helper()
	var walks []svcpath.Walk
	for _, flags := range from.from {
		got := kk(t, append([]string{"svcpath", "-o", "json", service, "-n", namespace}, flags...)...)
		if got.exit == 1 && strings.Contains(got.stderr, "none of that IP family") {
			continue
		}
		walks = append(walks, pathFrom(t, got.exit, got).Walks...)
	}
	out := map[string]string{}
	for _, w := range walks {
		var ends []string
		for _, e := range w.Endpoints {
			ends = append(ends, fmt.Sprintf("%s masqueraded %v", e.Address, e.Masquerade))
		}
		slices.Sort(ends)
		says := strings.Join(ends, ", ")
		switch {
		case len(w.DependsOn) > 0:
			says = "depends on " + strings.Join(w.DependsOn, ", ")
		case w.Verdict == "ACCEPT" || w.Verdict == "NONE":
			says = "NONE"
		case w.Verdict != "DNAT":
			says = string(w.Verdict)
		}
		out[w.To+"/"+w.Protocol] = says
	}
	return out
}

// fieldsFindings are the Services that packets are sent to, and what svcpath must find on
// the node that runs most Pods.
var fieldsFindings = map[string][]string{
	"ext":          {},
	"ext-far":      {explain.ExternalAddressDropped},
	"lb":           {explain.SourcesRestricted},
	"lb-near":      {explain.HealthCheckAnswer},
	"lb-far":       {explain.ExternalLocalDropped, explain.ExternalAddressDropped, explain.HealthCheckAnswer},
	"lb-proxy":     {explain.BalancerProxies, explain.BalancerByName},
	"lb-noport":    {explain.NoNodePortAllocated},
	"lb-pending":   {explain.LoadBalancerPending},
	"lb-six":       {explain.SourcesUnrestricted, explain.SourcesRestricted},
	"sticky":       {},
	"inside":       {},
	"inside-far":   {explain.InternalLocalDropped},
	"close":        {explain.TopologyNarrowed},
	"zoned":        {explain.HintsNotFollowed},
	"hand":         {},
	"legacy":       {explain.EndpointsMirrored},
	"misnamed":     {explain.NoEndpointsRejected, explain.SlicePortUnmatched},
	"wrong-family": {explain.NoEndpointsRejected, explain.NoEndpoints, explain.SliceFamilyUnused},
	"numbers":      {explain.TargetPortNumbersDiffer},
	"published":    {explain.NotReadyPublished},
	"walled":       {explain.SelectorMatchesNoPod, explain.NoEndpointsRejected, explain.SourcesRestricted},
	"walled-far":   {explain.ExternalLocalDropped, explain.ExternalAddressDropped, explain.HealthCheckAnswer, explain.SourcesRestricted},
	"nobody":       {explain.SelectorMatchesNoPod, explain.NoEndpointsRejected},
}
