package rollout

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/apis/core"
	corev1conversion "k8s.io/kubernetes/pkg/apis/core/v1"
	"k8s.io/kubernetes/pkg/printers"
	printersinternal "k8s.io/kubernetes/pkg/printers/internalversion"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func someState(r *rand.Rand) corev1.ContainerState {
	switch r.IntN(4) {
	case 0:
		return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: pick(r, "", "PodInitializing", "ContainerCreating", "CrashLoopBackOff", "ErrImagePull")}}
	case 1:
		return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: pick[int32](r, 0, 0, 1, 137), Signal: pick[int32](r, 0, 9), Reason: pick(r, "", "Completed", "Error", "OOMKilled"),
		}}
	case 2:
		return corev1.ContainerState{}
	default:
		return corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}
	}
}

func somePod(r *rand.Rand) corev1.Pod {
	p := corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web-x", UID: "p", CreationTimestamp: metav1.NewTime(now),
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web", UID: "rs", Controller: ptr(true)}},
		},
		Status: corev1.PodStatus{
			Phase:  pick(r, corev1.PodPending, corev1.PodRunning, corev1.PodSucceeded, corev1.PodFailed),
			Reason: pick(r, "", "", "", "Evicted", "NodeLost"),
		},
	}
	if r.IntN(4) == 0 {
		p.DeletionTimestamp = ptr(metav1.NewTime(now))
	}
	for _, c := range []corev1.PodConditionType{corev1.PodScheduled, corev1.PodInitialized, corev1.PodReady} {
		if r.IntN(3) > 0 {
			reason := ""
			if c == corev1.PodScheduled && r.IntN(4) == 0 {
				reason = corev1.PodReasonSchedulingGated
			}
			p.Status.Conditions = append(p.Status.Conditions, corev1.PodCondition{Type: c, Status: pick(r, corev1.ConditionTrue, corev1.ConditionFalse), Reason: reason})
		}
	}
	for i := range r.IntN(3) {
		c := corev1.Container{Name: "init" + strconv.Itoa(i)}
		if r.IntN(2) == 0 {
			c.RestartPolicy = ptr(corev1.ContainerRestartPolicyAlways)
		}
		p.Spec.InitContainers = append(p.Spec.InitContainers, c)
		p.Status.InitContainerStatuses = append(p.Status.InitContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, State: someState(r), Ready: r.IntN(2) == 0, Started: pick(r, nil, ptr(true), ptr(false)), RestartCount: int32(r.IntN(3)),
		})
	}
	for i := range 1 + r.IntN(2) {
		p.Spec.Containers = append(p.Spec.Containers, corev1.Container{Name: "app" + strconv.Itoa(i)})
		if r.IntN(8) > 0 {
			p.Status.ContainerStatuses = append(p.Status.ContainerStatuses, corev1.ContainerStatus{
				Name: "app" + strconv.Itoa(i), State: someState(r), Ready: r.IntN(2) == 0, RestartCount: int32(r.IntN(3)),
			})
		}
	}
	return p
}

// TestPodColumns holds READY, STATUS and RESTARTS of a Pod to those that the API server
// prints for kubectl.
func TestPodColumns(t *testing.T) {
	generator := printers.NewTableGenerator().With(printersinternal.AddHandlers)
	r := rand.New(rand.NewPCG(5, 6))
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "rs"}, Spec: appsv1.ReplicaSetSpec{Template: template("a")}}
	for range 100000 {
		pod := somePod(r)
		var internal core.Pod
		if err := corev1conversion.Convert_v1_Pod_To_core_Pod(&pod, &internal, nil); err != nil {
			t.Fatal(err)
		}
		table, err := generator.GenerateTable(&internal, printers.GenerateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		cells := table.Rows[0].Cells
		s := &snapshot.Snapshot{Pods: []corev1.Pod{*snapshot.SlimRolloutPod(&pod)}, Rollout: &snapshot.Rollout{Now: now.Add(time.Minute), ReplicaSet: rs}}
		p := rollout.Analyze(s, rollout.Request{Namespace: "shop", Target: kube.Target{Kind: "ReplicaSet", Name: "web"}}).Revisions[0].Pods[0]
		ready, _, _ := strings.Cut(cells[1].(string), "/")
		restarts, _, _ := strings.Cut(cells[3].(string), " ")
		if p.Status != cells[2] || strconv.Itoa(int(p.Ready)) != ready || strconv.Itoa(int(p.Restarts)) != restarts {
			t.Fatalf("said %s, %d ready, %d restarts; kubectl %v\n%+v", p.Status, p.Ready, p.Restarts, cells, pod)
		}
	}
}
