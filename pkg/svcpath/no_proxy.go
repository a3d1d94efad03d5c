package svcpath

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// proxyNotFound is for a node with neither a Pod of kube-proxy nor rules of it: which
// component can answer for Services there instead?
func (a *analysis) proxyNotFound(name string) {
	if a.otherProxies(name) {
		return
	}
	a.find(explain.Finding{
		Code: explain.KubeProxyNotFound, Severity: explain.Warning, Proof: explain.ProofNode, Subject: "Node " + name,
		Args: map[string]string{"node": name},
		Next: []string{"kubectl -n kube-system get pods -o wide --field-selector spec.nodeName=" + name},
	})
}

// otherProxies reports each component on the node that can answer for Services.
func (a *analysis) otherProxies(name string) (found bool) {
	for i := range a.s.Pods {
		pod := &a.s.Pods[i]
		other, ok := kubeproxy.OtherOf(pod)
		if !ok || pod.Spec.NodeName != name {
			continue
		}
		found = true
		where := pod.Namespace + "/" + pod.Name
		a.find(explain.Finding{
			Code: explain.OtherProxy, Severity: explain.Warning, Proof: explain.ProofComputed, Subject: "Node " + name,
			Args: map[string]string{"node": name, "component": other.Name, "pod": where},
			Evidence: []explain.Evidence{
				{Where: "Pods of " + name, What: "none is kube-proxy"},
				{Where: "Pod " + where, What: other.Label() + ", " + podState(pod)},
			},
			Next: other.Next(pod, a.svc.Namespace, a.svc.Name),
		})
	}
	return found
}

// withoutProxy is for rules of kube-proxy on a node where no Pod is kube-proxy.
func (a *analysis) withoutProxy(name string, read *rules, families []int) {
	unlisted := slices.ContainsFunc(a.path.NotChecked, func(m snapshot.Missing) bool { return m.What == "list pods in namespace "+proxyNamespace })
	if a.path.Node.Proxy != nil || unlisted || !slices.ContainsFunc(families, read.written) {
		return
	}
	f := explain.Finding{
		Code: explain.RulesWithoutKubeProxy, Severity: explain.Info, Proof: explain.ProofNode, Subject: "Node " + name,
		Args:     map[string]string{"node": name},
		Evidence: []explain.Evidence{{Where: name + " nat " + markChain, What: "present"}, {Where: "Pods of " + name, What: "none is kube-proxy"}},
		Next:     []string{"pgrep -a kube-proxy   # on " + name},
	}
	if distribution := embedding(a.s.Node(name)); distribution != "" {
		f.Code, f.Next = explain.KubeProxyEmbedded, nil
		f.Args["distribution"] = distribution
		f.Evidence[1] = explain.Evidence{Where: "Node " + name, What: "kubeletVersion: " + a.s.Node(name).Status.NodeInfo.KubeletVersion}
	} else if a.otherProxies(name) {
		f.Severity = explain.Warning
	}
	a.find(f)
}

// embedding names a distribution that runs kube-proxy inside of a process of its own, by
// the version that its kubelet reports; "" for others. In k3s kube-proxy is a goroutine of
// the one process (docs.k3s.io, Architecture).
func embedding(n *corev1.Node) string {
	if n != nil && strings.Contains(n.Status.NodeInfo.KubeletVersion, "+k3s") {
		return "k3s"
	}
	return ""
}
