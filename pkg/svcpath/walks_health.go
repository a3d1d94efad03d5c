package svcpath

import (
	"fmt"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// healthWalks follows the health checks of a load balancer outside to the node, where
// kube-proxy runs in nftables mode: it admits none there, so only the rules of others decide.
func (a *analysis) healthWalks(rules *walk.Rules) error {
	port := a.svc.Spec.HealthCheckNodePort
	if port == 0 || a.svc.Spec.Type != corev1.ServiceTypeLoadBalancer {
		return nil
	}
	node := a.s.Node(a.path.Node.Name)
	for _, family := range a.families() {
		if read := a.rules.nft[family]; read == nil || !read.there || a.path.Node.Backend != kubeproxy.ModeNFTables {
			continue
		}
		for _, to := range nodeAddresses(node) {
			if to.Is4() != (family == 4) {
				continue
			}
			if err := a.healthWalk(rules, netip.AddrPortFrom(to, uint16(port)), nodeAddresses(node)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *analysis) healthWalk(rules *walk.Rules, to netip.AddrPort, own []netip.Addr) error {
	answer, err := walk.Analyze(rules, walk.Request{To: to, Protocol: "tcp", NodeIPs: own})
	if err != nil {
		return fmt.Errorf("walk on %s: %w", a.path.Node.Name, err)
	}
	for _, w := range answer.Walks {
		if w.From != string(walk.Outside) || len(w.Stopped) == 0 {
			continue
		}
		s := w.Stopped[0]
		a.find(a.healthKeptOut(explain.Evidence{Where: fmt.Sprintf("%s %s %s", a.info.Name, s.Table, s.Chain), What: s.Rule}))
	}
	return nil
}
