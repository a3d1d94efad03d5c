package rollout

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// setWorld is a StatefulSet in an update from revision 1 to revision 2.
type setWorld struct {
	s    *appsv1.StatefulSet
	pods []*corev1.Pod
	more func(*snapshot.Snapshot)
}

// newSet has ready Pods, all of revision 1.
func newSet(replicas int32) *setWorld {
	w := &setWorld{s: &appsv1.StatefulSet{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "db", UID: "set", Generation: 2, CreationTimestamp: at(-3600)},
		Spec: appsv1.StatefulSetSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}, Template: template("db:2"),
			UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.RollingUpdateStatefulSetStrategyType, RollingUpdate: &appsv1.RollingUpdateStatefulSetStrategy{Partition: ptr(int32(0))}},
		},
		Status: appsv1.StatefulSetStatus{ObservedGeneration: 2, Replicas: replicas, ReadyReplicas: replicas, AvailableReplicas: replicas, CurrentRevision: "db-one", UpdateRevision: "db-two"},
	}}
	base := newWorld(1, 1, 0, "1", "0")
	for i := range int(replicas) {
		p := base.pod("old", true)
		p.Name, p.UID = fmt.Sprintf("db-%d", i), types.UID(fmt.Sprint(i))
		p.OwnerReferences = []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "StatefulSet", Name: "db", UID: "set", Controller: ptr(true)}}
		w.pods = append(w.pods, p)
		w.is(i, "db-one")
	}
	return w
}

func (w *setWorld) is(i int, revision string) {
	w.pods[i].Labels = map[string]string{appsv1.ControllerRevisionHashLabelKey: revision}
}

func (w *setWorld) state() *State {
	s := &snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, StatefulSet: w.s}}
	for _, p := range w.pods {
		s.Pods = append(s.Pods, *p)
	}
	for i, name := range []string{"db-one", "db-two"} {
		raw, err := json.Marshal(map[string]any{"spec": map[string]any{"template": template(fmt.Sprintf("db:%d", i+1))}})
		if err != nil {
			panic(err)
		}
		s.Rollout.ControllerRevisions = append(s.Rollout.ControllerRevisions, appsv1.ControllerRevision{
			ObjectMeta: metav1.ObjectMeta{Name: name, UID: types.UID(name), OwnerReferences: []metav1.OwnerReference{{UID: "set", Controller: ptr(true)}}},
			Revision:   int64(i + 1), Data: runtime.RawExtension{Raw: raw},
		})
	}
	if w.more != nil {
		w.more(s)
	}
	return Analyze(s, Request{Namespace: "shop", Target: kube.Target{Kind: "StatefulSet", Name: "db"}, Limit: 5})
}

func (w *setWorld) may(t *testing.T, what string, deletes int32, next string) {
	t.Helper()
	if ar := w.state().Arithmetic; ar.MayDelete != deletes || ar.Next != next {
		t.Errorf("%s: it may delete %d, %q first; want %d, %q", what, ar.MayDelete, ar.Next, deletes, next)
	}
}

// TestOrdinalsStart: the partition counts from spec.ordinals.start on.
func TestOrdinalsStart(t *testing.T) {
	w := newSet(3)
	w.s.Spec.Ordinals, *w.s.Spec.UpdateStrategy.RollingUpdate.Partition = &appsv1.StatefulSetOrdinals{Start: 5}, 1
	for i, p := range w.pods {
		p.Name = fmt.Sprintf("db-%d", i+5)
	}
	w.may(t, "at its beginning", 1, "db-7")
	w.is(2, "db-two")
	w.is(1, "db-two")
	w.may(t, "all but the one that is kept", 0, "")
	w.s.Status.UpdatedReplicas = 2
	st := w.state()
	i := slices.IndexFunc(st.Findings, func(f explain.Finding) bool { return f.Code == explain.PartitionHolds })
	if st.Verdict != Complete || i < 0 || st.Findings[i].Args["pods"] != "1" {
		t.Errorf("%s, %v", st.Verdict, st.Findings)
	}
}

// TestTerminatingIsNotAvailable: the status counts a Pod that terminates and is still ready,
// the update does not.
func TestTerminatingIsNotAvailable(t *testing.T) {
	w := newSet(3)
	w.may(t, "before", 1, "db-2")
	w.pods[2].DeletionTimestamp = ptr(at(20))
	w.may(t, "while one terminates", 0, "db-1")
}

// TestParallelBroken: old Pods that are not available are replaced beside what the bound allows.
func TestParallelBroken(t *testing.T) {
	w := newSet(4)
	w.s.Spec.PodManagementPolicy = appsv1.ParallelPodManagement
	w.may(t, "all available", 1, "db-3")
	for _, i := range []int{0, 1} {
		w.pods[i].Status.Conditions[3].Status = corev1.ConditionFalse
	}
	w.may(t, "two that are not", 2, "db-1")
}

// TestOnDeleteEnds where the controller leaves currentRevision as it is.
func TestOnDeleteEnds(t *testing.T) {
	w := newSet(2)
	w.s.Spec.UpdateStrategy = appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType}
	if st := w.state(); st.Verdict != Progressing {
		t.Errorf("%s", st.Verdict)
	}
	w.s.Status.UpdatedReplicas = 2
	if st := w.state(); st.Verdict != Complete {
		t.Errorf("%s", st.Verdict)
	}
}
