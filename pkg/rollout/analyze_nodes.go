package rollout

import (
	"cmp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	schedule "k8s.io/component-helpers/scheduling/corev1"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

// nodes finds those without a Pod of the DaemonSet, and those with one that should not be
// there (pkg/controller/daemon/daemon_controller.go, nodeShouldRunDaemonPod).
func (a *analysis) nodes(d *appsv1.DaemonSet) {
	spec := &d.Spec.Template.Spec
	tolerations := daemonTolerations(spec)
	affinity := nodeaffinity.NewRequiredNodeAffinity(spec.NodeSelector, spec.Affinity)
	podOn := map[string]string{}
	for _, r := range a.st.Revisions {
		for _, p := range r.Pods {
			if !p.Deleting {
				podOn[p.Node] = p.Name
			}
		}
	}
	for i := range a.s.Nodes {
		node := &a.s.Nodes[i]
		n := Node{Name: node.Name, Pod: podOn[node.Name]}
		n.ShouldRun, n.Why, n.What = shouldRun(node, spec, tolerations, affinity)
		if n.ShouldRun && n.Pod != "" {
			continue
		}
		if n.ShouldRun && a.notRead("pods") {
			continue
		}
		a.st.Nodes = append(a.st.Nodes, n)
	}
	slices.SortFunc(a.st.Nodes, func(x, y Node) int {
		return cmp.Or(cmp.Compare(x.Why, y.Why), cmp.Compare(x.Name, y.Name))
	})
}

func shouldRun(node *corev1.Node, spec *corev1.PodSpec, tolerations []corev1.Toleration, affinity nodeaffinity.RequiredNodeAffinity) (should bool, why, what string) {
	if spec.NodeName != "" && spec.NodeName != node.Name {
		return false, "name", spec.NodeName
	}
	// The controller takes a selector that cannot be read for one that fits nothing.
	if fits, _ := affinity.Match(node); !fits {
		return false, "selector", ""
	}
	keeps := func(t *corev1.Taint) bool {
		return t.Effect == corev1.TaintEffectNoExecute || t.Effect == corev1.TaintEffectNoSchedule
	}
	if taint, found := schedule.FindMatchingUntoleratedTaint(klog.Background(), node.Spec.Taints, tolerations, keeps, true); found {
		return false, "taint", taint.ToString()
	}
	return true, "pending", ""
}

// daemonTolerations are the template's and those that the controller adds
// (pkg/controller/daemon/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations).
func daemonTolerations(spec *corev1.PodSpec) []corev1.Toleration {
	out := slices.Clone(spec.Tolerations)
	add := func(key string, effect corev1.TaintEffect) {
		out = append(out, corev1.Toleration{Key: key, Operator: corev1.TolerationOpExists, Effect: effect})
	}
	add(corev1.TaintNodeNotReady, corev1.TaintEffectNoExecute)
	add(corev1.TaintNodeUnreachable, corev1.TaintEffectNoExecute)
	add(corev1.TaintNodeDiskPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodeMemoryPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodePIDPressure, corev1.TaintEffectNoSchedule)
	add(corev1.TaintNodeUnschedulable, corev1.TaintEffectNoSchedule)
	if spec.HostNetwork {
		add(corev1.TaintNodeNetworkUnavailable, corev1.TaintEffectNoSchedule)
	}
	return out
}
