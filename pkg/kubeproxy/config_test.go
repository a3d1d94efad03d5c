package kubeproxy

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const configHead = "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n"

func configMap(data map[string]string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: "kube-system", Name: "kube-proxy"}, Data: data}
}

func TestParseConfig(t *testing.T) {
	plain := Config{Mode: "iptables", DetectLocal: "ClusterCIDR", MasqueradeBit: 14, LocalhostNodePorts: true, MetricsAddress: "127.0.0.1:10249"}
	with := func(change func(*Config)) Config {
		c := plain
		change(&c)
		return c
	}
	for _, tt := range []struct {
		name, text string
		want       Config
	}{
		{"defaults", "", plain},
		{"empty mode", `mode: ""`, plain},
		{"null fields, as kubeadm writes them", "iptables: {localhostNodePorts: null, masqueradeBit: null}\nnodePortAddresses: null", plain},
		{"field of a newer version", "quantum: {entangled: true}\niptables: {spin: up}", plain},
		{"ranges", `clusterCIDR: "10.244.0.0/16, fd00:1::/56"`, with(func(c *Config) {
			c.ClusterCIDRs = []netip.Prefix{netip.MustParsePrefix("10.244.0.0/16"), netip.MustParsePrefix("fd00:1::/56")}
		})},
		{"iptables", "iptables: {masqueradeAll: true, masqueradeBit: 5, localhostNodePorts: false}\nnftables: {masqueradeBit: 6}",
			with(func(c *Config) { c.MasqueradeAll, c.MasqueradeBit, c.LocalhostNodePorts = true, 5, false })},
		{"ipvs", "mode: ipvs\niptables: {masqueradeAll: true, masqueradeBit: 5}",
			with(func(c *Config) {
				c.Mode, c.MasqueradeAll, c.MasqueradeBit, c.LocalhostNodePorts = "ipvs", true, 5, false
			})},
		{"nftables", "mode: nftables\niptables: {masqueradeAll: true, masqueradeBit: 5}\nnftables: {masqueradeBit: 6}",
			with(func(c *Config) {
				c.Mode, c.MasqueradeBit, c.LocalhostNodePorts = "nftables", 6, false
				c.NodePortAddresses = []string{"primary"}
			})},
		{"node ports elsewhere", "nodePortAddresses: [10.0.0.0/8]",
			with(func(c *Config) { c.NodePortAddresses, c.LocalhostNodePorts = []string{"10.0.0.0/8"}, false })},
		{"bridge", "detectLocalMode: BridgeInterface\ndetectLocal: {bridgeInterface: br0, interfaceNamePrefix: x}",
			with(func(c *Config) { c.DetectLocal, c.LocalInterface = "BridgeInterface", "br0" })},
		{"prefix", "detectLocalMode: InterfaceNamePrefix\ndetectLocal: {bridgeInterface: br0, interfaceNamePrefix: x}",
			with(func(c *Config) { c.DetectLocal, c.LocalInterface = "InterfaceNamePrefix", "x" })},
		{"node's range", "detectLocalMode: NodeCIDR", with(func(c *Config) { c.DetectLocal = "NodeCIDR" })},
		{"metrics on all addresses", "metricsBindAddress: 0.0.0.0:10250", with(func(c *Config) { c.MetricsAddress = "127.0.0.1:10250" })},
		{"metrics without a port", "metricsBindAddress: 10.0.0.1", with(func(c *Config) { c.MetricsAddress = "10.0.0.1:10249" })},
		{"metrics of IPv6", "bindAddress: '::'", with(func(c *Config) { c.MetricsAddress = "[::1]:10249" })},
		{"metrics on all addresses of IPv6", "metricsBindAddress: '[::]:1'", with(func(c *Config) { c.MetricsAddress = "[::1]:1" })},
		{"metrics nowhere", "metricsBindAddress: a;b", with(func(c *Config) { c.MetricsAddress = "" })},
		{"mode of another system", "mode: kernelspace", with(func(c *Config) { c.Mode, c.LocalhostNodePorts = "kernelspace", false })},
	} {
		got, err := ParseConfig(configMap(map[string]string{"config.conf": configHead + tt.text, "kubeconfig.conf": "x"}))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, got, comparePrefix); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", tt.name, diff)
		}
	}
}

