package rollout

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// bound resolves a number of a strategy. A text that is no number counts as 0, as the API
// server lets none through.
func bound(spec *intstr.IntOrString, otherwise string, of int32, up bool) *Bound {
	from := intstr.Parse(otherwise)
	if spec != nil {
		from = *spec
	}
	n, err := intstr.GetScaledValueFromIntOrPercent(&from, int(of), up)
	if err != nil {
		n = 0
	}
	b := &Bound{Spec: from.String(), Of: of, Value: int32(n)}
	if from.Type == intstr.String {
		b.Rounded = "down"
		if up {
			b.Rounded = "up"
		}
	}
	return b
}

// deploymentArithmetic is what the controller may do now (pkg/controller/deployment:
// rolling.go, recreate.go, util ResolveFenceposts and MaxUnavailable).
func deploymentArithmetic(d *appsv1.Deployment, sets []*appsv1.ReplicaSet, newSet *appsv1.ReplicaSet, owned map[types.UID][]*corev1.Pod) *Arithmetic {
	replicas := value(d.Spec.Replicas, 1)
	ar := &Arithmetic{Exist: d.Status.Replicas, Available: d.Status.AvailableReplicas, AtMost: replicas}
	if d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType {
		recreate(ar, replicas, sets, newSet, owned)
		return ar
	}
	var surge, unavailable *intstr.IntOrString
	if r := d.Spec.Strategy.RollingUpdate; r != nil {
		surge, unavailable = r.MaxSurge, r.MaxUnavailable
	}
	ar.MaxSurge, ar.MaxUnavailable = bound(surge, "25%", replicas, true), bound(unavailable, "25%", replicas, false)
	allowed := ar.MaxUnavailable.Value
	if ar.MaxSurge.Value == 0 && allowed == 0 {
		ar.BothZero, allowed = true, 1
	}
	allowed = min(allowed, replicas)
	ar.AtMost, ar.AtLeast = replicas+ar.MaxSurge.Value, replicas-allowed
	if newSet == nil || d.Spec.Paused {
		return ar
	}
	total := int32(0)
	for _, rs := range sets {
		total += value(rs.Spec.Replicas, 1)
	}
	mine := value(newSet.Spec.Replicas, 1)
	if mine < replicas {
		ar.MayCreate = max(0, min(ar.AtMost-total, replicas-mine))
	}
	if ar.MayCreate == 0 {
		ar.MayDelete = mayDelete(sets, newSet, total, ar.AtLeast)
	}
	return ar
}

// mayDelete is how many old Pods the controller scales down in its next step: first those
// that are not available, then as many as can be spared (rolling.go, reconcileOldReplicaSets).
func mayDelete(sets []*appsv1.ReplicaSet, newSet *appsv1.ReplicaSet, total, atLeast int32) int32 {
	most := total - atLeast - (value(newSet.Spec.Replicas, 1) - newSet.Status.AvailableReplicas)
	if most <= 0 {
		return 0
	}
	var unhealthy, available, left int32
	for _, rs := range sets {
		available += rs.Status.AvailableReplicas
		if rs == newSet {
			continue
		}
		old := value(rs.Spec.Replicas, 1)
		drop := min(most-unhealthy, max(0, old-rs.Status.AvailableReplicas))
		unhealthy += drop
		left += old - drop
	}
	return unhealthy + max(0, min(available-atLeast, left))
}

// recreate: no new Pod before the last old one has gone (recreate.go, oldPodsRunning).
func recreate(ar *Arithmetic, replicas int32, sets []*appsv1.ReplicaSet, newSet *appsv1.ReplicaSet, owned map[types.UID][]*corev1.Pod) {
	for _, rs := range sets {
		if rs == newSet {
			continue
		}
		for _, pod := range owned[rs.UID] {
			if !ended(pod) {
				ar.OldRunning++
			}
		}
	}
	if ar.OldRunning == 0 && newSet != nil {
		ar.MayCreate = max(0, replicas-value(newSet.Spec.Replicas, 1))
	}
}
