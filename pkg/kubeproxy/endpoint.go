package kubeproxy

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Endpoint is one address and port behind a ServicePort, with what kube-proxy goes by
// when it chooses (pkg/proxy/endpoint.go).
type Endpoint struct {
	Address netip.AddrPort

	// Ready already has publishNotReadyAddresses in it: the EndpointSlice says ready then.
	Ready, Serving, Terminating bool

	NodeName, Zone       string
	ZoneHints, NodeHints []string

	TargetRef *corev1.ObjectReference
	Slice     string // namespace/name of the EndpointSlice
}

// Usable is whether kube-proxy sends connections here under any circumstances: always
// when ready, as a last resort when terminating but still serving.
func (e Endpoint) Usable() bool { return e.Ready || e.lastResort() }

func (e Endpoint) lastResort() bool { return e.Serving && e.Terminating }

// Endpoints returns kube-proxy's view of the endpoints of a port, in the order of its
// rules (pkg/proxy/endpointslicecache.go). The slices may be those of other Services too.
//
// An address that is in the slices twice counts once, and one that terminates gives way
// to one that does not. Between two that do not, kube-proxy has no rule; here the last
// slice by name wins, so that the answer is always the same. (Up to 1.35 there was no rule
// for terminating ones either; which of two on the node itself won was chance.)
func Endpoints(p ServicePort, all []discoveryv1.EndpointSlice) []Endpoint {
	found := map[netip.AddrPort]Endpoint{}
	for _, slice := range sliceOf(p, all) {
		for _, port := range slice.Ports {
			if number, ok := portOf(p, port); ok {
				addEndpoints(found, slice, number)
			}
		}
	}
	eps := make([]Endpoint, 0, len(found))
	for _, ep := range found {
		eps = append(eps, ep)
	}
	sortEndpoints(eps)
	return eps
}

// sliceOf keeps the slices that kube-proxy looks at for this port, sorted by name.
func sliceOf(p ServicePort, all []discoveryv1.EndpointSlice) []*discoveryv1.EndpointSlice {
	var kept []*discoveryv1.EndpointSlice
	for i := range all {
		if belongs(p, &all[i]) {
			kept = append(kept, &all[i])
		}
	}
	slices.SortStableFunc(kept, func(a, b *discoveryv1.EndpointSlice) int { return cmp.Compare(a.Name, b.Name) })
	return kept
}

// belongs has the rules of endpointSliceCacheKeys in pkg/proxy/endpointslicecache.go, of
// EndpointSliceUpdate in pkg/proxy/endpointschangetracker.go and of the watch that Run in
// cmd/kube-proxy/app/server.go starts. The namespace and the label make the slice the
// Service's, not the ownerReference.
func belongs(p ServicePort, slice *discoveryv1.EndpointSlice) bool {
	if _, headless := slice.Labels[corev1.IsHeadlessService]; headless {
		return false
	}
	return slice.Namespace == p.Namespace && slice.Name != "" && p.Name != "" &&
		slice.Labels[discoveryv1.LabelServiceName] == p.Name &&
		slice.AddressType == discoveryv1.AddressType(p.Family)
}

// portOf gives the number to use if a port of a slice is the given one. It is so by name
// and protocol alone; a port without a name or a number is nobody's. (A nil protocol
// never comes from the API server and would end kube-proxy.)
func portOf(p ServicePort, port discoveryv1.EndpointPort) (uint16, bool) {
	if port.Name == nil || *port.Name != p.Port {
		return 0, false
	}
	if port.Port == nil || *port.Port <= 0 || *port.Port > math.MaxUint16 {
		return 0, false
	}
	proto := corev1.ProtocolTCP
	if port.Protocol != nil {
		proto = *port.Protocol
	}
	return uint16(*port.Port), protocol(proto) == p.Protocol
}

func addEndpoints(found map[netip.AddrPort]Endpoint, slice *discoveryv1.EndpointSlice, port uint16) {
	for _, in := range slice.Endpoints {
		ep, ok := newEndpoint(in, port)
		if !ok {
			continue
		}
		ep.Slice = slice.Namespace + "/" + slice.Name
		if _, twice := found[ep.Address]; !twice || !ep.Terminating {
			found[ep.Address] = ep
		}
	}
}

// newEndpoint follows addEndpoints in pkg/proxy/endpointslicecache.go: only the first
// address counts, and a condition that is not given means the good one.
func newEndpoint(in discoveryv1.Endpoint, port uint16) (Endpoint, bool) {
	if len(in.Addresses) == 0 {
		return Endpoint{}, false
	}
	addr, ok := parseAddr(in.Addresses[0])
	ep := ConditionsOf(in)
	ep.Address, ep.TargetRef = netip.AddrPortFrom(addr, port), in.TargetRef
	ep.NodeName, ep.Zone = valueOr(in.NodeName, ""), valueOr(in.Zone, "")
	if in.Hints != nil {
		for _, h := range in.Hints.ForZones {
			ep.ZoneHints = append(ep.ZoneHints, h.Name)
		}
		for _, h := range in.Hints.ForNodes {
			ep.NodeHints = append(ep.NodeHints, h.Name)
		}
	}
	return ep, ok
}

// ConditionsOf returns an Endpoint with nothing but the conditions of one in a slice.
func ConditionsOf(in discoveryv1.Endpoint) Endpoint {
	return Endpoint{
		Ready:       valueOr(in.Conditions.Ready, true),
		Serving:     valueOr(in.Conditions.Serving, true),
		Terminating: valueOr(in.Conditions.Terminating, false),
	}
}

// sortEndpoints has the order of kube-proxy's rules: that of the strings "IP:port", so
// that 10.0.0.10 comes before 10.0.0.9 (pkg/proxy/endpointslicecache.go byEndpoint).
func sortEndpoints(eps []Endpoint) {
	slices.SortFunc(eps, func(a, b Endpoint) int {
		return cmp.Compare(a.Address.String(), b.Address.String())
	})
}

func valueOr[T any](p *T, unset T) T {
	if p == nil {
		return unset
	}
	return *p
}
