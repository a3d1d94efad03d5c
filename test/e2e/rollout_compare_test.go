//go:build e2e

package e2e

import (
	"errors"
	"io"
	"os"
	"slices"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// compare holds the numbers of each state to the objects that were recorded at that moment.
func (w *watching) compare(all []rollout.State) {
	w.s.t.Helper()
	frames := w.frames()
	if len(frames) == 0 || len(all) == 0 {
		w.s.t.Fatalf("%d states, %d recorded", len(all), len(frames))
	}
	for i := range all {
		st := &all[i]
		var frame *snapshot.Snapshot
		for _, f := range frames {
			if !f.Rollout.Now.After(st.At) {
				frame = f
			}
		}
		if frame == nil {
			w.s.t.Fatalf("nothing was recorded before %s", st.At)
		}
		sameNumbers(w.s.t, st, frame)
	}
}

func (w *watching) frames() []*snapshot.Snapshot {
	w.s.t.Helper()
	in, err := os.Open(w.file)
	if err != nil {
		w.s.t.Fatal(err)
	}
	defer in.Close()
	reader, err := snapshot.NewSequenceReader(in)
	if err != nil {
		w.s.t.Fatal(err)
	}
	var out []*snapshot.Snapshot
	for {
		s, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			w.s.t.Fatal(err)
		}
		out = append(out, s)
	}
}

// sameNumbers compares what a state says with the status of the objects, and counts Pods.
func sameNumbers(t *testing.T, st *rollout.State, s *snapshot.Snapshot) {
	t.Helper()
	r, w := s.Rollout, st.Workload
	said := []int32{w.Desired, w.Current, w.Updated, w.Ready, w.Available}
	var api []int32
	switch {
	case r.Deployment != nil:
		d := r.Deployment
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	case r.StatefulSet != nil:
		d := r.StatefulSet
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	case r.DaemonSet != nil:
		d := r.DaemonSet.Status
		api = []int32{d.DesiredNumberScheduled, d.CurrentNumberScheduled, d.UpdatedNumberScheduled, d.NumberReady, d.NumberAvailable}
	case r.ReplicaSet != nil:
		d := r.ReplicaSet
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.Replicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	default:
		api = []int32{0, 0, 0, 0, 0}
	}
	if !slices.Equal(said, api) {
		t.Errorf("%s: desired, exist, updated, ready, available %v; the API said %v", st.At, said, api)
	}
	for _, set := range r.ReplicaSets {
		i := slices.IndexFunc(st.Revisions, func(r rollout.Revision) bool { return r.Name == set.Name })
		if i < 0 {
			continue
		}
		rev := st.Revisions[i]
		if *rev.Desired != *set.Spec.Replicas || rev.Current != set.Status.Replicas || rev.Ready != set.Status.ReadyReplicas || rev.Available != set.Status.AvailableReplicas ||
			strconv.FormatInt(rev.Number, 10) != set.Annotations["deployment.kubernetes.io/revision"] {
			t.Errorf("%s: %+v; the API said %+v, replicas %d", st.At, rev, set.Status, *set.Spec.Replicas)
		}
		samePods(t, st, rev, podsOwnedBy(s, set.UID))
	}
}

func podsOwnedBy(s *snapshot.Snapshot, uid types.UID) []corev1.Pod {
	var out []corev1.Pod
	for _, pod := range s.Pods {
		if len(pod.OwnerReferences) > 0 && pod.OwnerReferences[0].UID == uid {
			out = append(out, pod)
		}
	}
	return out
}

func samePods(t *testing.T, st *rollout.State, rev rollout.Revision, pods []corev1.Pod) {
	t.Helper()
	if len(rev.Pods) != len(pods) {
		t.Errorf("%s: %d Pods of revision %d, the API said %d", st.At, len(rev.Pods), rev.Number, len(pods))
		return
	}
	for i, pod := range pods {
		ready := slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
		restarts := int32(0)
		for _, c := range pod.Status.ContainerStatuses {
			restarts += c.RestartCount
		}
		if p := rev.Pods[i]; p.Name != pod.Name || p.IsReady != ready || p.Restarts != restarts || p.Deleting != (pod.DeletionTimestamp != nil) {
			t.Errorf("%s: %+v; the API said %s ready %v restarts %d", st.At, p, pod.Name, ready, restarts)
		}
	}
}

// everFound are the codes of all findings of all states.
func everFound(all []rollout.State) []string {
	var out []string
	for _, st := range all {
		for _, f := range st.Findings {
			out = append(out, f.Code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
