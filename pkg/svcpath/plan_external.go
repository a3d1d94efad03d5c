package svcpath

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// proxyFirewallChain drops, in the table filter, what a KUBE-FW-… chain did not let pass.
const proxyFirewallChain = "KUBE-PROXY-FIREWALL"

// externalTexts are what rules for the Service's external addresses contain. Its ports
// share them.
func externalTexts(ports []kubeproxy.ServicePort) []string {
	return matches(slices.Concat(ports[0].ExternalIPs, ports[0].LoadBalancerIPs))
}

func matches(addresses []netip.Addr) []string {
	var out []string
	for _, ip := range addresses {
		out = append(out, destination(ip))
	}
	return out
}

// externalPlan reads what the table filter does with packets from outside.
func externalPlan(family int, ports []kubeproxy.ServicePort, nodePorts []string) node.Plan {
	var plan node.Plan
	if refused := slices.Concat(nodePorts, externalTexts(ports)); len(refused) > 0 {
		plan = append(plan, node.Match(family, "filter", externalServicesChain, refused...))
	}
	if balanced := matches(ports[0].LoadBalancerIPs); len(balanced) > 0 {
		plan = append(plan, node.Match(family, "filter", proxyFirewallChain, balanced...))
	}
	if health := ports[0].HealthCheckNodePort; health != 0 {
		plan = append(plan, node.Match(family, "filter", nodePortsChain, fmt.Sprintf("--dport %d ", health)))
	}
	return plan
}
