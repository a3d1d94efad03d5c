package kubeproxy

import (
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// walks is how many sets of random objects are walked, each for both families and both
// kinds of rules.
const walks = 60

// TestWalk has the real proxiers program random Services into fakes, takes what those
// print, and walks packets of all kinds of clients to every address of every Service.
// What becomes of them must be what the Service's fields promise.
func TestWalk(t *testing.T) {
	packets := map[string]int{}
	for batch := range walks {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(1000+batch)))}
		w := world{node: kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...), Zone: oneOf(m, append(zoneNames, "")...)}}
		for i := range servicesPerBatch {
			w.services = append(w.services, m.service(i))
			w.slices = append(w.slices, m.slices(w.services[i])...)
		}
		w.nodePortAddresses = oneOf(m, nil, []string{"10.0.0.0/24", "fd00::/64"})
		w.localhost = w.nodePortAddresses == nil && m.chance(50)
		w.masqueradeAll, w.anyPod = m.chance(20), m.chance(20)
		for _, w.family = range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			saved := w.iptables(t)
			for _, rules := range []struct{ backend, text string }{
				{"iptables", saved}, {"iptables", withoutBuiltin(saved)}, {"nftables", w.nftables(t).Dump()},
			} {
				held{t, w, rules.backend, read(t, rules.text), fmt.Sprintf("-seed %d, batch %d", *seed, batch), packets}.all()
				if t.Failed() {
					t.FailNow()
				}
			}
		}
	}
	t.Logf("packets by what became of them: %v", packets)
	for _, kind := range []string{"DNAT", "REJECT", "DROP"} {
		for _, backend := range []string{"iptables", "nftables"} {
			if packets[backend+" "+kind] < 500 {
				t.Errorf("%s %s came up %d times", backend, kind, packets[backend+" "+kind])
			}
		}
	}
}

// withoutBuiltin leaves the built-in chains out, as what a proxier gives to iptables-restore
// does.
func withoutBuiltin(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		chain, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(line, "-A "), ":"), " ")
		if strings.HasPrefix(line, "-A ") && strings.ToUpper(chain) == chain && !strings.HasPrefix(chain, "KUBE-") || strings.HasPrefix(line, ":") && !strings.HasPrefix(chain, "KUBE-") {
			continue
		}
		out.WriteString(line)
	}
	return out.String()
}

func read(t *testing.T, text string) *walk.Rules {
	t.Helper()
	rules, err := walk.Read([]walk.File{{Name: "rules", Text: text}})
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return rules
}

// held is one text of rules that is held against the model.
type held struct {
	t       *testing.T
	w       world
	backend string
	rules   *walk.Rules
	where   string
	packets map[string]int
}

func (h held) all() {
	claimed := map[string]int{}
	for _, p := range h.ports() {
		for _, d := range destinationsOf(h.w, p) {
			claimed[d.to.String()+protocolOf(d, p)]++
		}
	}
	for _, p := range h.ports() {
		u := kubeproxy.UsedEndpoints(p, kubeproxy.Endpoints(p, h.w.slices), h.w.node)
		hairpin := h.hairpin(u.All)
		for _, d := range destinationsOf(h.w, p) {
			shared := d.kind == "wrongPort" || d.kind == "unallocated" // which no Service takes
			if claimed[d.to.String()+protocolOf(d, p)] > 1 && !shared || shared && h.backend == "ipvs" || d.kind == "healthCheck" && h.backend == "ipvs" || d.kind == "localhost" && h.backend != "iptables" {
				continue
			}
			for _, c := range clientsOf(h.w.family, hairpin) {
				switch {
				case d.kind == "localhost" && c.kind != fromNode:
					continue
				case d.kind == "localhost":
					c.source = d.to.Addr() // what the kernel takes as source
				}
				h.one(model{p, u, h.backend == "nftables", h.w}, c, d)
			}
		}
	}
}

// hairpin is the address of an endpoint that can reach itself through this node: it is
// there, and nowhere else.
func (h held) hairpin(all []kubeproxy.Endpoint) netip.Addr {
	elsewhere := map[netip.Addr]bool{}
	for _, ep := range all {
		elsewhere[ep.Address.Addr()] = elsewhere[ep.Address.Addr()] || ep.NodeName != h.w.node.Name
	}
	for _, ep := range all {
		if !elsewhere[ep.Address.Addr()] {
			return ep.Address.Addr()
		}
	}
	return netip.Addr{}
}

func (h held) ports() []kubeproxy.ServicePort {
	var out []kubeproxy.ServicePort
	for _, svc := range h.w.services {
		for _, p := range kubeproxy.ServicePorts(svc) {
			if !other(p, h.w.family) {
				out = append(out, p)
			}
		}
	}
	return out
}

// protocolOf is the Service's; the health check is of TCP whatever that is.
func protocolOf(d destination, p kubeproxy.ServicePort) string {
	if d.kind == "healthCheck" {
		return "tcp"
	}
	return p.Protocol
}

func (h held) one(m model, c walkClient, d destination) {
	answer, err := walk.Analyze(h.rules, walk.Request{
		To: d.to, Protocol: protocolOf(d, m.p), From: c.source, NodeIPs: []netip.Addr{netip.MustParseAddr(nodeIPs[h.w.family])},
	})
	if err != nil {
		h.t.Fatal(err)
	}
	got := answer.Walks[0]
	found := ending{Verdict: string(got.Verdict)}
	for _, e := range got.Endpoints {
		if found.Endpoints == nil {
			found.Endpoints = map[string]bool{}
		}
		found.Endpoints[e.Address] = e.Masquerade
		if math.Abs(e.Share-1/float64(len(got.Endpoints))) > 1e-6 {
			h.t.Errorf("share %v of %d", e.Share, len(got.Endpoints))
		}
	}
	want := m.ending(c, d)
	if h.backend == "ipvs" {
		want = m.ipvsEnding(c, d)
	}
	if diff := cmp.Diff(want, found); diff != "" {
		h.t.Errorf("%s, %s, %s: from %s (%s) to %s %s/%s of %s: (-the Service +the walk)\n%s%v\n%v", h.where, h.backend, h.w.family,
			c.kind, c.source, d.kind, d.to, m.p.Protocol, m.p, diff, got.DependsOn, got.Rules)
	}
	h.packets[h.backend+" "+want.Verdict]++
}
