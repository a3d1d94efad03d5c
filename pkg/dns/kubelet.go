package dns

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Kubelet is what the kubelet of a node is told about DNS.
type Kubelet struct {
	ClusterDNS    []string `json:"clusterDNS,omitempty"`
	ClusterDomain string   `json:"clusterDomain,omitempty"`
	// ResolvConf is the text of the node's file (--resolv-conf), null where it is not
	// known. A kubelet that is told to use none has NoResolvConf instead.
	ResolvConf   *string  `json:"resolvConf,omitempty"`
	NoResolvConf bool     `json:"noResolvConf,omitempty"`
	NodeIPs      []string `json:"nodeIPs,omitempty"`
	// From is where this was read, NodeFile the path of the node's file.
	From     string `json:"from,omitempty"`
	NodeFile string `json:"nodeFile,omitempty"`
}

// Origin says where an entry of a Pod's resolv.conf comes from.
type Origin string

// The origins.
const (
	FromClusterDNS Origin = "clusterDNS of the kubelet"
	FromCluster    Origin = "clusterDomain of the kubelet"
	FromNode       Origin = "resolv.conf of the node"
	FromPod        Origin = "dnsConfig of the Pod"
	FromKubelet    Origin = "the kubelet itself"
	// FromNodeUnread: nothing else gives it, and the node's file was not read.
	FromNodeUnread Origin = "resolv.conf of the node, or what else wrote the file"
	// FromNobody: neither the kubelet nor the Pod's spec gives it.
	FromNobody Origin = "neither the kubelet nor the Pod's spec"
)

// Entry is one value of a resolv.conf, and where it comes from.
type Entry struct {
	Value string `json:"value"`
	From  Origin `json:"from"`
}

// Should is what the kubelet writes for a Pod.
type Should struct {
	// Policy is the dnsPolicy that is followed, which is not always the one in the spec.
	Policy  corev1.DNSPolicy `json:"policy"`
	Servers []Entry          `json:"servers"`
	Search  []Entry          `json:"search"`
	// Options are sorted by name: the kubelet writes them in any order.
	Options []Entry `json:"options"`
	// Cut are the entries that the kubelet's limits leave out.
	Cut []Entry `json:"cut,omitempty"`
	// NoClusterDNS is set where the policy asks for cluster DNS and the kubelet has none.
	NoClusterDNS bool `json:"noClusterDNS,omitempty"`
	// NodeUnknown is set where entries of the node's file belong here, and it is not known.
	NodeUnknown bool `json:"nodeUnknown,omitempty"`
}

// The limits of the API, which the kubelet holds a file to: pkg/apis/core/validation
// MaxDNSNameservers, MaxDNSSearchPaths, MaxDNSSearchListChars; DNS1123SubdomainMaxLength.
const (
	maxSearchPaths  = 32
	maxSearchChars  = 2048
	maxSearchDomain = 253
)

// Expect returns what a kubelet writes for a Pod: pkg/kubelet/network/dns/dns.go,
// GetPodDNS. A running Pod keeps the file of the day its sandbox was made.
func Expect(pod *corev1.Pod, k Kubelet) Should {
	s := Should{Policy: policyOf(pod), NodeUnknown: k.ResolvConf == nil && !k.NoResolvConf}
	node := k.node()
	switch s.Policy {
	case corev1.DNSNone:
		s.NodeUnknown = false
	case corev1.DNSDefault:
		s.host(k, node)
	default:
		if len(k.ClusterDNS) == 0 {
			s.NoClusterDNS, s.Policy = true, corev1.DNSDefault
			s.host(k, node)
			break
		}
		s.Servers = entries(k.ClusterDNS, FromClusterDNS)
		s.Search = clusterSearch(pod.Namespace, k.ClusterDomain, node.Search)
		s.Options = []Entry{{"ndots:5", FromKubelet}}
	}
	if c := pod.Spec.DNSConfig; c != nil {
		s.Servers = unique(append(s.Servers, entries(c.Nameservers, FromPod)...))
		s.Search = unique(append(s.Search, entries(c.Searches, FromPod)...))
		s.Options = mergeOptions(s.Options, c.Options)
	}
	slices.SortFunc(s.Options, func(a, b Entry) int { return strings.Compare(a.Value, b.Value) })
	s.limit()
	return s
}

// policyOf is getPodDNSType: ClusterFirst does not hold for Pods on the host network,
// and a policy that is not known is ClusterFirst.
func policyOf(pod *corev1.Pod) corev1.DNSPolicy {
	switch p := pod.Spec.DNSPolicy; {
	case p == corev1.DNSNone, p == corev1.DNSDefault, p == corev1.DNSClusterFirstWithHostNet:
		return p
	case p == corev1.DNSClusterFirst && pod.Spec.HostNetwork:
		return corev1.DNSDefault
	default:
		return corev1.DNSClusterFirst
	}
}

// host is the node's own file, or what stands for it.
func (s *Should) host(k Kubelet, node Should) {
	s.Servers, s.Search, s.Options = node.Servers, node.Search, node.Options
	if !k.NoResolvConf {
		return
	}
	for _, ip := range k.NodeIPs {
		own := "127.0.0.1"
		if a, err := netip.ParseAddr(ip); err == nil && a.Is6() && !a.Is4In6() {
			own = "::1"
		}
		s.Servers = append(s.Servers, Entry{own, FromKubelet})
	}
	if len(s.Servers) == 0 {
		s.Servers = []Entry{{"127.0.0.1", FromKubelet}}
	}
	s.Search = []Entry{{".", FromKubelet}}
}

func clusterSearch(namespace, domain string, node []Entry) []Entry {
	if domain == "" {
		return node
	}
	own := entries([]string{namespace + ".svc." + domain, "svc." + domain, domain}, FromCluster)
	return unique(append(own, node...))
}

func entries(values []string, from Origin) []Entry {
	var out []Entry
	for _, v := range values {
		out = append(out, Entry{v, from})
	}
	return out
}

// unique keeps the first of equal values.
func unique(list []Entry) []Entry {
	seen := map[string]bool{}
	var out []Entry
	for _, e := range list {
		if !seen[e.Value] {
			seen[e.Value] = true
			out = append(out, e)
		}
	}
	return out
}

// mergeOptions is mergeDNSOptions: by name, and the Pod's win.
func mergeOptions(have []Entry, add []corev1.PodDNSConfigOption) []Entry {
	byName := map[string]Entry{}
	for _, e := range have {
		name, value, _ := strings.Cut(e.Value, ":")
		byName[name] = Entry{joinOption(name, value), e.From}
	}
	for _, o := range add {
		value := ""
		if o.Value != nil {
			value = *o.Value
		}
		byName[o.Name] = Entry{joinOption(o.Name, value), FromPod}
	}
	var out []Entry
	for _, e := range byName {
		out = append(out, e)
	}
	return out
}

func joinOption(name, value string) string {
	if value == "" {
		return name
	}
	return name + ":" + value
}
