package kubeproxy

import (
	"fmt"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// The places that nodes, endpoints and hints have.
var (
	nodeNames = []string{"node-a", "node-b", "node-c"}
	zoneNames = []string{"zone-1", "zone-2", "zone-3"}
)

// mood is what all endpoints of a Service have in common, so that each way of choosing
// them comes up often enough.
type mood struct {
	hints   int  // 0 nobody has any, 1 everybody, 2 for zones only, 3 by chance
	leaving bool // nobody is ready, most terminate
}

// endpoint is the j-th of the i-th slice.
func (m maker) endpoint(family discoveryv1.AddressType, i, j int, mood mood) discoveryv1.Endpoint {
	ep := discoveryv1.Endpoint{
		Addresses: []string{m.address(family, i*40+j*7)},
		NodeName:  maybe(m, append(nodeNames, "")...),
		Zone:      maybe(m, zoneNames...),
		Conditions: discoveryv1.EndpointConditions{
			Ready: maybe(m, true, true, false), Serving: maybe(m, true, false), Terminating: maybe(m, false, false, true),
		},
	}
	if mood.leaving {
		ep.Conditions.Ready, ep.Conditions.Terminating = ptr(false), maybe(m, true)
	}
	if m.chance(10) {
		ep.Addresses = append(ep.Addresses, "192.0.2.99")
	}
	if m.chance(4) {
		ep.Addresses = nil
	}
	ep.Hints = m.hints(mood.hints)
	return ep
}

func (m maker) hints(mood int) *discoveryv1.EndpointHints {
	h := &discoveryv1.EndpointHints{}
	if mood == 1 || mood == 3 && m.chance(50) {
		h.ForNodes = []discoveryv1.ForNode{{Name: oneOf(m, nodeNames...)}}
	}
	if mood == 1 && m.chance(90) || mood == 2 || mood == 3 && m.chance(50) {
		h.ForZones = []discoveryv1.ForZone{{Name: oneOf(m, zoneNames...)}, {Name: oneOf(m, zoneNames...)}}
	}
	if h.ForNodes == nil && h.ForZones == nil && m.chance(80) {
		return nil
	}
	return h
}

// address has several ways to write one: the order of rules goes by how it is printed.
func (m maker) address(family discoveryv1.AddressType, n int) string {
	if family == discoveryv1.AddressTypeIPv6 {
		return fmt.Sprintf(oneOf(m, "fd00:10:244::%x", "FD00:10:244:0::0:%x"), n+1)
	}
	return fmt.Sprintf(oneOf(m, "10.244.0.%d", "10.244.000.%d"), n+1)
}

// move puts copies of the first endpoint of each slice where a real one can be met again:
// in the same slice, in any state, and, terminating, in one other.
func (m maker) move(all []discoveryv1.EndpointSlice) []discoveryv1.EndpointSlice {
	for i, from := range firsts(all) {
		if len(from.Addresses) == 0 {
			continue
		}
		again := m.endpoint(all[i].AddressType, i, 0, mood{hints: 3})
		again.Addresses = from.Addresses
		if m.chance(15) {
			all[i].Endpoints = append(all[i].Endpoints, again)
		}
		to := m.IntN(len(all))
		if to != i && all[to].AddressType == all[i].AddressType && !terminates(from) {
			again.Conditions.Terminating = ptr(true)
			all[to].Endpoints = append(all[to].Endpoints, again)
		}
	}
	return all
}

// firsts are the first endpoints before any is moved.
func firsts(all []discoveryv1.EndpointSlice) []discoveryv1.Endpoint {
	eps := make([]discoveryv1.Endpoint, len(all))
	for i := range all {
		if len(all[i].Endpoints) > 0 {
			eps[i] = all[i].Endpoints[0]
		}
	}
	return eps
}

func terminates(ep discoveryv1.Endpoint) bool {
	return ep.Conditions.Terminating != nil && *ep.Conditions.Terminating
}
