package svcpath

import (
	"context"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// proxyPods reads the Pods among which those of kube-proxy are, of all nodes in one request.
func (g *gathering) proxyPods(ctx context.Context) []corev1.Pod {
	list, err := g.Client.CoreV1().Pods(proxyNamespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		g.missing(err, "list pods in namespace "+proxyNamespace, "pods")
		return nil
	}
	return list.Items
}

// proxyPod reads the kube-proxy pod of a node: its image has the programs, its
// state explains rules that are old. Nil where there is none or it is not known.
func (g *gathering) proxyPod(ctx context.Context, nodeName string) *corev1.Pod {
	list, err := g.Client.CoreV1().Pods(proxyNamespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector("spec.nodeName", nodeName).String(),
	})
	if err != nil {
		g.missing(err, "list pods in namespace "+proxyNamespace, "pods")
		return nil
	}
	for i := range list.Items {
		if kubeproxy.IsKubeProxy(&list.Items[i]) {
			g.keep(list.Items[i : i+1])
			return &list.Items[i]
		}
	}
	g.others(ctx, list.Items, []string{nodeName})
	return nil
}

func (g *gathering) proxyConfig(ctx context.Context) {
	cm, err := g.Client.CoreV1().ConfigMaps(proxyNamespace).Get(ctx, proxyConfigMap, metav1.GetOptions{})
	if err != nil {
		g.missing(err, "get configmap "+proxyNamespace+"/"+proxyConfigMap, "configmaps")
		return
	}
	g.s.ConfigMaps = []corev1.ConfigMap{snapshot.SlimConfigMap(cm, "config.conf", "config")}
}

// others keeps the Pods of what can answer for Services in kube-proxy's place, of nodes
// without it. They are looked for in other namespaces only where that of kube-proxy has none.
func (g *gathering) others(ctx context.Context, pods []corev1.Pod, nodes []string) {
	if len(nodes) == 0 || g.keepOthers(pods, nodes) {
		return
	}
	for _, selector := range kubeproxy.OtherSelectors() {
		options := metav1.ListOptions{LabelSelector: selector, ResourceVersion: "0"}
		if len(nodes) == 1 {
			options.FieldSelector = fields.OneTermEqualSelector("spec.nodeName", nodes[0]).String()
		}
		list, err := g.Client.CoreV1().Pods(metav1.NamespaceAll).List(ctx, options)
		if err != nil {
			g.missing(err, "list pods in all namespaces", "pods")
			return
		}
		g.keepOthers(list.Items, nodes)
	}
}

func (g *gathering) keepOthers(pods []corev1.Pod, nodes []string) (found bool) {
	for i := range pods {
		if _, ok := kubeproxy.OtherOf(&pods[i]); ok && slices.Contains(nodes, pods[i].Spec.NodeName) {
			g.keep(pods[i : i+1])
			found = true
		}
	}
	return found
}

// modePlan asks kube-proxy itself for its mode, where its configuration says it listens.
func (g *gathering) modePlan() node.Plan {
	cm := g.s.ConfigMap(proxyNamespace, proxyConfigMap)
	if cm == nil {
		return nil
	}
	config, err := kubeproxy.ParseConfig(cm)
	if err != nil {
		return nil
	}
	at, err := netip.ParseAddrPort(config.MetricsAddress)
	if err != nil {
		return nil
	}
	return node.Plan{node.ProxyMode(at)}
}
