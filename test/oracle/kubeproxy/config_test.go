package kubeproxy

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	proxyconfig "k8s.io/kubernetes/pkg/proxy/apis/config"
	"k8s.io/kubernetes/pkg/proxy/apis/config/scheme"
	proxyutil "k8s.io/kubernetes/pkg/proxy/util"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// TestConfig decodes random files with kube-proxy's own decoder, which fills in defaults,
// and compares what ParseConfig makes of them. The defaults that kube-proxy sets after
// decoding, for Linux, are not exported; decoded has them.
func TestConfig(t *testing.T) {
	m := maker{rand.New(rand.NewPCG(*seed, 0))}
	for i := range 3000 {
		text := m.config()
		want, err := decoded(text)
		if err != nil {
			t.Fatalf("-seed %d, file %d: %v\n%s", *seed, i, err, text)
		}
		got, err := kubeproxy.ParseConfig(&corev1.ConfigMap{Data: map[string]string{"config.conf": text}})
		if err != nil {
			t.Fatalf("-seed %d, file %d: %v\n%s", *seed, i, err, text)
		}
		got.ClusterCIDRs = nil // a string in kube-proxy's own
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-seed %d, file %d: (-kube-proxy +ours)\n%s\n%s", *seed, i, diff, text)
		}
	}
}

func (m maker) config() string {
	lines := []string{"apiVersion: kubeproxy.config.k8s.io/v1alpha1", "kind: KubeProxyConfiguration"}
	add := func(format string, values ...any) {
		if m.chance(60) {
			lines = append(lines, fmt.Sprintf(format, values...))
		}
	}
	add("mode: %q", oneOf(m, "", "iptables", "nftables", "ipvs"))
	add("clusterCIDR: %q", oneOf(m, "", "10.244.0.0/16", "10.244.0.0/16,fd00::/48"))
	add("detectLocalMode: %q", oneOf(m, "", "ClusterCIDR", "NodeCIDR", "BridgeInterface", "InterfaceNamePrefix"))
	add("detectLocal: {bridgeInterface: br0, interfaceNamePrefix: veth}")
	addresses, _ := json.Marshal(m.some("127.0.0.0/8", "127.0.0.1/32", "10.0.0.0/24", "126.0.0.0/7", "fd00::/8", "::1/128", "::/0"))
	add("nodePortAddresses: %s", addresses)
	add("bindAddress: %q", oneOf(m, "", "0.0.0.0", "::", "10.0.0.1", "fd00::1"))
	add("metricsBindAddress: %q", oneOf(m, "", "127.0.0.1:10249", "0.0.0.0", "0.0.0.0:9000", "::", "[::]:9000", "10.0.0.1:10249", "fd00::1"))
	for _, section := range []string{"iptables", "nftables"} {
		lines = append(lines, section+":", "  syncPeriod: 1m")
		add("  masqueradeAll: %t", m.chance(50))
		add("  masqueradeBit: %s", oneOf(m, "null", "0", "14", "31"))
		if section == "iptables" {
			add("  localhostNodePorts: %s", oneOf(m, "null", "true", "false"))
		}
	}
	return strings.Join(lines, "\n")
}

// onNode is where a process on the node reaches what listens on all addresses.
func onNode(listens string) string {
	at := netip.MustParseAddrPort(listens)
	if at.Addr().IsUnspecified() {
		at = netip.AddrPortFrom(map[bool]netip.Addr{false: netip.MustParseAddr("127.0.0.1"), true: netip.IPv6Loopback()}[at.Addr().Is6()], at.Port())
	}
	return at.String()
}

// decoded is the configuration that kube-proxy would work with.
func decoded(text string) (kubeproxy.Config, error) {
	in := &proxyconfig.KubeProxyConfiguration{}
	if err := runtime.DecodeInto(scheme.Codecs.UniversalDecoder(), []byte(text), in); err != nil {
		return kubeproxy.Config{}, err
	}
	if in.Mode == "" {
		in.Mode = proxyconfig.ProxyModeIPTables
	}
	if in.DetectLocalMode == "" {
		in.DetectLocalMode = proxyconfig.LocalModeClusterCIDR
	}
	if in.Mode == proxyconfig.ProxyModeNFTables && len(in.NodePortAddresses) == 0 {
		in.NodePortAddresses = []string{proxyconfig.NodePortAddressesPrimary}
	}
	c := kubeproxy.Config{
		Mode:              string(in.Mode),
		DetectLocal:       string(in.DetectLocalMode),
		MasqueradeAll:     in.Linux.MasqueradeAll,
		MasqueradeBit:     int(*in.IPTables.MasqueradeBit),
		NodePortAddresses: in.NodePortAddresses,
		MetricsAddress:    onNode(in.MetricsBindAddress),
	}
	switch in.Mode {
	case proxyconfig.ProxyModeNFTables:
		c.MasqueradeBit = int(*in.NFTables.MasqueradeBit)
	case proxyconfig.ProxyModeIPTables:
		c.LocalhostNodePorts = *in.IPTables.LocalhostNodePorts &&
			proxyutil.NewNodePortAddresses(corev1.IPv4Protocol, in.NodePortAddresses).ContainsIPv4Loopback()
	}
	switch in.DetectLocalMode {
	case proxyconfig.LocalModeBridgeInterface:
		c.LocalInterface = in.DetectLocal.BridgeInterface
	case proxyconfig.LocalModeInterfaceNamePrefix:
		c.LocalInterface = in.DetectLocal.InterfaceNamePrefix
	}
	return c, nil
}
