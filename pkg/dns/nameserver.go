package dns

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Nameserver is who answers at the address of a nameserver.
type Nameserver struct {
	Address string         `json:"address"`
	Kind    NameserverKind `json:"kind"`
	// Service is "namespace/name".
	Service string `json:"service,omitempty"`
	// Pods are those behind the Service, null where its endpoints are not known.
	Pods []NameserverPod `json:"pods,omitempty"`
	// Ready counts those that get queries.
	Ready int `json:"ready"`
	// EndpointsKnown is true where Ready was counted.
	EndpointsKnown bool `json:"endpointsKnown"`

	ports []int32
	svc   *corev1.Service
}

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

// nameserver says who is at an address, from what was read.
func nameserver(s *snapshot.Snapshot, pod *corev1.Pod, address string) Nameserver {
	out := Nameserver{Address: address, Kind: ServerUnknown}
	ip, err := netip.ParseAddr(address)
	svc := withClusterIP(s, address)
	switch {
	case err != nil:
	case svc != nil:
		out.service(s, svc)
	case ip.IsLoopback():
		out.Kind = ServerLoopback
	case ip.IsLinkLocalUnicast():
		out.Kind = ServerLocal
	case slices.ContainsFunc(pod.Status.HostIPs, func(h corev1.HostIP) bool { return h.IP == address }), pod.Status.HostIP == address:
		out.Kind = ServerNode
	case slices.Contains(s.Absent, "Service with clusterIP "+address):
		out.Kind = ServerOther
	}
	return out
}

func (n *Nameserver) service(s *snapshot.Snapshot, svc *corev1.Service) {
	n.Kind, n.Service, n.svc = ServerService, svc.Namespace+"/"+svc.Name, svc
	list := s.SlicesOf(svc.Namespace, svc.Name)
	n.EndpointsKnown = len(list) > 0 || slices.Contains(s.Absent, need{svc.Namespace, svc.Name, true}.object())
	for _, slice := range list {
		for _, p := range slice.Ports {
			if p.Port != nil && !slices.Contains(n.ports, *p.Port) {
				n.ports = append(n.ports, *p.Port)
			}
		}
		for _, e := range slice.Endpoints {
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
			n.Pods = append(n.Pods, p)
			if p.Ready {
				n.Ready++
			}
		}
	}
	slices.SortFunc(n.Pods, func(a, b NameserverPod) int { return strings.Compare(a.Name+a.Address, b.Name+b.Address) })
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
