package rollout

import (
	"cmp"
	"maps"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Snapshot returns all that is known now, or nil while a part of it is being read anew.
func (c *Cluster) Snapshot() *snapshot.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.parts {
		if !r.settled && c.lost == nil {
			return nil
		}
	}
	s := &snapshot.Snapshot{APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: c.src.Now().UTC(), By: c.src.By, Rollout: &snapshot.Rollout{
		Now: c.now(), Lost: c.lost, OwnerGone: c.ownerGone,
	}}
	for _, name := range slices.Sorted(maps.Keys(c.missing)) {
		s.Missing = append(s.Missing, c.missing[name])
	}
	for _, key := range slices.Sorted(maps.Keys(c.logs)) {
		if l := c.logs[key]; l.Text != "" || l.NotRead != "" {
			s.Rollout.Logs = append(s.Rollout.Logs, *l)
		}
	}
	c.addWorkload(s)
	for _, r := range c.parts {
		addTo(s, r)
	}
	return s
}

func (c *Cluster) addWorkload(s *snapshot.Snapshot) {
	switch w := c.workload.only().(type) {
	case *appsv1.Deployment:
		copied := *w
		s.Rollout.Deployment = &copied
	case *appsv1.StatefulSet:
		copied := *w
		s.Rollout.StatefulSet = &copied
	case *appsv1.DaemonSet:
		copied := *w
		s.Rollout.DaemonSet = &copied
	case *appsv1.ReplicaSet:
		copied := *w
		s.Rollout.ReplicaSet = &copied
	}
}

func addTo(s *snapshot.Snapshot, r *resource) {
	objects := slices.SortedFunc(maps.Values(r.objects), func(x, y metav1.Object) int {
		return cmp.Or(cmp.Compare(x.GetName(), y.GetName()), cmp.Compare(x.GetUID(), y.GetUID()))
	})
	for _, object := range objects {
		switch o := object.(type) {
		case *corev1.Pod:
			s.Pods = append(s.Pods, *o)
		case *corev1.Node:
			s.Nodes = append(s.Nodes, *o)
		case *corev1.Event:
			s.Rollout.Events = append(s.Rollout.Events, *o)
		case *appsv1.ReplicaSet:
			s.Rollout.ReplicaSets = append(s.Rollout.ReplicaSets, *o)
		case *appsv1.ControllerRevision:
			s.Rollout.ControllerRevisions = append(s.Rollout.ControllerRevisions, *o)
		case *policyv1.PodDisruptionBudget:
			s.Rollout.Budgets = append(s.Rollout.Budgets, *o)
		}
	}
}
