package kubeproxy

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/kube-proxy/config/v1alpha1"
	netutils "k8s.io/utils/net"
	"sigs.k8s.io/yaml"
)

// Modes of kube-proxy on Linux.
const (
	ModeIPTables = "iptables"
	ModeNFTables = "nftables"
	ModeIPVS     = "ipvs"
)

// How kube-proxy tells connections of Pods from others, Config.DetectLocal.
const (
	DetectClusterCIDR         = "ClusterCIDR"
	DetectNodeCIDR            = "NodeCIDR"
	DetectBridgeInterface     = "BridgeInterface"
	DetectInterfaceNamePrefix = "InterfaceNamePrefix"
)

// Keywords among NodePortAddresses (pkg/proxy/apis/config/types.go).
const (
	// NodePortsPrimary stands for the node's own addresses, the first of each IP family in
	// its Node object.
	NodePortsPrimary   = "primary"
	nodePortsLocalhost = "localhost"
	nodePortsAll       = "all"
)

// ServesNodePorts says whether NodePorts answer at an address of a node, as
// NewNodePortAddresses in pkg/proxy/util/nodeport_addresses.go has it, after the keywords of
// expandNodePortAddressKeywords in cmd/kube-proxy/app/server.go: a list without anything of
// an IP family does not restrict that family. primary says that the address is the first of
// its family in the Node object.
func (c Config) ServesNodePorts(addr netip.Addr, primary bool) bool {
	restricted := false
	for _, word := range c.NodePortAddresses {
		serves, ours := false, true
		switch word {
		case nodePortsAll:
			serves = true
		case NodePortsPrimary:
			serves = primary
		case nodePortsLocalhost:
			serves = addr.IsLoopback()
		default:
			prefix, ok := parsePrefix(word)
			ours = ok && prefix.Addr().Is4() == addr.Is4()
			serves = ours && prefix.Contains(addr)
		}
		if serves {
			return true
		}
		restricted = restricted || ours
	}
	return !restricted
}

// Config is the part of kube-proxy's configuration that changes rules, with the defaults
// of kube-proxy filled in.
type Config struct {
	// Mode is one of the modes above, "" where it is unknown. ParseConfig passes on what
	// the file says, even if no kube-proxy would take it.
	Mode string

	// ClusterCIDRs are the ranges of the Pods. They matter for DetectClusterCIDR only, and
	// of each IP family only the first.
	ClusterCIDRs []netip.Prefix
	DetectLocal  string
	// LocalInterface is the bridge or the prefix of names for the modes that go by those.
	LocalInterface string

	MasqueradeAll bool
	MasqueradeBit int // the mark is 1 << MasqueradeBit

	// NodePortAddresses are CIDRs and keywords; empty means all addresses of the node.
	// It does for one IP family too if the list has only CIDRs of the other.
	NodePortAddresses []string
	// MetricsAddress is where a process on the node finds /proxyMode, as ADDRESS:PORT, ""
	// where that cannot be told of the metricsBindAddress.
	MetricsAddress string
	// LocalhostNodePorts is whether NodePorts answer at 127.0.0.1, which needs the
	// iptables mode and NodePortAddresses that include it. They never do at ::1.
	LocalhostNodePorts bool
}

// MasqueradeMark is the mark of packets that get the node's address as their source.
func (c Config) MasqueradeMark() uint32 { return 1 << uint(c.MasqueradeBit) }

// configKeys are the keys that hold the file: kubeadm's (cmd/kubeadm/app/constants), and
// that of EKS.
var configKeys = []string{"config.conf", "config"}

// ParseConfig reads kube-proxy's ConfigMap. It says what the file says: the process may
// have been started with an older one. Fields that are unknown are left aside, since
// kube-proxy may be newer than this; a field of the wrong type is an error.
//
// The defaults are those of pkg/proxy/apis/config/v1alpha1/defaults.go and of
// platformApplyDefaults in cmd/kube-proxy/app/server_linux.go. No mode means iptables
// there in every version from 1.29 to 1.37.
func ParseConfig(cm *corev1.ConfigMap) (Config, error) {
	if cm == nil {
		return Config{}, errors.New("no ConfigMap")
	}
	key, err := configKey(cm)
	if err != nil {
		return Config{}, fmt.Errorf("configmap %s/%s: %w", cm.Namespace, cm.Name, err)
	}
	c, err := parseConfig(cm.Data[key])
	if err != nil {
		return Config{}, fmt.Errorf("configmap %s/%s, key %s: %w", cm.Namespace, cm.Name, key, err)
	}
	return c, nil
}

