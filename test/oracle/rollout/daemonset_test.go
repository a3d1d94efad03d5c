package rollout

import (
	"math/rand/v2"
	"strconv"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/controller/daemon"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func pick[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

func someNode(r *rand.Rand, name string) corev1.Node {
	n := corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{"zone": pick(r, "a", "b"), "disk": pick(r, "ssd", "hdd"), "size": strconv.Itoa(r.IntN(3))}}}
	for range r.IntN(3) {
		n.Spec.Taints = append(n.Spec.Taints, corev1.Taint{
			Key: pick(r, "dedicated", "node.kubernetes.io/unreachable", "node.kubernetes.io/unschedulable", "node.kubernetes.io/network-unavailable",
				"node-role.kubernetes.io/control-plane", "node.kubernetes.io/disk-pressure", "node.kubernetes.io/not-ready"),
			Value: pick(r, "", "x"), Effect: pick(r, corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute, corev1.TaintEffectPreferNoSchedule),
		})
	}
	return n
}

func someDaemonSet(r *rand.Rand) *appsv1.DaemonSet {
	ds := &appsv1.DaemonSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "agent", UID: "ds"}, Spec: appsv1.DaemonSetSpec{Template: template("a")}}
	spec := &ds.Spec.Template.Spec
	spec.HostNetwork = r.IntN(2) == 0
	if r.IntN(4) == 0 {
		spec.NodeName = pick(r, "n0", "n1")
	}
	if r.IntN(2) == 0 {
		spec.NodeSelector = map[string]string{"zone": pick(r, "a", "b", "c")}
	}
	for range r.IntN(3) {
		spec.Tolerations = append(spec.Tolerations, corev1.Toleration{
			Key: pick(r, "", "dedicated", "node-role.kubernetes.io/control-plane"), Operator: pick(r, corev1.TolerationOpExists, corev1.TolerationOpEqual, ""),
			Value: pick(r, "", "x"), Effect: pick(r, "", corev1.TaintEffectNoSchedule, corev1.TaintEffectNoExecute),
		})
	}
	if r.IntN(3) == 0 {
		spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{
			NodeSelectorTerms: []corev1.NodeSelectorTerm{{MatchExpressions: []corev1.NodeSelectorRequirement{
				{Key: pick(r, "disk", "size"), Operator: pick(r, corev1.NodeSelectorOpIn, corev1.NodeSelectorOpNotIn, corev1.NodeSelectorOpExists, corev1.NodeSelectorOpGt), Values: []string{pick(r, "ssd", "1")}},
			}}},
		}}}
	}
	return ds
}

// TestNodeShouldRun holds which nodes get a Pod of a DaemonSet to the controller's own word.
func TestNodeShouldRun(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	should := 0
	for range 20000 {
		ds := someDaemonSet(r)
		s := &snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, DaemonSet: ds}, Nodes: []corev1.Node{someNode(r, "n0"), someNode(r, "n1")}}
		st := rollout.Analyze(s, rollout.Request{Namespace: "shop", Target: kube.Target{Kind: "DaemonSet", Name: "agent"}})
		if len(st.Nodes) != 2 {
			t.Fatalf("%d nodes", len(st.Nodes))
		}
		for _, said := range st.Nodes {
			node := &s.Nodes[0]
			if said.Name == "n1" {
				node = &s.Nodes[1]
			}
			want, _ := daemon.NodeShouldRunDaemonPod(klog.Background(), node, ds)
			if said.ShouldRun != want {
				t.Fatalf("said %+v, the controller %v\n%+v\n%+v", said, want, node.Spec, ds.Spec.Template.Spec)
			}
			if want {
				should++
			}
		}
	}
	if should < 1000 || should > 39000 {
		t.Errorf("%d of 40000 should run", should)
	}
}
