package svcpath

import (
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// compareEntry reports an address of the port that the node does not treat as the
// rules of Kubernetes have it. absent says that the chains behind are not there.
func (v *view) compareEntry(e Entry, absent bool) {
	expected, found := kubeproxy.Verdict(e.Expected), kubeproxy.Verdict(e.Found)
	switch {
	case expected == verdictNone, e.Found == foundOther:
	case expected == kubeproxy.VerdictEndpoints:
		v.compareOpen(e, absent)
	case expected == kubeproxy.VerdictReject && found == kubeproxy.VerdictReject:
		v.refused(e)
	case found == verdictNone:
		v.entryFinding(explain.RejectAbsent, explain.Evidence{Where: v.refusing(), What: "no rule for " + v.address(e)})
	}
}

// compareOpen is for an address that should lead to endpoints.
func (v *view) compareOpen(e Entry, absent bool) {
	reaches := kubeproxy.Verdict(e.Found) == kubeproxy.VerdictEndpoints
	refuses := !reaches && kubeproxy.Verdict(e.Found) != verdictNone
	switch {
	case refuses:
		v.entryFinding(explain.RejectDespiteEndpoints, v.refusal(e))
	case absent && reaches:
		v.entryFinding(explain.AnotherWay, v.noSuchChain(e), "address", v.address(e), "chain", v.chainFor(e))
	case absent:
		v.entryFinding(explain.RulesAbsent, v.noSuchChain(e), "proxy", v.proxyState())
	case !reaches:
		v.entryFinding(explain.DispatchRuleAbsent, explain.Evidence{Where: v.where(v.dispatch(e)), What: "no rule for " + v.address(e)},
			"chain", v.dispatch(e), "address", v.address(e))
	}
}

func (v *view) noSuchChain(e Entry) explain.Evidence {
	return explain.Evidence{Where: v.where(v.chainFor(e)), What: "no such chain"}
}

// entryFinding is a difference at one address of the port.
func (v *view) entryFinding(code string, seen explain.Evidence, more ...string) {
	v.differ(explain.Finding{
		Code: code, Severity: explain.Error, Proof: explain.ProofNode,
		Args: v.args(more...), Evidence: []explain.Evidence{seen}, Next: v.proxyCommands(),
	})
}

// refused words that the node refuses, as it must where no endpoint is usable: of all
// addresses of a port at once.
func (v *view) refused(e Entry) {
	for i := range v.path.Findings {
		if f := &v.path.Findings[i]; f.Code == explain.NoEndpointsRejected && f.Args["port"] == v.word() {
			f.Args["address"] += ", " + v.address(e)
			f.Evidence = append(f.Evidence, v.refusal(e))
			return
		}
	}
	v.find(explain.Finding{
		Code: explain.NoEndpointsRejected, Severity: explain.Error, Proof: explain.ProofNode,
		Args: v.args("address", v.address(e)), Evidence: []explain.Evidence{v.refusal(e)},
		Next: []string{"kubectl -n " + v.svc.Namespace + " get endpointslices -l kubernetes.io/service-name=" + v.svc.Name},
	})
}

// refusal is the rule, or the element of a map, that refuses.
func (v *view) refusal(e Entry) explain.Evidence {
	for _, s := range e.Steps {
		switch {
		case !s.refuses():
		case s.Table == nftTable:
			return explain.Evidence{Where: v.where(s.Chain), What: s.Rule}
		default:
			return explain.Evidence{Where: v.info.Name + " " + s.Table + " " + s.Chain, What: s.Rule}
		}
	}
	return explain.Evidence{Where: v.refusing(), What: e.Found}
}

func (v *view) address(e Entry) string {
	host := e.Address
	if host == "" {
		host = v.info.Name
	}
	if v.family() == 6 && e.Address != "" {
		host = "[" + host + "]"
	}
	return host + ":" + portNumber(e.Port)
}

func (v *view) dispatch(e Entry) string { return v.backend().dispatch(e.Kind == kindNodePort) }

func (v *view) where(chain string) string { return v.info.Name + " " + v.backend().place(chain) }

// at is a chain of iptables as evidence names it.
func (v *view) at(table, chain string) string { return v.info.Name + " " + table + " " + chain }

func (v *view) refusing() string { return v.info.Name + " " + v.backend().refusing() }

func (a *analysis) proxyState() string {
	if p := a.path.Node.Proxy; p != nil {
		return p.Pod + " (" + p.State + ")"
	}
	return "no Pod"
}

// proxyCommands are the commands that show what keeps kube-proxy from its work.
func (a *analysis) proxyCommands() []string {
	return []string{
		"kubectl -n " + proxyNamespace + " logs " + a.proxyName() + " --tail=50",
		"kubectl -n " + proxyNamespace + " get pods -o wide --field-selector spec.nodeName=" + a.info.Name,
	}
}
