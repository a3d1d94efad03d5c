package kubeproxy

import (
	"net/netip"

	discoveryv1 "k8s.io/api/discovery/v1"
)

// Health is what kube-proxy's server at a healthCheckNodePort answers on a node.
type Health struct {
	// LocalEndpoints counts the addresses of ready endpoints on the node, over all ports of
	// the Service. One that terminates does not count, though it may still serve.
	LocalEndpoints int
	// Status is the HTTP status of a kube-proxy that works: 200, or 503 without a local
	// endpoint.
	Status int
}

const healthy, unhealthy = 200, 503

// HealthOf computes the answer for the ports of one Service in one IP family: kube-proxy
// has a server for each family (pkg/proxy/endpointschangetracker.go LocalReadyEndpoints,
// pkg/proxy/healthcheck/service_health.go ServeHTTP).
func HealthOf(ports []ServicePort, slices []discoveryv1.EndpointSlice, node NodeInfo) Health {
	local := map[netip.Addr]bool{}
	for _, p := range ports {
		for _, ep := range Endpoints(p, slices) {
			if ep.Ready && ep.on(node) {
				local[ep.Address.Addr()] = true
			}
		}
	}
	h := Health{LocalEndpoints: len(local), Status: unhealthy}
	if h.LocalEndpoints > 0 {
		h.Status = healthy
	}
	return h
}
