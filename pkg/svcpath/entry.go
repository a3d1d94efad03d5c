package svcpath

import (
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

func portNumber(n int32) string { return fmt.Sprint(n) }

// entries follows a connection to each address of the port: the clusterIP, the NodePort
// on the node, and those of spec.externalIPs and of the load balancer.
func (v *view) entries() {
	v.out.Entries = append(v.out.Entries, v.entry("clusterIP", v.p.ClusterIP, v.p.Number, v.p.InternalVerdict(v.used)))
	if v.p.NodePort != 0 {
		address, expected := v.nodeAddress(), v.p.ExternalVerdict(v.used)
		if !v.servesNodePorts(address) {
			expected = verdictNone
		}
		v.out.Entries = append(v.out.Entries, v.entry(kindNodePort, address, v.p.NodePort, expected))
	}
	v.externalEntries()
}

// verdictNone is for an address that no rule is meant for.
const verdictNone kubeproxy.Verdict = "none"

// servesNodePorts says whether kube-proxy's nodePortAddresses include the node's
// address. "primary" is the address that the Node object reports.
func (v *view) servesNodePorts(address netip.Addr) bool {
	if len(v.config.NodePortAddresses) == 0 || !address.IsValid() {
		return true
	}
	for _, word := range v.config.NodePortAddresses {
		prefix, err := netip.ParsePrefix(word)
		if word == kubeproxy.NodePortsPrimary || err == nil && prefix.Contains(address) {
			return true
		}
	}
	return false
}

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
	if v.leadsElsewhere(way) {
		e.Found = foundOther
	}
	return e
}

// nodeAddress is the node's own address in the port's family, invalid where it is
// not known.
func (v *view) nodeAddress() netip.Addr {
	n := v.s.Node(v.info.Name)
	if n == nil {
		return netip.Addr{}
	}
	for _, have := range n.Status.Addresses {
		addr, err := netip.ParseAddr(have.Address)
		if have.Type == corev1.NodeInternalIP && err == nil && addr.Is4() == (v.family() == 4) {
			return addr
		}
	}
	return netip.Addr{}
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
