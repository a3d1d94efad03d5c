package snapshot

import (
	"cmp"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// part is a Snapshot with only those objects of a rollout that are wanted.
func part(s *Snapshot, wanted func(metav1.Object) bool) Snapshot {
	r, out := s.Rollout, &Rollout{Now: s.Rollout.Now, OwnerGone: s.Rollout.OwnerGone}
	if r.Deployment != nil && wanted(r.Deployment) {
		out.Deployment = r.Deployment
	}
	if r.StatefulSet != nil && wanted(r.StatefulSet) {
		out.StatefulSet = r.StatefulSet
	}
	if r.DaemonSet != nil && wanted(r.DaemonSet) {
		out.DaemonSet = r.DaemonSet
	}
	if r.ReplicaSet != nil && wanted(r.ReplicaSet) {
		out.ReplicaSet = r.ReplicaSet
	}
	out.ReplicaSets, out.ControllerRevisions = filter(r.ReplicaSets, wanted), filter(r.ControllerRevisions, wanted)
	out.Events, out.Budgets = filter(r.Events, wanted), filter(r.Budgets, wanted)
	return Snapshot{APIVersion: APIVersion, Kind: Kind, Taken: s.Taken, By: s.By, Rollout: out, Pods: filter(s.Pods, wanted), Nodes: filter(s.Nodes, wanted)}
}

// object is a pointer to a T that has the metadata of one.
type object[T any] interface {
	*T
	metav1.Object
}

func filter[T any, P object[T]](list []T, wanted func(metav1.Object) bool) []T {
	var out []T
	for i := range list {
		if wanted(P(&list[i])) {
			out = append(out, list[i])
		}
	}
	return out
}

func empty(s *Snapshot) bool {
	r := s.Rollout
	return r.Workload() == nil && len(r.ReplicaSets)+len(r.ControllerRevisions)+len(r.Events)+len(r.Budgets)+len(s.Pods)+len(s.Nodes) == 0
}

// join is the Snapshot after a step.
func join(before *Snapshot, st *step) *Snapshot {
	set := &st.Set
	if set.Rollout == nil {
		set.Rollout = &Rollout{}
	}
	b, r := before.Rollout, set.Rollout
	gone := func(uid types.UID) bool { return slices.Contains(st.Gone, uid) }
	out := &Snapshot{APIVersion: APIVersion, Kind: Kind, By: before.By, Taken: set.Taken, Missing: st.Missing}
	out.Pods, out.Nodes = merge(before.Pods, set.Pods, gone), merge(before.Nodes, set.Nodes, gone)
	out.Rollout = &Rollout{
		Now: st.At, Lost: st.Lost, OwnerGone: r.OwnerGone,
		ReplicaSets: merge(b.ReplicaSets, r.ReplicaSets, gone), ControllerRevisions: merge(b.ControllerRevisions, r.ControllerRevisions, gone),
		Events: merge(b.Events, r.Events, gone), Budgets: merge(b.Budgets, r.Budgets, gone),
		Deployment: b.Deployment, StatefulSet: b.StatefulSet, DaemonSet: b.DaemonSet, ReplicaSet: b.ReplicaSet,
	}
	if w := out.Rollout.Workload(); w != nil && gone(w.GetUID()) {
		out.Rollout.Deployment, out.Rollout.StatefulSet, out.Rollout.DaemonSet, out.Rollout.ReplicaSet = nil, nil, nil, nil
	}
	if r.Workload() != nil {
		out.Rollout.Deployment, out.Rollout.StatefulSet, out.Rollout.DaemonSet, out.Rollout.ReplicaSet = r.Deployment, r.StatefulSet, r.DaemonSet, r.ReplicaSet
	}
	return out
}

// merge takes those that are new in place of those of the same UID.
func merge[T any, P object[T]](old, set []T, gone func(types.UID) bool) []T {
	var out []T
	for i := range old {
		uid := P(&old[i]).GetUID()
		if !gone(uid) && !slices.ContainsFunc(set, func(t T) bool { return P(&t).GetUID() == uid }) {
			out = append(out, old[i])
		}
	}
	out = append(out, set...)
	slices.SortFunc(out, func(x, y T) int {
		return cmp.Or(cmp.Compare(P(&x).GetName(), P(&y).GetName()), cmp.Compare(P(&x).GetUID(), P(&y).GetUID()))
	})
	return out
}
