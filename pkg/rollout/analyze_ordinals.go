package rollout

import (
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// statefulArithmetic follows pkg/controller/statefulset/stateful_set_control.go: highest
// ordinal first, none below the partition, and with OrderedReady none while another Pod
// is not available. A Pod that terminates is not, whatever its conditions say.
func (a *analysis) statefulArithmetic(s *appsv1.StatefulSet) *Arithmetic {
	replicas := value(s.Spec.Replicas, 1)
	ar := &Arithmetic{Exist: s.Status.Replicas, AtMost: replicas, Available: s.Status.AvailableReplicas, Unknown: a.notRead("pods")}
	if s.Spec.UpdateStrategy.Type != appsv1.RollingUpdateStatefulSetStrategyType {
		ar.OldRunning = int32(len(a.oldOnes()))
		return ar
	}
	var unavailable *intstr.IntOrString
	if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil {
		unavailable = r.MaxUnavailable
	}
	ar.MaxUnavailable = bound(unavailable, "1", replicas, false)
	allowed := max(1, ar.MaxUnavailable.Value)
	ar.AtLeast = max(0, replicas-allowed)
	old := a.replaced()
	if ar.Unknown || len(old) == 0 {
		return ar
	}
	missing := replicas - a.availableOrdinals()
	broken := slices.DeleteFunc(slices.Clone(old), func(p *Pod) bool { return p.Available })
	ar.Next = old[0].Name
	switch {
	case s.Spec.PodManagementPolicy == appsv1.ParallelPodManagement:
		// Those that are not available are deleted first, and cost nothing.
		spared := min(max(0, allowed-missing), int32(len(old)-len(broken)))
		if ar.MayDelete = int32(len(broken)) + spared; len(broken) > 0 {
			ar.Next = broken[0].Name
		}
	case missing == 0:
		ar.MayDelete = min(allowed, int32(len(old)))
	}
	return ar
}

// index is the place of a Pod of a StatefulSet, from 0 on, by which the controller counts
// partition: spec.ordinals.start is that of the first. It is false of a Pod that is one too
// many.
func (a *analysis) index(p *Pod) (int, bool) {
	s := a.r.StatefulSet
	if s == nil || p.Ordinal == nil {
		return 0, false
	}
	i := *p.Ordinal
	if s.Spec.Ordinals != nil {
		i -= int(s.Spec.Ordinals.Start)
	}
	return i, i >= 0 && i < int(a.st.Workload.Desired)
}

// oldOnes are the Pods of older revisions, those that terminate included.
func (a *analysis) oldOnes() []*Pod {
	var out []*Pod
	for i := range a.st.Revisions {
		r := &a.st.Revisions[i]
		for j := range r.Pods {
			if !r.New {
				out = append(out, &r.Pods[j])
			}
		}
	}
	return out
}

// replaced are the Pods that the update of a StatefulSet has still to replace, in its order.
func (a *analysis) replaced() []*Pod {
	out := slices.DeleteFunc(a.oldOnes(), func(p *Pod) bool {
		return p.Deleting || !a.updates(p)
	})
	slices.SortFunc(out, func(x, y *Pod) int { return *y.Ordinal - *x.Ordinal })
	return out
}

// kept are the Pods that the partition keeps at an older revision.
func (a *analysis) kept() int {
	return len(slices.DeleteFunc(a.oldOnes(), func(p *Pod) bool {
		i, ok := a.index(p)
		return p.Deleting || !ok || i >= int(a.st.Workload.Partition)
	}))
}

func (a *analysis) availableOrdinals() int32 {
	n := int32(0)
	for i := range a.st.Revisions {
		for j := range a.st.Revisions[i].Pods {
			p := &a.st.Revisions[i].Pods[j]
			if _, ok := a.index(p); ok && p.Available && !p.Deleting {
				n++
			}
		}
	}
	return n
}

// ordinalText is what stands behind the last dash of a name.
func ordinalText(name string) string { return name[strings.LastIndexByte(name, '-')+1:] }
