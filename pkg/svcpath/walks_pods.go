package svcpath

import (
	"context"
	"fmt"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Rules tell Pods from others by their addresses: kube-proxy's by the range of its
// configuration or of its Node (cmd/kube-proxy/app/server_linux.go getLocalDetectors),
// those of others by sets. Where an address plugin gives addresses of its own ranges,
// spec.podCIDRs of the Node is empty, or names a range that no Pod is in. Then a Pod that
// there is stands for any Pod.

// podAddresses are those of a Pod on its own network that may send; none of others.
func podAddresses(pod *corev1.Pod) []netip.Addr {
	if pod.Spec.HostNetwork || pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed {
		return nil
	}
	var out []netip.Addr
	for _, have := range pod.Status.PodIPs {
		if addr, err := netip.ParseAddr(have.IP); err == nil {
			out = append(out, addr)
		}
	}
	return out
}

// addressesOn are those of the Pods of a node that are known, in the family of another one.
func addressesOn(s *snapshot.Snapshot, name string, like netip.Addr) []netip.Addr {
	var out []netip.Addr
	for i := range s.Pods {
		if s.Pods[i].Spec.NodeName != name {
			continue
		}
		for _, addr := range podAddresses(&s.Pods[i]) {
			if addr.Is4() == like.Is4() {
				out = append(out, addr)
			}
		}
	}
	return out
}

// podCIDRs are the ranges that the Pods of a node have their addresses of, in the family of
// another one, as far as the Node says so and no Pod that is known contradicts it.
func podCIDRs(s *snapshot.Snapshot, name string, like netip.Addr) []netip.Prefix {
	n := s.Node(name)
	if n == nil {
		return nil
	}
	var out []netip.Prefix
	for _, text := range n.Spec.PodCIDRs {
		if prefix, err := netip.ParsePrefix(text); err == nil && prefix.Addr().Is4() == like.Is4() {
			out = append(out, prefix)
		}
	}
	for _, addr := range addressesOn(s, name, like) {
		if !slices.ContainsFunc(out, func(p netip.Prefix) bool { return p.Contains(addr) }) {
			return nil
		}
	}
	return out
}

// anyPod is the address of a Pod of the node that is no endpoint of the Service, in the
// family of another address; invalid where none is known. An endpoint is another client:
// what it sends to itself is masqueraded.
func anyPod(s *snapshot.Snapshot, svc *corev1.Service, name string, like netip.Addr) netip.Addr {
	endpoints := map[netip.Addr]bool{}
	for _, p := range kubeproxy.ServicePorts(svc) {
		for _, ep := range kubeproxy.Endpoints(p, s.SlicesOf(svc.Namespace, svc.Name)) {
			endpoints[ep.Address.Addr()] = true
		}
	}
	for _, addr := range addressesOn(s, name, like) {
		if !endpoints[addr] {
			return addr
		}
	}
	return netip.Addr{}
}

// maxNodePods bounds the Pods of a node among which one is looked for that is no endpoint.
const maxNodePods = 250

// nodePods reads a Pod of the node that can stand for any, where the Node does not tell
// which addresses its Pods have.
func (g *gathering) nodePods(ctx context.Context, svc *corev1.Service, name string) {
	if len(g.Ways) == 0 || g.req.From.given() {
		return
	}
	lacking := g.lackingPods(svc, name)
	if lacking == nil {
		return
	}
	list, err := g.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("spec.nodeName", name).String(), Limit: maxNodePods,
	})
	if err != nil {
		if g.req.Walks {
			g.missing(err, "list pods in all namespaces", "pods")
		}
		return
	}
	for i := range list.Items {
		one := list.Items[i : i+1]
		of := &snapshot.Snapshot{Pods: one, EndpointSlices: g.s.EndpointSlices}
		for j, like := range lacking {
			if like.IsValid() && anyPod(of, svc, name, like).IsValid() {
				g.keep(one)
				lacking[j] = netip.Addr{}
			}
		}
	}
}

// lackingPods are the addresses of the Service's ports in whose family neither a range nor a Pod of
// the node is known.
func (g *gathering) lackingPods(svc *corev1.Service, name string) []netip.Addr {
	var lacking []netip.Addr
	for _, p := range kubeproxy.ServicePorts(svc) {
		if podCIDRs(g.s, name, p.ClusterIP) == nil && !anyPod(g.s, svc, name, p.ClusterIP).IsValid() {
			lacking = append(lacking, p.ClusterIP)
		}
	}
	return lacking
}

// podClient says by which address or ranges any Pod of the node is walked, and notes where
// neither is known.
func (a *analysis) podClient(like netip.Addr) (addr netip.Addr, ranges []netip.Prefix) {
	name := a.path.Node.Name
	if ranges = podCIDRs(a.s, name, like); ranges != nil || a.path.Client != nil {
		return netip.Addr{}, ranges
	}
	if addr = anyPod(a.s, a.svc, name, like); !addr.IsValid() {
		a.path.WalkNotes = add(a.path.WalkNotes, fmt.Sprintf(
			"the Node %s does not say which addresses its Pods have, and no Pod there that is no endpoint is known: an address of the range that the rules name stands for one", name))
	}
	return addr, nil
}