func configKey(cm *corev1.ConfigMap) (string, error) {
	for _, key := range configKeys {
		if _, ok := cm.Data[key]; ok {
			return key, nil
		}
	}
	if len(cm.Data) == 0 {
		return "", fmt.Errorf("no key %s: it has no keys", configKeys[0])
	}
	return "", fmt.Errorf("no key %s; its keys: %s", configKeys[0], strings.Join(slices.Sorted(maps.Keys(cm.Data)), ", "))
}

func parseConfig(text string) (Config, error) {
	var in v1alpha1.KubeProxyConfiguration
	if err := yaml.Unmarshal([]byte(text), &in); err != nil {
		return Config{}, err
	}
	group, _, _ := strings.Cut(in.APIVersion, "/")
	if group != v1alpha1.GroupName || in.Kind != "KubeProxyConfiguration" {
		return Config{}, fmt.Errorf("apiVersion %q kind %q is not a KubeProxyConfiguration of %s", in.APIVersion, in.Kind, v1alpha1.GroupName)
	}
	cidrs, err := clusterCIDRs(in.ClusterCIDR)
	if err != nil {
		return Config{}, err
	}
	c := Config{
		Mode:              orDefault(string(in.Mode), ModeIPTables),
		ClusterCIDRs:      cidrs,
		DetectLocal:       orDefault(string(in.DetectLocalMode), DetectClusterCIDR),
		MasqueradeAll:     in.IPTables.MasqueradeAll,
		MasqueradeBit:     int(valueOr(in.IPTables.MasqueradeBit, defaultMasqueradeBit)),
		NodePortAddresses: in.NodePortAddresses,
		MetricsAddress:    metricsAddress(in.MetricsBindAddress, in.BindAddress),
	}
	if c.Mode == ModeNFTables {
		c.applyNFTables(in)
	}
	if c.Mode == ModeIPTables {
		c.LocalhostNodePorts = valueOr(in.IPTables.LocalhostNodePorts, true) && includeLoopback(c.NodePortAddresses)
	}
	switch c.DetectLocal {
	case DetectBridgeInterface:
		c.LocalInterface = in.DetectLocal.BridgeInterface
	case DetectInterfaceNamePrefix:
		c.LocalInterface = in.DetectLocal.InterfaceNamePrefix
	}
	return c, c.check()
}

const defaultMasqueradeBit = 14

// applyNFTables: that mode has its own section of the file and another default for
// NodePorts. The ipvs mode shares the section of iptables.
func (c *Config) applyNFTables(in v1alpha1.KubeProxyConfiguration) {
	c.MasqueradeAll = in.NFTables.MasqueradeAll
	c.MasqueradeBit = int(valueOr(in.NFTables.MasqueradeBit, defaultMasqueradeBit))
	if len(c.NodePortAddresses) == 0 {
		c.NodePortAddresses = []string{NodePortsPrimary}
	}
}

// check has the one limit whose breach would make MasqueradeMark nonsense
// (pkg/proxy/apis/config/validation).
func (c Config) check() error {
	if c.MasqueradeBit < 0 || c.MasqueradeBit > 31 {
		return fmt.Errorf("masqueradeBit %d is not within 0 to 31", c.MasqueradeBit)
	}
	return nil
}

func clusterCIDRs(list string) ([]netip.Prefix, error) {
	if strings.TrimSpace(list) == "" {
		return nil, nil
	}
	var cidrs []netip.Prefix
	for _, s := range strings.Split(list, ",") {
		prefix, ok := parsePrefix(s)
		if !ok {
			return nil, fmt.Errorf("clusterCIDR: %q is not a CIDR", strings.TrimSpace(s))
		}
		cidrs = append(cidrs, prefix)
	}
	return cidrs, nil
}

// includeLoopback follows NewNodePortAddresses in pkg/proxy/util/nodeport_addresses.go for
// IPv4, after the keywords of expandNodePortAddressKeywords in cmd/kube-proxy/app/server.go.
func includeLoopback(addresses []string) bool {
	ours := false
	for _, s := range addresses {
		switch {
		case s == nodePortsAll || s == nodePortsLocalhost:
			return true
		case s == NodePortsPrimary:
			ours = true
		case netutils.IsIPv4CIDRString(s):
			ours = true
			if prefix, _ := parsePrefix(s); prefix.Addr().IsLoopback() || prefix.Contains(netip.AddrFrom4([4]byte{127})) {
				return true
			}
		}
	}
	return !ours
}

func orDefault(s, unset string) string {
	if s == "" {
		return unset
	}
	return s
}
