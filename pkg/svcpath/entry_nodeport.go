package svcpath

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// nodePorts follows a connection to the NodePort at each address that the node's object
// has, and at those that kube-proxy found on the node by its nodePortAddresses.
func (v *view) nodePorts() {
	if v.p.NodePort == 0 {
		return
	}
	own := like(v.p.ClusterIP, nodeAddresses(v.s.Node(v.info.Name)))
	if len(own) == 0 {
		v.out.Entries = append(v.out.Entries, v.entry(kindNodePort, netip.Addr{}, v.p.NodePort, v.p.ExternalVerdict(v.used)))
		return
	}
	served := v.nodePortAddresses()
	var left []string
	for i, to := range slices.Concat(own, others(served, own)) {
		expected := v.p.ExternalVerdict(v.used)
		if !v.config.ServesNodePorts(to, i == 0) {
			expected, left = verdictNone, append(left, to.String())
		}
		v.out.Entries = append(v.out.Entries, v.entry(kindNodePort, to, v.p.NodePort, expected))
	}
	if left != nil {
		v.nodePortsLeft(left, served)
	}
}

// nodePortAddresses are the addresses that the node's rules serve NodePorts at, where they
// name them and were read.
func (v *view) nodePortAddresses() []netip.Addr {
	if v.backend() == nil {
		return nil
	}
	return v.backend().nodePortAddresses()
}

func others(list, drop []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(list), func(addr netip.Addr) bool { return slices.Contains(drop, addr) })
}

// nodePortsLeft words that an address of the node does not answer at the NodePort.
func (v *view) nodePortsLeft(left []string, served []netip.Addr) {
	f := explain.Finding{
		Code: explain.NodePortAddressLeftOut, Severity: explain.Warning, Proof: explain.ProofComputed, Args: v.args(
			"nodePort", portNumber(v.p.NodePort), "addresses", strings.Join(left, ", "), "configured", strings.Join(v.config.NodePortAddresses, ", ")),
		Evidence: []explain.Evidence{{Where: "ConfigMap " + proxyNamespace + "/" + proxyConfigMap, What: "nodePortAddresses: " + strings.Join(v.config.NodePortAddresses, ", ")}},
		Next:     []string{"kubectl -n " + proxyNamespace + " get configmap " + proxyConfigMap + " -o yaml"},
	}
	if served != nil {
		var words []string
		for _, addr := range served {
			words = append(words, addr.String())
		}
		f.Evidence = append(f.Evidence, explain.Evidence{Where: v.where(v.backend().dispatch(true)), What: "rules serve NodePorts at " + strings.Join(words, ", ")})
	}
	v.find(f)
}
