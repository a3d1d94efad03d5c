package kubeproxy

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// TestNFTNames has the real proxier of the nftables mode program random Services. Its chains
// must be those that pkg/kubeproxy names, and following a chain must lead to the endpoints
// that it says, each with the same share.
func TestNFTNames(t *testing.T) {
	chains := 0
	for batch := range min(*batches, 100) {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(batch)))}
		w := world{node: kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...), Zone: oneOf(m, append(zoneNames, "")...)}}
		for i := range servicesPerBatch {
			svc := m.service(i)
			w.services, w.slices = append(w.services, svc), append(w.slices, m.slices(svc)...)
		}
		for _, w.family = range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			rs, err := nftables.ParseCommands(w.nftables(t).Dump())
			if err != nil {
				t.Fatal(err)
			}
			table := rs.Tables[0]
			got, want := []string{}, []string{}
			for _, c := range table.Chains {
				if strings.Contains(c.Name, "/") {
					got = append(got, c.Name)
				}
			}
			eachPort(w.services, w.slices, w.family, w.node, func(p kubeproxy.ServicePort, u kubeproxy.Used) {
				want = append(want, nftNames(p, u)...)
				followed(t, table, p, p.NFTServiceChain(), u.Cluster)
				followed(t, table, p, p.NFTLocalChain(), u.Local)
			})
			slices.Sort(got)
			slices.Sort(want)
			if diff := cmp.Diff(got, want); diff != "" {
				t.Fatalf("-seed %d, batch %d, %s: (-kube-proxy +ours)\n%s", *seed, batch, w.family, diff)
			}
			chains += len(got)
		}
	}
	if chains < 1000 {
		t.Errorf("only %d chains were compared", chains)
	}
}

// eachPort calls what is given for each port of a family, with the endpoints of the node.
func eachPort(services []*corev1.Service, all []discoveryv1.EndpointSlice, family corev1.IPFamily, node kubeproxy.NodeInfo, do func(kubeproxy.ServicePort, kubeproxy.Used)) {
	for _, svc := range services {
		for _, p := range kubeproxy.ServicePorts(svc) {
			if !other(p, family) {
				do(p, kubeproxy.UsedEndpoints(p, kubeproxy.Endpoints(p, all), node))
			}
		}
	}
}

// nftNames are the chains of a port (pkg/proxy/nftables/proxier.go syncProxyRules).
func nftNames(p kubeproxy.ServicePort, u kubeproxy.Used) []string {
	var out []string
	if len(u.Cluster) > 0 {
		out = append(out, p.NFTServiceChain())
	}
	if len(u.Local) > 0 {
		out = append(out, p.NFTLocalChain())
	}
	if u.HasUsable && p.ExternallyAccessible() {
		out = append(out, p.NFTExternalChain())
	}
	if p.UsesFirewall() {
		out = append(out, p.NFTFirewallChain())
	}
	if p.AffinitySeconds > 0 {
		for _, ep := range u.All {
			out = append(out, p.NFTEndpointChain(ep.Address))
		}
	}
	return out
}

// followed compares where a chain leads to with the endpoints it should have.
func followed(t *testing.T, table *nftables.Table, p kubeproxy.ServicePort, chain string, want []kubeproxy.Endpoint) {
	t.Helper()
	shares := map[string]float64{}
	sharesOf(table.Follow(chain, netfilter.Packet{Destination: p.ClusterIP, Protocol: p.Protocol, DestPort: uint16(p.Number)}), shares)
	for _, ep := range want {
		if math.Abs(shares[ep.Address.String()]-1/float64(len(want))) > 1e-9 {
			t.Errorf("%s: %s gets %v of %d endpoints", chain, ep.Address, shares[ep.Address.String()], len(want))
		}
	}
	if len(shares) != len(want) {
		t.Errorf("%s leads to %v, want %d endpoints", chain, shares, len(want))
	}
}

// sharesOf sums the shares by destination. What has a condition is for clients that were
// here before.
func sharesOf(steps []nftables.Step, to map[string]float64) {
	for _, s := range steps {
		if len(s.Conditions) > 0 {
			continue
		}
		if at, ok := s.Destination(); ok {
			to[at.String()] += s.Share
		}
		sharesOf(s.Steps, to)
	}
}
