package kubeproxy

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	netutils "k8s.io/utils/net"
)

// ProxyNameLabel on a Service hands it to another service proxy: kube-proxy does not
// even watch it (pkg/proxy/apis/well_known_labels.go, cmd/kube-proxy/app/server.go Run).
const ProxyNameLabel = "service.kubernetes.io/service-proxy-name"

// Why kube-proxy does not serve a Service, as Skipped says it.
const (
	SkippedHeadless     = "headless"
	SkippedExternalName = "ExternalName"
	SkippedProxyName    = "service-proxy-name"
)

// ServicePort identifies one port of a Service for one IP family, as kube-proxy sees
// it (pkg/proxy/serviceport.go). The lists hold the addresses of that family only.
type ServicePort struct {
	Namespace string
	Name      string
	Port      string // the name of the port, "" where the Service has one unnamed port
	Protocol  string // "tcp", "udp" or "sctp"
	Family    corev1.IPFamily

	ClusterIP  netip.Addr
	Number     int32
	NodePort   int32 // 0: none
	TargetPort intstr.IntOrString

	InternalLocal bool // internalTrafficPolicy: Local
	ExternalLocal bool // externalTrafficPolicy: Local, on a Service where it counts

	ExternalIPs []netip.Addr
	// LoadBalancerIPs are the addresses that kube-proxy captures: not hostnames, and not
	// those of a load balancer that forwards by itself (ipMode: Proxy).
	LoadBalancerIPs []netip.Addr
	// ProxiedIPs are the addresses that a load balancer keeps for itself (ipMode: Proxy).
	ProxiedIPs []netip.Addr
	// SourceRanges is empty too where one of the ranges is everything.
	SourceRanges        []netip.Prefix
	HealthCheckNodePort int32 // 0: none

	// AffinitySeconds is how long a client stays with its endpoint; 0: no affinity.
	AffinitySeconds int32

	// HintsAnnotation is the Service's topology-mode. Only versions before 1.31 read it here.
	HintsAnnotation string
}

// Skipped says why kube-proxy programs nothing for a Service, "" when it does
// (pkg/proxy/util/utils.go ShouldSkipService; cmd/kube-proxy/app/server.go Run).
func Skipped(svc *corev1.Service) (reason string) {
	if _, other := svc.Labels[ProxyNameLabel]; other {
		return SkippedProxyName
	}
	// Asked first, because an ExternalName has no clusterIP either.
	if svc.Spec.Type == corev1.ServiceTypeExternalName {
		return SkippedExternalName
	}
	if svc.Spec.ClusterIP == "" || svc.Spec.ClusterIP == corev1.ClusterIPNone {
		return SkippedHeadless
	}
	return ""
}

// ServicePorts returns what kube-proxy serves of a Service: each port, in the order of
// the Service, once for each IP family that has a clusterIP. It is empty for what
// kube-proxy skips (pkg/proxy/servicechangetracker.go serviceToServiceMap).
func ServicePorts(svc *corev1.Service) []ServicePort {
	if Skipped(svc) != "" {
		return nil
	}
	var all []ServicePort
	for i := range svc.Spec.Ports {
		for _, family := range families(svc) {
			ip, ok := parseAddr(clusterIP(svc, family))
			if !ok {
				continue
			}
			all = append(all, newServicePort(svc, &svc.Spec.Ports[i], family, ip))
		}
	}
	return all
}

// newServicePort follows newBaseServiceInfo in pkg/proxy/serviceport.go.
func newServicePort(svc *corev1.Service, port *corev1.ServicePort, family corev1.IPFamily, ip netip.Addr) ServicePort {
	p := ServicePort{
		Namespace:       svc.Namespace,
		Name:            svc.Name,
		Port:            port.Name,
		Protocol:        protocol(port.Protocol),
		Family:          family,
		ClusterIP:       ip,
		Number:          port.Port,
		NodePort:        port.NodePort,
		TargetPort:      port.TargetPort,
		InternalLocal:   internalLocal(svc),
		ExternalLocal:   externalLocal(svc),
		ExternalIPs:     addrsOf(family, svc.Spec.ExternalIPs),
		LoadBalancerIPs: loadBalancerIPs(svc, family, true),
		ProxiedIPs:      loadBalancerIPs(svc, family, false),
		SourceRanges:    sourceRanges(svc, family),
		AffinitySeconds: affinitySeconds(svc),
		HintsAnnotation: hintsAnnotation(svc),
	}
	if svc.Spec.Type == corev1.ServiceTypeLoadBalancer && p.ExternalLocal {
		p.HealthCheckNodePort = svc.Spec.HealthCheckNodePort
	}
	return p
}

// ExternallyAccessible reports whether kube-proxy captures anything but the clusterIP
// (pkg/proxy/serviceport.go ExternallyAccessible).
func (p ServicePort) ExternallyAccessible() bool {
	return p.NodePort != 0 || len(p.LoadBalancerIPs) > 0 || len(p.ExternalIPs) > 0
}

