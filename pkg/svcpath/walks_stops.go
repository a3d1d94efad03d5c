package svcpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// stop is what ends connections that the API would let through.
type stop struct {
	port, table, chain, verdict string
	// translated says that kube-proxy's rules had rewritten the destination.
	translated bool
}

// stopping collects who is stopped by it, and on the way where to.
type stopping struct {
	stop
	clients, endpoints, rules []string
}

// stops reports rules of others that end connections which should reach an endpoint.
func (a *analysis) stops() {
	var all []*stopping
	for _, w := range a.path.Walks {
		for _, s := range w.Stopped {
			if !a.expectsEndpoints(w) || kubeproxyChain(s.Chain) || strings.HasSuffix(s.Table, " "+nftTable) {
				continue
			}
			_, port, _ := strings.Cut(w.To[strings.LastIndexByte(w.To, ']')+1:], ":")
			key := stop{port + "/" + strings.ToUpper(w.Protocol), s.Table, s.Chain, string(s.Verdict), s.Endpoint != ""}
			at := slices.IndexFunc(all, func(have *stopping) bool { return have.stop == key })
			if at < 0 {
				at, all = len(all), append(all, &stopping{stop: key})
			}
			all[at].clients = add(all[at].clients, clientWord(w.From))
			all[at].rules = add(all[at].rules, s.Rule)
			if s.Endpoint != "" {
				all[at].endpoints = add(all[at].endpoints, s.Endpoint)
			}
		}
	}
	for _, s := range all {
		a.stop(s)
	}
}

func add(list []string, text string) []string {
	if slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func clientWord(from string) string {
	switch walk.Client(from) {
	case walk.Pod:
		return "any Pod of the node"
	case walk.Node:
		return "the node itself"
	case walk.Outside:
		return "any client outside"
	}
	return from
}

func (a *analysis) stop(s *stopping) {
	node := a.path.Node.Name
	f := explain.Finding{
		Code: explain.StoppedBeforeTranslation, Severity: explain.Error, Proof: explain.ProofNode, Subject: "Node " + node,
		Args: map[string]string{
			"service": a.name(), "node": node, "port": s.port, "table": s.table, "chain": s.chain, "verdict": s.verdict,
			"clients": strings.Join(s.clients, ", "),
		},
		Next: []string{"kubectl get networkpolicies -A"},
	}
	if s.translated {
		f.Code = explain.StoppedAfterTranslation
		f.Args["endpoints"] = strings.Join(s.endpoints, ", ")
	}
	for _, rule := range s.rules {
		f.Evidence = append(f.Evidence, explain.Evidence{Where: fmt.Sprintf("%s %s %s", node, s.table, s.chain), What: rule})
	}
	for _, other := range kubeproxy.Others([]string{s.chain}) {
		f.Evidence = append(f.Evidence, explain.Evidence{Where: fmt.Sprintf("%s %s %s", node, s.table, s.chain), What: "a chain of " + other.Name})
	}
	a.find(f)
}

// expectsEndpoints says whether the rules of Kubernetes let a connection to the address
// through on this node.
func (a *analysis) expectsEndpoints(w Walk) bool {
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		for _, to := range walkTargets(p, a.s.Node(a.path.Node.Name)) {
			if to.at.String() != w.To || p.Protocol != w.Protocol {
				continue
			}
			used := kubeproxy.UsedEndpoints(p, kubeproxy.Endpoints(p, a.s.SlicesOf(a.svc.Namespace, a.svc.Name)), a.info)
			if slices.Contains(p.ProxiedIPs, to.at.Addr()) {
				return false
			}
			if to.inCluster() {
				return p.InternalVerdict(used) == kubeproxy.VerdictEndpoints
			}
			return p.ExternalVerdict(used) == kubeproxy.VerdictEndpoints
		}
	}
	return false
}

// kubeproxyChain says whether a chain is Kubernetes' own (pkg/proxy/iptables/proxier.go,
// pkg/kubelet/kubelet_network_linux.go): what stands there is meant by the Service, or
// refuses what no client may send.
func kubeproxyChain(name string) bool {
	own := []string{
		servicesChain, nodePortsChain, externalServicesChain, proxyFirewallChain, postroutingChain, markChain, "KUBE-FORWARD", "KUBE-FIREWALL", "KUBE-MARK-DROP",
	}
	if slices.Contains(own, name) {
		return true
	}
	for _, prefix := range []string{
		kubeproxy.ServiceChainPrefix, kubeproxy.LocalChainPrefix, kubeproxy.ExternalChainPrefix, kubeproxy.FirewallChainPrefix, kubeproxy.EndpointChainPrefix,
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
