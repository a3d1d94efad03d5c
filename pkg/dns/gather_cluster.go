package dns

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// policies reads the NetworkPolicies of the Pod's namespace. They do not hold for Pods on
// the host network.
func (g *gathering) policies(ctx context.Context, pod *corev1.Pod) {
	what := "list networkpolicies in namespace " + pod.Namespace
	if pod.Spec.HostNetwork || !g.mayAsk(what) {
		return
	}
	list, err := g.Client.NetworkingV1().NetworkPolicies(pod.Namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		g.missing(what, err, "networking.k8s.io", "networkpolicies", "list")
		return
	}
	g.s.PoliciesOf = []string{pod.Namespace}
	for i := range list.Items {
		g.s.NetworkPolicies = append(g.s.NetworkPolicies, snapshot.SlimPolicy(&list.Items[i]))
	}
}

// kubeletConfig is the part of KubeletConfiguration that is about DNS
// (k8s.io/kubelet/config/v1beta1). resolvConf is null where the default holds.
type kubeletConfig struct {
	ClusterDNS    []string `json:"clusterDNS"`
	ClusterDomain string   `json:"clusterDomain"`
	ResolvConf    *string  `json:"resolvConf"`
}

// defaultResolvConf is what a kubelet takes that is told nothing (v1beta1/defaults_linux.go).
const defaultResolvConf = "/etc/resolv.conf"

func (c kubeletConfig) reading(node, from string) snapshot.KubeletReading {
	path := defaultResolvConf
	if c.ResolvConf != nil {
		path = *c.ResolvConf
	}
	return snapshot.KubeletReading{Node: node, From: from, ClusterDNS: c.ClusterDNS, ClusterDomain: c.ClusterDomain, ResolvConf: path}
}

// kubelet asks the Pod's kubelet what it is told about DNS. Where that is not allowed,
// which is usual, it takes what kubeadm keeps for all kubelets.
func (g *gathering) kubelet(ctx context.Context, pod *corev1.Pod) {
	if len(g.s.Kubelets) > 0 {
		return
	}
	name := pod.Spec.NodeName
	if name != "" && g.Configz != nil {
		what := "get the configuration of the kubelet of " + name
		if !g.mayAsk(what) && slices.Contains(g.left, what) {
			return
		}
		if !g.asked(what) {
			raw, err := g.Configz(ctx, name)
			if err == nil {
				err = g.configz(raw, name)
			}
			if err == nil {
				return
			}
			g.note(what, err, "", "nodes/proxy", "get")
		}
	}
	g.kubeadm(ctx, name)
}

func (g *gathering) configz(raw []byte, node string) error {
	var answer struct {
		Config *kubeletConfig `json:"kubeletconfig"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Config == nil {
		return errors.New("its answer is no kubelet's configuration")
	}
	g.s.Kubelets = append(g.s.Kubelets, answer.Config.reading(node, "/configz of the kubelet"))
	return nil
}

// kubeadm reads the ConfigMap from which kubeadm configures each kubelet that joins.
func (g *gathering) kubeadm(ctx context.Context, node string) {
	const name = "kubelet-config"
	what := "get configmap " + metav1.NamespaceSystem + "/" + name
	if slices.Contains(g.s.Absent, "ConfigMap "+metav1.NamespaceSystem+"/"+name) || !g.mayAsk(what) {
		return
	}
	cm, err := g.Client.CoreV1().ConfigMaps(metav1.NamespaceSystem).Get(ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		g.s.Absent = append(g.s.Absent, "ConfigMap "+metav1.NamespaceSystem+"/"+name)
		return
	}
	var c kubeletConfig
	if err == nil {
		err = yaml.Unmarshal([]byte(cm.Data["kubelet"]), &c)
	}
	if err != nil {
		g.note(what, err, "", "configmaps", "get")
		return
	}
	g.s.Kubelets = append(g.s.Kubelets, c.reading(node, fmt.Sprintf("ConfigMap %s/%s", metav1.NamespaceSystem, name)))
}

// clusterOf asks the kubelet for the cluster's domain where the search list does not tell
// it, and names are asked for.
func (g *gathering) clusterOf(ctx context.Context, pod *corev1.Pod) {
	f, err := FactsOf(g.s, g.req)
	if err == nil && f.Cluster == nil && len(f.Names) > 0 {
		g.kubelet(ctx, pod)
	}
}

// environment takes from the manifest the variables by which glibc overrides the file.
func environment(r *snapshot.ResolverReading, pod *corev1.Pod, container string) {
	for _, c := range slices.Concat(pod.Spec.InitContainers, pod.Spec.Containers) {
		for _, v := range c.Env {
			switch {
			case c.Name != container || strings.Contains(v.Value, "$("):
			case v.Name == "LOCALDOMAIN":
				r.LocalDomain = v.Value
			case v.Name == "RES_OPTIONS":
				r.ResOptions = v.Value
			}
		}
	}
}
