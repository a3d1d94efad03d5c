package svcpath

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// nodeAddresses are the addresses that a node has itself, as far as its object says: an
// external one is often another machine's, which translates it.
func nodeAddresses(n *corev1.Node) []netip.Addr {
	if n == nil {
		return nil
	}
	var out []netip.Addr
	for _, have := range n.Status.Addresses {
		if addr, err := netip.ParseAddr(have.Address); err == nil && have.Type == corev1.NodeInternalIP {
			out = append(out, addr)
		}
	}
	return out
}

// like are the addresses of the IP family that another one has.
func like(other netip.Addr, list []netip.Addr) []netip.Addr {
	return slices.DeleteFunc(slices.Clone(list), func(addr netip.Addr) bool { return addr.Is4() != other.Is4() })
}
