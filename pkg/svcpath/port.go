package svcpath

import (
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// port follows one port of the Service in one IP family, and compares.
func (a *analysis) port(p kubeproxy.ServicePort) {
	eps := kubeproxy.Endpoints(p, a.s.SlicesOf(a.svc.Namespace, a.svc.Name))
	v := &view{
		analysis: a, p: p, eps: eps, used: kubeproxy.UsedEndpoints(p, eps, a.info),
		out: Port{
			Name: p.Port, Protocol: p.Protocol, Family: string(p.Family), Number: p.Number,
			TargetPort: p.TargetPort.String(), NodePort: p.NodePort, Endpoints: []Endpoint{}, Entries: []Entry{},
		},
	}
	v.endpoints()
	v.entries()
	if v.backend() != nil {
		v.compare()
		v.compareFields()
	}
	v.policies()
	v.fields()
	v.connections()
	a.path.Ports = append(a.path.Ports, v.out)
}

// view is what is known of one port while it is judged.
type view struct {
	*analysis
	p    kubeproxy.ServicePort
	eps  []kubeproxy.Endpoint
	used kubeproxy.Used
	out  Port
}

func (v *view) family() int { return number(v.p.Family) }

// word is the port as the arguments of findings give it.
func (v *view) word() string {
	return portWord(v.p.Number, corev1.Protocol(strings.ToUpper(v.p.Protocol)))
}

// args are the arguments that every finding about the port has, and more.
func (v *view) args(more ...string) map[string]string {
	out := map[string]string{"service": v.name(), "port": v.word()}
	if v.path.Node != nil {
		out["node"] = v.path.Node.Name
	}
	for i := 0; i+1 < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

// endpoints lists what the slices say, with the Pods behind.
func (v *view) endpoints() {
	for _, ep := range v.eps {
		out := Endpoint{Address: ep.Address.String(), Node: ep.NodeName, State: state(ep), InAPI: true, Expected: v.expects(ep)}
		out.Unused = v.whyUnused(ep)
		ref := ep.TargetRef
		if v.wrongTarget(ref, ep.Address.Addr().String()) != "" {
			out.Target, ref = ref.Name, nil
		}
		if ref != nil && ref.Kind == "Pod" {
			out.Pod = ref.Namespace + "/" + ref.Name
		} else if pod := v.s.PodWithIP(ep.Address.Addr().String()); pod != nil {
			out.Pod = pod.Namespace + "/" + pod.Name
		} else if out.Node == "" {
			out.Node = v.s.NodeWithIP(ep.Address.Addr().String())
		}
		if v.backend() != nil {
			out.OnNode = new(bool)
		}
		v.out.Endpoints = append(v.out.Endpoints, out)
	}
}

// expects says whether the node has a reason to send connections to the endpoint.
// Where no node is known, nothing is expected of one.
func (v *view) expects(ep kubeproxy.Endpoint) bool {
	for _, u := range v.used.All {
		if u.Address == ep.Address {
			return v.path.Node != nil
		}
	}
	return false
}

// state words the conditions of an endpoint.
func state(ep kubeproxy.Endpoint) string {
	switch {
	case ep.Ready && !ep.Terminating && ep.Serving:
		return "ready"
	case ep.Ready:
		// The slice controller says ready then of any Pod (endpointslice/utils.go
		// podToEndpoint).
		ep.Ready = false
		return "published, " + state(ep)
	case ep.Terminating && ep.Serving:
		return "serving, terminating"
	case ep.Terminating:
		return "terminating"
	default:
		return "not ready"
	}
}

// policies words what the Service's own settings do on this node.
func (v *view) policies() {
	if v.path.Node == nil || len(v.eps) == 0 {
		v.noEndpoints()
		return
	}
	if v.p.InternalVerdict(v.used) == kubeproxy.VerdictDrop {
		v.policy(explain.InternalLocalDropped, explain.Error, "spec.internalTrafficPolicy: Local; no endpoint on "+v.info.Name)
	}
	if v.p.NodePort != 0 && v.p.ExternalVerdict(v.used) == kubeproxy.VerdictDrop {
		v.policy(explain.ExternalLocalDropped, explain.Warning, "spec.externalTrafficPolicy: Local; no endpoint on "+v.info.Name, "nodePort", portNumber(v.p.NodePort))
	}
	v.topology()
	if v.used.TerminatingOnly || v.used.LocalTerminatingOnly {
		v.onlyTerminating()
	}
	v.noEndpoints()
}

// topology words that hints leave endpoints out.
func (v *view) topology() {
	if v.used.Topology != "" {
		ready := 0
		for _, ep := range v.eps {
			if ep.Ready {
				ready++
			}
		}
		if ready > len(v.used.Cluster) {
			v.policy(explain.TopologyNarrowed, explain.Info, "EndpointSlice hints; mode "+v.used.Topology,
				"used", portNumber(int32(len(v.used.Cluster))), "total", portNumber(int32(ready)), "mode", v.used.Topology)
		}
	}
}

// onlyTerminating words that the last Pods still answer while they end.
func (v *view) onlyTerminating() {
	list := v.used.Cluster
	if v.used.LocalTerminatingOnly {
		list = v.used.Local
	}
	var names []string
	for _, ep := range list {
		names = append(names, ep.Address.String())
	}
	v.policy(explain.OnlyTerminating, explain.Warning, "EndpointSlice: no endpoint is ready, these are serving and terminating", "endpoints", strings.Join(names, ", "))
}

// noEndpoints is for a port that nothing else explains: Pods are there and ready,
// and no slice lists them.
func (v *view) noEndpoints() {
	if v.used.HasUsable || v.explained() {
		return
	}
	v.policy(explain.NoEndpoints, explain.Error, "no EndpointSlice lists a usable endpoint for it")
}

// explained says whether a finding on the Service already tells why no endpoint of
// this port is usable.
func (v *view) explained() bool {
	for _, f := range v.path.Findings {
		switch f.Code {
		case explain.SelectorMatchesNoPod, explain.NoMatchingPodReady, explain.NoSelectorNoSlices:
			return true
		case explain.TargetPortNameMissing, explain.SlicePortUnmatched:
			if f.Args["port"] == v.word() {
				return true
			}
		}
	}
	return false
}

func (v *view) policy(code string, severity explain.Severity, what string, more ...string) {
	v.find(explain.Finding{
		Code: code, Severity: severity, Proof: explain.ProofComputed, Args: v.args(more...),
		Evidence: []explain.Evidence{{Where: "Service " + v.name(), What: what}},
		Next:     []string{"kubectl -n " + v.svc.Namespace + " get endpointslices -l kubernetes.io/service-name=" + v.svc.Name + " -o wide"},
	})
}
