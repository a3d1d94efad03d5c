package rollout

import (
	"cmp"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// controllerRevisions adds the revisions of a StatefulSet or a DaemonSet, newest first, with
// the Pods that carry the label of each. A Pod whose revision is gone is of none.
func (a *analysis) controllerRevisions(pods []*corev1.Pod, isNew func(*appsv1.ControllerRevision) bool, label func(*appsv1.ControllerRevision) string, available func(*Pod) bool) {
	var list []*appsv1.ControllerRevision
	uid := a.r.Workload().GetUID()
	for i := range a.r.ControllerRevisions {
		c := &a.r.ControllerRevisions[i]
		for _, o := range c.OwnerReferences {
			if o.Controller != nil && *o.Controller && o.UID == uid {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(x, y *appsv1.ControllerRevision) int {
		return cmp.Or(cmp.Compare(y.Revision, x.Revision), cmp.Compare(x.Name, y.Name))
	})
	byLabel := map[string][]*corev1.Pod{}
	for _, pod := range pods {
		hash := pod.Labels[appsv1.ControllerRevisionHashLabelKey]
		byLabel[hash] = append(byLabel[hash], pod)
	}
	for i, c := range list {
		t, _ := snapshot.RevisionTemplate(c)
		a.addRevision(Revision{
			Number: c.Revision, Name: c.Name, New: isNew(c), Created: c.CreationTimestamp.UTC(),
			ChangeCause: c.Annotations[causeKey], Images: images(&t),
		}, t, byLabel[label(c)])
		count(&a.st.Revisions[i], available)
		a.st.Revisions[i].Unknown = a.notRead("pods")
		if i+1 < len(list) && a.worthComparing(i) {
			if before, ok := snapshot.RevisionTemplate(list[i+1]); ok {
				a.compare(i, list[i+1].Revision, before)
			}
		}
	}
}

// count takes the numbers of a revision from its Pods: a ControllerRevision has no status.
func count(r *Revision, available func(*Pod) bool) {
	for i := range r.Pods {
		p := &r.Pods[i]
		if p.Deleting {
			continue
		}
		r.Current++
		if p.IsReady {
			r.Ready++
		}
		if available(p) {
			r.Available++
		}
	}
}

func (a *analysis) statefulSet(s *appsv1.StatefulSet) {
	w := &a.st.Workload
	w.Strategy, w.MinReadySeconds = string(s.Spec.UpdateStrategy.Type), s.Spec.MinReadySeconds
	w.Observed = s.Status.ObservedGeneration >= s.Generation && s.Status.ObservedGeneration > 0
	w.Desired, w.Current, w.Updated = value(s.Spec.Replicas, 1), s.Status.Replicas, s.Status.UpdatedReplicas
	w.Ready, w.Available = s.Status.ReadyReplicas, s.Status.AvailableReplicas
	if r := s.Spec.UpdateStrategy.RollingUpdate; r != nil {
		w.Partition = value(r.Partition, 0)
	}
	a.controllerRevisions(a.owned[s.UID],
		func(c *appsv1.ControllerRevision) bool { return c.Name == s.Status.UpdateRevision },
		func(c *appsv1.ControllerRevision) string { return c.Name },
		func(p *Pod) bool { return p.Available })
	a.st.Arithmetic = a.statefulArithmetic(s)
	a.st.Verdict = Progressing
	updated := w.Updated >= w.Desired-w.Partition
	if w.Partition == 0 && w.Strategy == string(appsv1.RollingUpdateStatefulSetStrategyType) {
		// Before 1.37 the controller leaves currentRevision as it is with OnDelete.
		updated = updated && s.Status.CurrentRevision == s.Status.UpdateRevision
	}
	if w.Observed && updated && w.Current == w.Desired && w.Ready == w.Desired && w.Available == w.Desired {
		a.st.Verdict = Complete
	}
}

func (a *analysis) daemonSet(d *appsv1.DaemonSet) {
	w := &a.st.Workload
	w.Strategy, w.MinReadySeconds = string(d.Spec.UpdateStrategy.Type), d.Spec.MinReadySeconds
	w.Observed = d.Status.ObservedGeneration >= d.Generation
	w.Desired, w.Current, w.Updated = d.Status.DesiredNumberScheduled, d.Status.CurrentNumberScheduled, d.Status.UpdatedNumberScheduled
	w.Ready, w.Available = d.Status.NumberReady, d.Status.NumberAvailable
	newest := int64(0)
	for _, c := range a.r.ControllerRevisions {
		if metav1.IsControlledBy(&c, d) {
			newest = max(newest, c.Revision)
		}
	}
	a.controllerRevisions(a.owned[d.UID],
		func(c *appsv1.ControllerRevision) bool { return c.Revision == newest },
		func(c *appsv1.ControllerRevision) string { return c.Labels[appsv1.ControllerRevisionHashLabelKey] },
		func(p *Pod) bool { return p.Available })
	a.nodes(d)
	a.st.Arithmetic = a.daemonArithmetic(d)
	a.st.Verdict = Progressing
	if w.Observed && w.Updated >= w.Desired && w.Available >= w.Desired {
		a.st.Verdict = Complete
	}
}

// daemonArithmetic follows rollingUpdate of pkg/controller/daemon/update.go. Both numbers
// are rounded up there.
func (a *analysis) daemonArithmetic(d *appsv1.DaemonSet) *Arithmetic {
	desired := d.Status.DesiredNumberScheduled
	ar := &Arithmetic{Exist: d.Status.CurrentNumberScheduled, AtMost: desired, Available: d.Status.NumberAvailable}
	r := d.Spec.UpdateStrategy.RollingUpdate
	if d.Spec.UpdateStrategy.Type != appsv1.RollingUpdateDaemonSetStrategyType || r == nil {
		return ar
	}
	ar.MaxSurge, ar.MaxUnavailable = bound(r.MaxSurge, "0", desired, true), bound(r.MaxUnavailable, "1", desired, true)
	ar.AtMost, ar.AtLeast = desired+ar.MaxSurge.Value, max(0, desired-ar.MaxUnavailable.Value)
	if ar.Unknown = a.notRead("pods"); ar.Unknown {
		return ar
	}
	n := a.daemonCounts()
	absent := max(0, desired-n.withPod)
	if ar.MaxSurge.Value == 0 {
		free := max(0, ar.MaxUnavailable.Value-n.unavailable-absent)
		ar.MayDelete = n.oldUnavailable + min(free, n.oldAvailable)
		return ar
	}
	ar.MayCreate = n.oldUnavailable + max(0, min(ar.MaxSurge.Value-n.surged, n.oldAvailable))
	ar.MayDelete = n.replaced
	return ar
}

// onNode counts nodes by what runs there.
type onNode struct {
	withPod, unavailable, oldAvailable, oldUnavailable, surged, replaced int32
}

func (a *analysis) daemonCounts() onNode {
	var n onNode
	for _, p := range a.podsByNode() {
		n.withPod++
		switch {
		case p.oldPod == nil && p.newPod == nil:
			n.unavailable++
		case p.oldPod == nil:
			n.unavailable += unless(p.newPod.Available)
		case p.newPod != nil && p.newPod.Available:
			n.replaced++
			n.unavailable++
		case p.newPod != nil:
			n.surged++
			n.unavailable++
		case p.oldPod.Available:
			n.oldAvailable++
		default:
			n.oldUnavailable++
			n.unavailable++
		}
	}
	return n
}

// pair are the Pods of a node that do not terminate.
type pair struct{ newPod, oldPod *Pod }

func (a *analysis) podsByNode() map[string]pair {
	nodes := map[string]pair{}
	for i := range a.st.Revisions {
		r := &a.st.Revisions[i]
		for j := range r.Pods {
			p := nodes[r.Pods[j].Node]
			switch {
			case r.Pods[j].Deleting:
			case r.New:
				p.newPod = &r.Pods[j]
			default:
				p.oldPod = &r.Pods[j]
			}
			nodes[r.Pods[j].Node] = p
		}
	}
	return nodes
}

func unless(ok bool) int32 {
	if ok {
		return 0
	}
	return 1
}
