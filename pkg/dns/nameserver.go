package dns

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Nameserver is who answers at the address of a nameserver.
type Nameserver struct {
	Address string         `json:"address"`
	Kind    NameserverKind `json:"kind"`
	// Cluster is true where it is a DNS server of the cluster, as far as that shows.
	Cluster bool `json:"cluster"`
	// Service is "namespace/name".
	Service string `json:"service,omitempty"`
	// Pods are those behind the Service, Ready how many of them are ready.
	Pods  []NameserverPod `json:"pods,omitempty"`
	Ready int             `json:"ready"`
	// Fate is what becomes of queries on the Pod's node, "" where that is not known; Why says
	// why they do not arrive.
	Fate Fate   `json:"fate,omitempty"`
	Why  string `json:"why,omitempty"`

	ports []int32
	svc   *corev1.Service
}

// Fate is what becomes of queries to a nameserver.
type Fate string

// The fates.
const (
	FateArrives Fate = "arrives"
	// FateRefused: kube-proxy has them refused (iptables mode: REJECT).
	FateRefused Fate = "refused"
	// FateLost: nobody says that they do not arrive.
	FateLost Fate = "lost"
)

// NameserverPod is one endpoint of a DNS Service.
type NameserverPod struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Node    string `json:"node,omitempty"`
	Ready   bool   `json:"ready"`
}

// NameserverKind says what sort of address a nameserver has.
type NameserverKind string

// The kinds.
const (
	ServerService NameserverKind = "Service"
	// ServerLocal is a link-local address, as NodeLocal DNSCache takes one on each node
	// (169.254.20.10, kubernetes/cluster/addons/dns/nodelocaldns).
	ServerLocal NameserverKind = "link-local"
	// ServerLoopback is the network namespace itself.
	ServerLoopback NameserverKind = "loopback"
	// ServerNode is the address of the Pod's own node.
	ServerNode NameserverKind = "node"
	// ServerOther: no Service has the address.
	ServerOther NameserverKind = "other"
	// ServerUnknown: whether a Service has it is not known.
	ServerUnknown NameserverKind = "unknown"
)

// nameserver says who is at an address, from what was read, and what becomes of queries
// to it by UDP or TCP.
func nameserver(s *snapshot.Snapshot, pod *corev1.Pod, k *Kubelet, address string, tcp bool) Nameserver {
	out := Nameserver{Address: address, Kind: ServerUnknown}
	ip, err := netip.ParseAddr(address)
	svc := withClusterIP(s, address)
	switch {
	case err != nil:
	case svc != nil:
		out.Kind, out.Service, out.svc = ServerService, svc.Namespace+"/"+svc.Name, svc
		out.endpoints(s, pod.Spec.NodeName, ip, tcp)
	case ip.IsLoopback():
		out.Kind = ServerLoopback
	case ip.IsLinkLocalUnicast():
		out.Kind = ServerLocal
	case slices.ContainsFunc(pod.Status.HostIPs, func(h corev1.HostIP) bool { return h.IP == address }), pod.Status.HostIP == address:
		out.Kind = ServerNode
	case slices.Contains(s.Absent, "Service with clusterIP "+address):
		out.Kind = ServerOther
	}
	out.Cluster = out.ofCluster(pod, k)
	return out
}

// ofCluster says whether a nameserver is one of the cluster's: the kubelet gives it as
// such, or it is known by what it carries. Where the kubelet's configuration is not known,
// a policy that asks for the cluster's DNS got it.
func (n *Nameserver) ofCluster(pod *corev1.Pod, k *Kubelet) bool {
	switch {
	case k != nil && slices.Contains(k.ClusterDNS, n.Address), n.Kind == ServerLocal, n.svc != nil && isClusterDNS(n.svc):
		return true
	case k != nil:
		return false
	}
	policy := policyOf(pod)
	own := pod.Spec.DNSConfig != nil && slices.Contains(pod.Spec.DNSConfig.Nameservers, n.Address)
	return (policy == corev1.DNSClusterFirst || policy == corev1.DNSClusterFirstWithHostNet) && !own
}

// isClusterDNS knows a DNS Service of Kubernetes by its labels and its selector
// (cluster/addons/dns; kubeadm; the Helm chart of CoreDNS; OpenShift's operator).
func isClusterDNS(svc *corev1.Service) bool {
	for _, set := range []map[string]string{svc.Labels, svc.Spec.Selector} {
		if app := set["k8s-app"]; app == "kube-dns" || app == "coredns" || set["app.kubernetes.io/name"] == "coredns" {
			return true
		}
		if _, openshift := set["dns.operator.openshift.io/daemonset-dns"]; openshift {
			return true
		}
	}
	return false
}

// endpoints are those behind the Service, and what kube-proxy of a node makes of queries.
func (n *Nameserver) endpoints(s *snapshot.Snapshot, node string, ip netip.Addr, tcp bool) {
	list := s.SlicesOf(n.svc.Namespace, n.svc.Name)
	for _, slice := range list {
		for _, e := range slice.Endpoints {
			n.Pods = append(n.Pods, newNameserverPod(e))
			if n.Pods[len(n.Pods)-1].Ready {
				n.Ready++
			}
		}
	}
	slices.SortFunc(n.Pods, func(a, b NameserverPod) int { return strings.Compare(a.Name+a.Address, b.Name+b.Address) })
	protocol := "udp"
	if tcp {
		protocol = "tcp"
	}
	n.Fate, n.Why = FateLost, "it has no port 53 for "+strings.ToUpper(protocol)
	for _, p := range kubeproxy.ServicePorts(n.svc) {
		if p.Number != dnsPort || p.ClusterIP != ip {
			continue
		}
		eps := kubeproxy.Endpoints(p, list)
		for _, e := range eps {
			n.ports = append(n.ports, int32(e.Address.Port()))
		}
		if p.Protocol == protocol {
			n.Fate, n.Why = fate(p.InternalVerdict(kubeproxy.UsedEndpoints(p, eps, kubeproxy.NodeInfo{Name: node})))
		}
	}
	if len(list) == 0 && !slices.Contains(s.Absent, need{n.svc.Namespace, n.svc.Name, true}.object()) {
		n.Fate, n.Why = "", ""
	}
}

func fate(v kubeproxy.Verdict) (Fate, string) {
	switch v {
	case kubeproxy.VerdictReject:
		return FateRefused, "no endpoint is ready"
	case kubeproxy.VerdictDrop:
		return FateLost, "internalTrafficPolicy is Local, and no endpoint on the Pod's node is ready"
	default:
		return FateArrives, ""
	}
}

func newNameserverPod(e discoveryv1.Endpoint) NameserverPod {
	p := NameserverPod{Ready: e.Conditions.Ready == nil || *e.Conditions.Ready}
	if e.TargetRef != nil {
		p.Name = e.TargetRef.Name
	}
	if e.NodeName != nil {
		p.Node = *e.NodeName
	}
	if len(e.Addresses) > 0 {
		p.Address = e.Addresses[0]
	}
	return p
}

// withClusterIP is the Service that has an address, nil where none was read.
func withClusterIP(s *snapshot.Snapshot, address string) *corev1.Service {
	for i := range s.Services {
		if svc := &s.Services[i]; svc.Spec.ClusterIP == address || slices.Contains(svc.Spec.ClusterIPs, address) {
			return svc
		}
	}
	return nil
}

func isAddress(text string) bool {
	_, err := netip.ParseAddr(text)
	return err == nil
}
