package kubeproxy

import (
	"net"
	"net/netip"
	"strings"

	netutils "k8s.io/utils/net"
)

// statusPort is where kube-proxy serves /proxyMode, if its configuration names no other
// port (pkg/cluster/ports).
const statusPort = "10249"

// metricsAddress is where a process on the node finds what is bound to an address, "" where
// that cannot be told. The defaults are those of getDefaultAddresses in
// pkg/proxy/apis/config/v1alpha1/defaults.go.
func metricsAddress(metrics, bind string) string {
	loopback := map[bool]string{false: "127.0.0.1", true: "::1"}
	if metrics == "" {
		return net.JoinHostPort(loopback[netutils.IsIPv6String(bind)], statusPort)
	}
	host, port, err := net.SplitHostPort(metrics)
	if err != nil {
		host, port = strings.Trim(metrics, "[]"), statusPort
	}
	addr, err := netip.ParseAddr(host)
	switch {
	case host == "":
		host = loopback[false]
	case err != nil:
		return ""
	case addr.IsUnspecified():
		host = loopback[addr.Is6()]
	}
	return net.JoinHostPort(host, port)
}
