package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// waits fills what the rollout waits for. A rollout that is complete waits for nothing.
func (a *analysis) waits() {
	st := a.st
	if st.Verdict == Complete {
		return
	}
	if !st.Workload.Observed {
		st.Waits = append(st.Waits, Wait{Kind: WaitObserved})
	}
	if st.Verdict == Paused {
		st.Waits = append(st.Waits, Wait{Kind: WaitPaused})
	}
	if st.Workload.Strategy == "OnDelete" && a.oldPods() > 0 {
		st.Waits = append(st.Waits, Wait{Kind: WaitOnDelete, Pods: a.oldPods()})
	}
	if t := a.refused(); t != nil {
		st.Waits = append(st.Waits, Wait{Kind: t.Kind, Trouble: t})
	}
	for i := range st.Revisions {
		a.revisionWaits(i)
	}
	order := map[WaitKind]int{}
	for i, kind := range waitOrder {
		order[kind] = i
	}
	slices.SortStableFunc(st.Waits, func(x, y Wait) int {
		return cmp.Or(order[x.Kind]-order[y.Kind], y.Pods-x.Pods)
	})
}

var waitOrder = []WaitKind{
	WaitObserved, WaitPaused, WaitOnDelete, WaitQuota, WaitRefused, WaitCrash, WaitPull, WaitConfig, WaitScheduling, WaitVolume,
	WaitStartup, WaitReadiness, WaitLiveness, WaitGate, WaitInit, WaitCreating, WaitMinReady, WaitTermination, WaitEnded, WaitUnready,
}

func (a *analysis) oldPods() int {
	n := 0
	for _, r := range a.st.Revisions {
		for _, p := range r.Pods {
			if !r.New && !p.Deleting {
				n++
			}
		}
	}
	return n
}

// revisionWaits adds what the Pods of a revision wait for: one entry for all that wait for
// the same. What old Pods lack does not hold a rollout back, except that they go, and except
// in a StatefulSet.
func (a *analysis) revisionWaits(i int) {
	r := &a.st.Revisions[i]
	at := map[string]int{}
	for j := range r.Pods {
		p := &r.Pods[j]
		w, ok := a.podWait(p)
		if !ok || !r.New && w.Kind != WaitTermination && a.r.StatefulSet == nil {
			continue
		}
		w.Old = !r.New
		key := string(w.Kind)
		if t := p.Trouble; t != nil {
			key = strings.Join([]string{key, t.Container, t.Reason, fmt.Sprint(t.ExitCode != nil)}, "\x00")
		}
		if known, there := at[key]; there {
			a.st.Waits[known].merge(w)
			continue
		}
		if w.Trouble != nil {
			w.probe(specOf(&a.templates[i], w.Trouble.Container))
		}
		at[key] = len(a.st.Waits)
		a.st.Waits = append(a.st.Waits, w)
	}
}

// merge adds a Pod that waits for the same. All are done when the last one is.
func (w *Wait) merge(other Wait) {
	w.Pods++
	if other.Until != nil && (w.Until == nil || other.Until.After(*w.Until)) {
		w.Until = other.Until
	}
}

func (a *analysis) podWait(p *Pod) (Wait, bool) {
	w := Wait{Pods: 1, Pod: p.Name}
	switch {
	case p.Deleting:
		w.Kind, w.Until = WaitTermination, p.GoneBy
	case p.Trouble != nil:
		w.Kind, w.Trouble, w.Until = p.Trouble.Kind, p.Trouble, p.Trouble.Next
	case p.AvailableAt != nil:
		w.Kind, w.Until = WaitMinReady, p.AvailableAt
	default:
		return w, false
	}
	return w, true
}

// probe says what the probe asks that is waited for, and how often.
func (w *Wait) probe(c *corev1.Container) {
	if c == nil {
		return
	}
	probe := map[WaitKind]*corev1.Probe{WaitReadiness: c.ReadinessProbe, WaitStartup: c.StartupProbe, WaitLiveness: c.LivenessProbe}[w.Kind]
	if probe == nil {
		return
	}
	w.Every = max(1, probe.PeriodSeconds)
	switch {
	case probe.HTTPGet != nil:
		scheme := "HTTP"
		if probe.HTTPGet.Scheme == corev1.URISchemeHTTPS {
			scheme = "HTTPS"
		}
		w.Probe = fmt.Sprintf("%s GET %s on port %s", scheme, probe.HTTPGet.Path, probe.HTTPGet.Port.String())
	case probe.TCPSocket != nil:
		w.Probe = "TCP port " + probe.TCPSocket.Port.String()
	case probe.GRPC != nil:
		w.Probe = fmt.Sprintf("gRPC port %d", probe.GRPC.Port)
	case probe.Exec != nil:
		w.Probe = "a command"
	}
}

// refused is why a Pod cannot be created: the condition ReplicaFailure of the newest
// ReplicaSet, or the last Event FailedCreate of a workload that has no such condition.
func (a *analysis) refused() *Trouble {
	message, count := a.refusal()
	if message == "" {
		return nil
	}
	t := &Trouble{Kind: WaitRefused, Reason: "FailedCreate", Message: message, Count: count}
	if strings.Contains(message, "exceeded quota") || strings.Contains(message, "failed quota") {
		t.Kind = WaitQuota
	}
	return t
}

func (a *analysis) refusal() (message string, count int32) {
	newest := a.newest()
	switch {
	case a.r.ReplicaSet != nil:
		return a.replicaFailure(a.r.ReplicaSet)
	case a.r.Deployment == nil:
		return a.failedCreate()
	case newest == nil:
		return a.copiedFailure(), 0
	case newest.Number == 0:
		// The ReplicaSet itself could not be created.
		if c := deploymentCondition(a.r.Deployment, appsv1.DeploymentProgressing); c != nil && c.Reason == "ReplicaSetCreateError" {
			return c.Message, 0
		}
	}
	for i := range a.r.ReplicaSets {
		if rs := &a.r.ReplicaSets[i]; rs.Name == newest.Name {
			return a.replicaFailure(rs)
		}
	}
	return "", 0
}

// copiedFailure is the condition ReplicaFailure that the Deployment's controller copies from
// the new ReplicaSet, for where that was not read.
func (a *analysis) copiedFailure() string {
	if c := deploymentCondition(a.r.Deployment, appsv1.DeploymentReplicaFailure); c != nil && c.Status == corev1.ConditionTrue {
		return c.Message
	}
	return ""
}

func (a *analysis) replicaFailure(rs *appsv1.ReplicaSet) (string, int32) {
	for _, c := range rs.Status.Conditions {
		if c.Type == appsv1.ReplicaSetReplicaFailure && c.Status == corev1.ConditionTrue {
			count := int32(0)
			for _, e := range a.events[rs.UID] {
				if e.Reason == "FailedCreate" {
					count += times(e)
				}
			}
			return c.Message, count
		}
	}
	return "", 0
}

// failedCreate is the last Event of that name, if no Pod was made after it.
func (a *analysis) failedCreate() (string, int32) {
	uid := a.r.Workload().GetUID()
	for _, e := range slices.Backward(a.events[uid]) {
		if e.Reason != "FailedCreate" {
			continue
		}
		later := func(pod *corev1.Pod) bool { return pod.CreationTimestamp.After(lastSeen(e)) }
		if slices.ContainsFunc(a.owned[uid], later) || a.st.Workload.Current >= a.st.Workload.Desired {
			return "", 0
		}
		return e.Message, times(e)
	}
	return "", 0
}
