package rollout

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Analyze returns how the rollout stands in a snapshot of it.
func Analyze(s *snapshot.Snapshot, req Request) *State { return analyzed(s, req).st }

func analyzed(s *snapshot.Snapshot, req Request) *analysis {
	a := &analysis{s: s, r: s.Rollout, req: req, now: s.Rollout.Now, st: &State{
		APIVersion: APIVersion, Kind: Kind, At: s.Rollout.Now, Lost: s.Rollout.Lost, Revisions: []Revision{}, Findings: []explain.Finding{},
		Workload: Workload{Kind: req.Target.Kind, Namespace: req.Namespace, Name: req.Target.Name}, NotChecked: s.Missing,
	}}
	if a.r.Workload() == nil {
		a.st.Verdict = Gone
		return a
	}
	a.readEvents()
	a.readPods()
	a.workload()
	switch {
	case a.r.Deployment != nil:
		a.deployment(a.r.Deployment)
	case a.r.StatefulSet != nil:
		a.statefulSet(a.r.StatefulSet)
	case a.r.DaemonSet != nil:
		a.daemonSet(a.r.DaemonSet)
	default:
		a.replicaSet(a.r.ReplicaSet)
	}
	a.waits()
	a.find()
	explain.Sort(a.st.Findings)
	a.undo()
	a.limitRevisions()
	return a
}

type analysis struct {
	s   *snapshot.Snapshot
	r   *snapshot.Rollout
	req Request
	now time.Time
	st  *State
	// owned are the Pods by the UID of their controller, each list by name.
	owned map[types.UID][]*corev1.Pod
	// events are those of an object, by its UID.
	events map[types.UID][]*corev1.Event
	// templates are those of the revisions of the state, at the same index.
	templates []corev1.PodTemplateSpec
	// raw are the Pods of each revision's Pods, at the same indices.
	raw [][]*corev1.Pod
}

// workload fills what all kinds have.
func (a *analysis) workload() {
	meta := a.r.Workload()
	w := &a.st.Workload
	w.UID, w.Created = string(meta.GetUID()), meta.GetCreationTimestamp().UTC()
	for _, o := range meta.GetOwnerReferences() {
		if o.Controller != nil && *o.Controller {
			w.Owner = ownerWords(o.APIVersion, o.Kind, o.Name)
		}
	}
}

func (a *analysis) readEvents() {
	a.events = map[types.UID][]*corev1.Event{}
	for i := range a.r.Events {
		e := &a.r.Events[i]
		a.events[e.InvolvedObject.UID] = append(a.events[e.InvolvedObject.UID], e)
	}
	for _, list := range a.events {
		slices.SortFunc(list, func(x, y *corev1.Event) int { return lastSeen(x).Compare(lastSeen(y)) })
	}
}

func (a *analysis) readPods() {
	a.owned = map[types.UID][]*corev1.Pod{}
	for i := range a.s.Pods {
		pod := &a.s.Pods[i]
		for _, o := range pod.OwnerReferences {
			if o.Controller != nil && *o.Controller {
				a.owned[o.UID] = append(a.owned[o.UID], pod)
			}
		}
	}
}

// newest is the revision that the workload asks for, or nil while it is not made.
func (a *analysis) newest() *Revision {
	for i := range a.st.Revisions {
		if a.st.Revisions[i].New {
			return &a.st.Revisions[i]
		}
	}
	return nil
}

// limitRevisions leaves out old revisions without Pods that are too many.
func (a *analysis) limitRevisions() {
	if a.req.Limit <= 0 || len(a.st.Revisions) <= a.req.Limit {
		return
	}
	var kept []Revision
	room := a.req.Limit
	for _, r := range a.st.Revisions {
		if r.busy() {
			room--
		}
	}
	for _, r := range a.st.Revisions {
		switch {
		case r.busy():
		case room <= 0:
			a.st.OlderRevisions++
			continue
		default:
			room--
		}
		kept = append(kept, r)
	}
	a.st.Revisions = kept
}

// busy is a revision that is always shown.
func (r *Revision) busy() bool { return r.New || len(r.Pods) > 0 || r.Current > 0 }

// lastSeen is when an Event last happened. Events of the old API have a count and two
// times, those of the new one a series.
func lastSeen(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil && !e.Series.LastObservedTime.IsZero():
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	default:
		return e.CreationTimestamp.Time
	}
}

// times is how often an Event happened.
func times(e *corev1.Event) int32 {
	if e.Series != nil {
		return max(1, e.Series.Count)
	}
	return max(1, e.Count)
}
