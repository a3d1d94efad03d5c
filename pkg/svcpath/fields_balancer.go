package svcpath

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// loadBalancer words what the API alone tells of a load balancer: its addresses, which
// of them kube-proxy leaves alone, who may use them.
func (a *analysis) loadBalancer() {
	if a.svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return
	}
	ingress := a.svc.Status.LoadBalancer.Ingress
	if len(ingress) == 0 {
		a.apiFinding(explain.LoadBalancerPending, explain.Warning, nil, "status.loadBalancer.ingress: <none>",
			"kubectl -n "+a.svc.Namespace+" describe service "+a.svc.Name)
	}
	var names, proxied []string
	for _, in := range ingress {
		switch {
		case in.IP == "":
			names = append(names, in.Hostname)
		case !captured(in):
			proxied = append(proxied, in.IP)
		}
	}
	if names != nil {
		a.apiFinding(explain.BalancerByName, explain.Info, map[string]string{"names": strings.Join(names, ", ")}, "status.loadBalancer.ingress: hostname "+strings.Join(names, ", "))
	}
	if proxied != nil {
		a.apiFinding(explain.BalancerProxies, explain.Info, map[string]string{"addresses": strings.Join(proxied, ", ")}, "status.loadBalancer.ingress: ipMode Proxy "+strings.Join(proxied, ", "))
	}
	a.sourceRanges(ingress)
	a.noNodePort()
}

// noNodePort words that the load balancer cannot come in by the nodes.
func (a *analysis) noNodePort() {
	allocate := a.svc.Spec.AllocateLoadBalancerNodePorts
	has := slices.ContainsFunc(a.svc.Spec.Ports, func(p corev1.ServicePort) bool { return p.NodePort != 0 })
	if allocate != nil && !*allocate && !has {
		a.apiFinding(explain.NoNodePortAllocated, explain.Info, nil, "spec.allocateLoadBalancerNodePorts: false; no nodePort")
	}
}

// sourceRanges words who may use the load balancer's addresses, and the gap that ranges
// of one IP family leave in the other (pkg/proxy/serviceport.go newBaseServiceInfo).
func (a *analysis) sourceRanges(ingress []corev1.LoadBalancerIngress) {
	ranges := a.svc.Spec.LoadBalancerSourceRanges
	if len(ranges) == 0 {
		return
	}
	bound, open := splitByRange(ranges, ingress)
	listed := strings.Join(ranges, ", ")
	if bound != nil {
		a.apiFinding(explain.SourcesRestricted, explain.Info, map[string]string{"addresses": strings.Join(bound, ", "), "ranges": listed}, "spec.loadBalancerSourceRanges: "+listed)
	}
	if open != nil {
		a.apiFinding(explain.SourcesUnrestricted, explain.Warning, map[string]string{"addresses": strings.Join(open, ", "), "ranges": listed},
			"spec.loadBalancerSourceRanges: "+listed+"; status.loadBalancer.ingress: "+strings.Join(open, ", "))
	}
}

// splitByRange divides the addresses that kube-proxy captures into those that ranges
// restrict, and those that are open to everyone all the same.
func splitByRange(ranges []string, ingress []corev1.LoadBalancerIngress) (bound, open []string) {
	for _, in := range ingress {
		addr, err := netip.ParseAddr(in.IP)
		if err != nil || !captured(in) {
			continue
		}
		some, all := false, false
		for _, r := range ranges {
			prefix, err := netip.ParsePrefix(strings.TrimSpace(r))
			if err == nil && prefix.Addr().Is4() == addr.Is4() {
				some, all = true, all || prefix.Bits() == 0
			}
		}
		if some && !all {
			bound = append(bound, in.IP)
		} else {
			open = append(open, in.IP)
		}
	}
	return bound, open
}
