package kubeproxy

import (
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// tally counts what the random objects led to, since a comparison of nothing but easy
// cases proves little.
type tally struct {
	ports, endpoints                      int
	internal, external                    map[kubeproxy.Verdict]int
	topology                              map[string]int
	terminating, localTerminating, walled int
}

func (n *tally) count(p kubeproxy.ServicePort, u kubeproxy.Used) {
	if n.internal == nil {
		n.internal, n.external, n.topology = map[kubeproxy.Verdict]int{}, map[kubeproxy.Verdict]int{}, map[string]int{}
	}
	n.ports++
	n.endpoints += len(u.All) + len(u.Unused)
	n.internal[p.InternalVerdict(u)]++
	n.external[p.ExternalVerdict(u)]++
	n.topology[u.Topology]++
	for to, is := range map[*int]bool{&n.terminating: u.TerminatingOnly, &n.localTerminating: u.LocalTerminatingOnly, &n.walled: p.UsesFirewall() && u.HasUsable} {
		if is {
			*to++
		}
	}
}

// report fails if some case hardly came up.
func (n *tally) report(t *testing.T) {
	t.Logf("%d service ports, %d endpoints; clusterIP %v, external %v, topology %v, terminating only %d and locally %d, source ranges %d",
		n.ports, n.endpoints, n.internal, n.external, n.topology, n.terminating, n.localTerminating, n.walled)
	rare := n.ports / 200
	for what, count := range map[string]int{
		"clusterIP endpoints": n.internal["endpoints"], "clusterIP reject": n.internal["reject"], "clusterIP drop": n.internal["drop"],
		"external endpoints": n.external["endpoints"], "external reject": n.external["reject"], "external drop": n.external["drop"],
		"not external": n.external[""], "same zone": n.topology["PreferSameZone"], "same node": n.topology["PreferSameNode"],
		"terminating only": n.terminating, "terminating only, locally": n.localTerminating, "source ranges": n.walled,
	} {
		if count <= rare {
			t.Errorf("%s: only %d of %d service ports", what, count, n.ports)
		}
	}
}
