package svcpath

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

func portNumber(n int32) string { return fmt.Sprint(n) }

// entries follows a connection to each address of the port: the clusterIP, the NodePort
// on the node, and those of spec.externalIPs and of the load balancer.
func (v *view) entries() {
	v.out.Entries = append(v.out.Entries, v.entry("clusterIP", v.p.ClusterIP, v.p.Number, v.p.InternalVerdict(v.used)))
	v.nodePorts()
	v.externalEntries()
}

// verdictNone is for an address that no rule is meant for.
const verdictNone kubeproxy.Verdict = "none"

// kindNodePort is the kind of an entry at the node's own address.
const kindNodePort = "nodePort"

// entry follows a connection to one address. Where nothing translates it, it goes on to
// what refuses.
func (v *view) entry(kind string, to netip.Addr, port int32, expected kubeproxy.Verdict) Entry {
	e := Entry{Kind: kind, Port: port, Expected: string(expected)}
	if to.IsValid() {
		e.Address = to.String()
	}
	if v.backend() == nil {
		return e
	}
	local := kind == kindNodePort
	way, refusals := v.backend().way(v.p, to, port, local), v.backend().refusals(v.p, to, port, local)
	e.Steps, e.Found = slices.Concat(way, refusals), found(way, refusals)
	if v.leadsElsewhere(to, port) {
		e.Found = foundOther
	}
	return e
}

// found says what becomes of a connection from outside of the cluster.
func found(way, refusals []Step) string {
	if reaches(way) {
		return string(kubeproxy.VerdictEndpoints)
	}
	for _, s := range refusals {
		switch s.Target {
		case "REJECT":
			return string(kubeproxy.VerdictReject)
		case "DROP":
			return string(kubeproxy.VerdictDrop)
		}
	}
	if anyEndpoint(way) {
		return string(kubeproxy.VerdictEndpoints)
	}
	return "none"
}

// reaches says whether a step leads to an endpoint whatever the source is. A client
// that was seen before (session affinity) is sent the same way as a new one.
func reaches(steps []Step) bool {
	for _, s := range steps {
		bySource := false
		for _, c := range s.Conditions {
			bySource = bySource || !c.affinity()
		}
		if !bySource && (s.leads() || reaches(s.Steps)) {
			return true
		}
	}
	return false
}

func anyEndpoint(steps []Step) bool {
	for _, s := range steps {
		if s.leads() || anyEndpoint(s.Steps) {
			return true
		}
	}
	return false
}
