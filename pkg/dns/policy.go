package dns

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Egress is what the NetworkPolicies that select a Pod say of its queries to one
// nameserver: networking.k8s.io/v1, NetworkPolicySpec. It counts as allowed where what
// was read leaves that open.
type Egress struct {
	Server string `json:"server"`
	// Policies select the Pod and restrict its egress.
	Policies []string `json:"policies"`
	UDP      bool     `json:"udp"`
	TCP      bool     `json:"tcp"`
}

// dnsPort is where a nameserver of a resolv.conf is asked.
const dnsPort = 53

// egress judges each nameserver, where policies restrict the Pod's egress at all.
func egress(s *snapshot.Snapshot, pod *corev1.Pod, servers []Nameserver) []Egress {
	var names []string
	var rules []networkingv1.NetworkPolicyEgressRule
	for _, p := range s.NetworkPolicies {
		if p.Namespace == pod.Namespace && restricts(p.Spec) && selects(&p.Spec.PodSelector, pod.Labels) {
			names = append(names, p.Name)
			rules = append(rules, p.Spec.Egress...)
		}
	}
	if len(names) == 0 || pod.Spec.HostNetwork {
		return nil
	}
	slices.Sort(names)
	var out []Egress
	for _, server := range servers {
		e := Egress{Server: server.Address, Policies: names}
		for _, r := range rules {
			if !reaches(r.To, pod.Namespace, server) {
				continue
			}
			e.UDP = e.UDP || opens(r.Ports, corev1.ProtocolUDP, server.ports)
			e.TCP = e.TCP || opens(r.Ports, corev1.ProtocolTCP, server.ports)
		}
		out = append(out, e)
	}
	return out
}

// restricts says whether a policy is about egress: where policyTypes does not say, it is
// if it has egress rules.
func restricts(spec networkingv1.NetworkPolicySpec) bool {
	if len(spec.PolicyTypes) == 0 {
		return len(spec.Egress) > 0
	}
	return slices.Contains(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
}

func selects(selector *metav1.LabelSelector, set map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	return err == nil && parsed.Matches(labels.Set(set))
}

// opens says whether ports of a rule let a protocol through to a nameserver: by the port
// that is asked, or by those of its Pods, as a network plugin sees one or the other. A
// named port may be any.
func opens(ports []networkingv1.NetworkPolicyPort, protocol corev1.Protocol, targets []int32) bool {
	if len(ports) == 0 {
		return true
	}
	for _, p := range ports {
		of := corev1.ProtocolTCP
		if p.Protocol != nil {
			of = *p.Protocol
		}
		if of == protocol && (p.Port == nil || p.Port.StrVal != "" || spans(p, dnsPort, targets)) {
			return true
		}
	}
	return false
}

// spans says whether a port of a rule, or its range, has one of the ports.
func spans(p networkingv1.NetworkPolicyPort, asked int32, targets []int32) bool {
	last := p.Port.IntVal
	if p.EndPort != nil {
		last = *p.EndPort
	}
	in := func(port int32) bool { return port >= p.Port.IntVal && port <= last }
	return in(asked) || slices.ContainsFunc(targets, in)
}

// reaches says whether peers of a rule may be the nameserver.
func reaches(to []networkingv1.NetworkPolicyPeer, own string, server Nameserver) bool {
	return len(to) == 0 || slices.ContainsFunc(to, func(peer networkingv1.NetworkPolicyPeer) bool {
		if peer.IPBlock != nil {
			return holds(*peer.IPBlock, server)
		}
		if server.svc == nil {
			// Which Pods are behind it is not known.
			return true
		}
		inNamespace := server.svc.Namespace == own
		if peer.NamespaceSelector != nil {
			// Of a namespace only this label is known without reading it (apis/core/v1,
			// LabelMetadataName, set by the API server).
			inNamespace = may(peer.NamespaceSelector, map[string]string{corev1.LabelMetadataName: server.svc.Namespace})
		}
		return inNamespace && (peer.PodSelector == nil || may(peer.PodSelector, server.svc.Spec.Selector))
	})
}

// holds says whether a block has the address that is asked, or one of a Pod behind it.
func holds(block networkingv1.IPBlock, server Nameserver) bool {
	in := func(cidr, address string) bool {
		prefix, err := netip.ParsePrefix(cidr)
		ip, err2 := netip.ParseAddr(address)
		return err == nil && err2 == nil && prefix.Contains(ip)
	}
	addresses := []string{server.Address}
	for _, p := range server.Pods {
		addresses = append(addresses, p.Address)
	}
	return slices.ContainsFunc(addresses, func(a string) bool {
		return in(block.CIDR, a) && !slices.ContainsFunc(block.Except, func(e string) bool { return in(e, a) })
	})
}

// may says whether a selector can match an object of which some labels are known: those
// of a Service's selector are on each of its Pods.
func may(selector *metav1.LabelSelector, known map[string]string) bool {
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return true
	}
	requirements, _ := parsed.Requirements()
	return !slices.ContainsFunc(requirements, func(r labels.Requirement) bool {
		_, has := known[r.Key()]
		return has && !r.Matches(labels.Set(known))
	})
}