func TestParseConfigOfEKS(t *testing.T) {
	got, err := ParseConfig(configMap(map[string]string{"config": configHead + "mode: ipvs"}))
	if err != nil || got.Mode != "ipvs" {
		t.Errorf("got mode %q, error %v", got.Mode, err)
	}
}

func TestParseConfigErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		cm   *corev1.ConfigMap
		want []string // parts of the message
	}{
		{"nil", nil, []string{"no ConfigMap"}},
		{"empty", configMap(nil), []string{"kube-system/kube-proxy", "config.conf", "no keys"}},
		{"other keys", configMap(map[string]string{"b": "", "a": ""}), []string{"config.conf", "a, b"}},
		{"not YAML", configText("mode: [\n"), []string{"kube-system/kube-proxy, key config.conf", "line"}},
		{"not a map", configMap(map[string]string{"config.conf": "- a"}), []string{"config.conf", "array"}},
		{"wrong type", configText("iptables: {masqueradeBit: many}"), []string{"masqueradeBit", "string"}},
		{"nothing", configMap(map[string]string{"config.conf": ""}), []string{"KubeProxyConfiguration"}},
		{"other kind", configMap(map[string]string{"config.conf": "apiVersion: v1\nkind: Pod"}), []string{`"v1"`, `"Pod"`}},
		{"range", configText("clusterCIDR: 10.244.0.0/16,pods"), []string{"clusterCIDR", `"pods"`}},
		{"bit", configText("iptables: {masqueradeBit: 32}"), []string{"masqueradeBit 32"}},
	} {
		_, err := ParseConfig(tt.cm)
		for _, part := range tt.want {
			if err == nil || !strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error %v does not say %q", tt.name, err, part)
			}
		}
	}
}

func configText(text string) *corev1.ConfigMap {
	return configMap(map[string]string{"config.conf": configHead + text})
}

func TestLocalhostNodePorts(t *testing.T) {
	for addresses, want := range map[string]bool{
		"[]": true, "[all]": true, "[localhost]": true, "[primary]": false, "[primary, localhost]": true,
		"[0.0.0.0/0]": true, "[10.0.0.0/8]": false, "[127.0.0.1/32]": true, "[10.0.0.0/8, 127.0.0.0/8]": true,
		`["fd00::/8"]`: true, `["fd00::/8", 10.0.0.0/8]`: false, `["::1/128"]`: true,
	} {
		c, err := ParseConfig(configText("nodePortAddresses: " + addresses))
		if err != nil || c.LocalhostNodePorts != want {
			t.Errorf("%s: got %t, want %t (%v)", addresses, c.LocalhostNodePorts, want, err)
		}
	}
}

func TestMasqueradeMark(t *testing.T) {
	if got := (Config{MasqueradeBit: 14}).MasqueradeMark(); got != 0x4000 {
		t.Errorf("got %#x, want 0x4000", got)
	}
}

// TestServesNodePorts follows pkg/proxy/util/nodeport_addresses_test.go: without anything of
// its family an address is served.
func TestServesNodePorts(t *testing.T) {
	for _, c := range []struct {
		list    []string
		address string
		primary bool
		want    bool
	}{
		{nil, "10.0.2.3", false, true},
		{[]string{"10.0.2.192/27"}, "10.0.2.203", false, true},
		{[]string{"10.0.2.192/27"}, "10.0.2.3", true, false},
		{[]string{"10.0.2.192/27"}, "fd00:10::3", true, true},
		{[]string{"10.0.2.192/27", "fd00:20::/64"}, "fd00:10::3", true, false},
		{[]string{"10.0.2.192/27", "0.0.0.0/0"}, "10.0.2.3", true, true},
		{[]string{"primary"}, "10.0.2.3", true, true},
		{[]string{"primary"}, "10.0.2.203", false, false},
		{[]string{"localhost"}, "10.0.2.3", true, false},
		{[]string{"localhost", "all"}, "10.0.2.3", false, true},
	} {
		config := Config{NodePortAddresses: c.list}
		if got := config.ServesNodePorts(netip.MustParseAddr(c.address), c.primary); got != c.want {
			t.Errorf("%v serves %s (primary %v): %v", c.list, c.address, c.primary, got)
		}
	}
}