// UsesCluster reports whether any traffic to this port may go to endpoints of all nodes.
// External traffic may even under externalTrafficPolicy Local, because Pods of the node
// and the node itself are exempt from it (pkg/proxy/serviceport.go UsesClusterEndpoints).
func (p ServicePort) UsesCluster() bool {
	return !p.InternalLocal || p.ExternallyAccessible()
}

// UsesLocal reports whether any traffic to this port is bound to endpoints of the node
// where it arrives (pkg/proxy/serviceport.go UsesLocalEndpoints).
func (p ServicePort) UsesLocal() bool {
	return p.InternalLocal || (p.ExternalLocal && p.ExternallyAccessible())
}

// protocol is lower case, as in rules; the API server never leaves it out.
func protocol(p corev1.Protocol) string {
	if p == "" {
		p = corev1.ProtocolTCP
	}
	return strings.ToLower(string(p))
}

func internalLocal(svc *corev1.Service) bool {
	policy := svc.Spec.InternalTrafficPolicy
	return policy != nil && *policy == corev1.ServiceInternalTrafficPolicyLocal
}

// externalLocal follows pkg/api/v1/service/util.go ExternalPolicyLocal: the field alone
// is not enough.
func externalLocal(svc *corev1.Service) bool {
	if svc.Spec.ExternalTrafficPolicy != corev1.ServiceExternalTrafficPolicyLocal {
		return false
	}
	switch svc.Spec.Type {
	case corev1.ServiceTypeNodePort, corev1.ServiceTypeLoadBalancer:
		return true
	case corev1.ServiceTypeClusterIP:
		return len(svc.Spec.ExternalIPs) > 0
	}
	return false
}

func affinitySeconds(svc *corev1.Service) int32 {
	if svc.Spec.SessionAffinity != corev1.ServiceAffinityClientIP {
		return 0
	}
	if c := svc.Spec.SessionAffinityConfig; c != nil && c.ClientIP != nil && c.ClientIP.TimeoutSeconds != nil {
		return *c.ClientIP.TimeoutSeconds
	}
	return corev1.DefaultClientIPServiceAffinitySeconds
}

// hintsAnnotation prefers the older of the two names, as the versions that read it did.
func hintsAnnotation(svc *corev1.Service) string {
	if v, ok := svc.Annotations[corev1.DeprecatedAnnotationTopologyAwareHints]; ok {
		return v
	}
	return svc.Annotations[corev1.AnnotationTopologyMode]
}

// loadBalancerIPs follows pkg/proxy/serviceport.go and IsVIPMode in pkg/proxy/util/utils.go.
func loadBalancerIPs(svc *corev1.Service, family corev1.IPFamily, captured bool) []netip.Addr {
	var ips []string
	for _, in := range svc.Status.LoadBalancer.Ingress {
		if vip := in.IPMode == nil || *in.IPMode == corev1.LoadBalancerIPModeVIP; vip == captured {
			ips = append(ips, in.IP)
		}
	}
	return addrsOf(family, ips)
}

// sourceRanges leaves spaces around a range alone, as the API does, and takes a range of
// everything for no restriction (pkg/proxy/serviceport.go newBaseServiceInfo).
func sourceRanges(svc *corev1.Service, family corev1.IPFamily) []netip.Prefix {
	var ranges []netip.Prefix
	for _, s := range svc.Spec.LoadBalancerSourceRanges {
		prefix, ok := parsePrefix(s)
		if ok && familyOf(prefix.Addr()) == family {
			ranges = append(ranges, prefix)
		}
	}
	if slices.ContainsFunc(ranges, func(p netip.Prefix) bool { return p.Bits() == 0 }) {
		return nil
	}
	return ranges
}

// families are those that can have a clusterIP, in the order of the Service.
func families(svc *corev1.Service) []corev1.IPFamily {
	if len(svc.Spec.IPFamilies) > 0 {
		return svc.Spec.IPFamilies
	}
	if netutils.IsIPv6String(svc.Spec.ClusterIP) {
		return []corev1.IPFamily{corev1.IPv6Protocol}
	}
	return []corev1.IPFamily{corev1.IPv4Protocol}
}

// clusterIP follows GetClusterIPByFamily in pkg/proxy/util/utils.go: the first entry of
// ipFamilies says which entry of clusterIPs belongs to a family, never the address itself.
func clusterIP(svc *corev1.Service, family corev1.IPFamily) string {
	if len(svc.Spec.IPFamilies) == 0 {
		return svc.Spec.ClusterIP
	}
	for i, f := range svc.Spec.IPFamilies {
		if f == family && i < len(svc.Spec.ClusterIPs) {
			return svc.Spec.ClusterIPs[i]
		}
	}
	return ""
}
