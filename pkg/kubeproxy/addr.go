package kubeproxy

import (
	"net/netip"
	"strings"

	corev1 "k8s.io/api/core/v1"
	netutils "k8s.io/utils/net"
)

// parseAddr takes what kube-proxy takes, which is more than net/netip does: old objects
// may have leading zeros (k8s.io/utils/net ParseIPSloppy).
func parseAddr(s string) (netip.Addr, bool) {
	addr, ok := netip.AddrFromSlice(netutils.ParseIPSloppy(s))
	return addr.Unmap(), ok
}

// parsePrefix is parseAddr for a range; its host bits are cleared.
func parsePrefix(s string) (netip.Prefix, bool) {
	_, ipnet, err := netutils.ParseCIDRSloppy(strings.TrimSpace(s))
	if err != nil {
		return netip.Prefix{}, false
	}
	addr, ok := netip.AddrFromSlice(ipnet.IP)
	ones, _ := ipnet.Mask.Size()
	return netip.PrefixFrom(addr, ones), ok
}

func familyOf(addr netip.Addr) corev1.IPFamily {
	if addr.Is4() {
		return corev1.IPv4Protocol
	}
	return corev1.IPv6Protocol
}

// addrsOf keeps the addresses of one family and drops what is none.
func addrsOf(family corev1.IPFamily, ips []string) []netip.Addr {
	var addrs []netip.Addr
	for _, s := range ips {
		addr, ok := parseAddr(s)
		if ok && familyOf(addr) == family {
			addrs = append(addrs, addr)
		}
	}
	return addrs
}
