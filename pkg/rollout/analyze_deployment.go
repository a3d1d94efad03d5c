package rollout

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"
)

// The annotations of revisions (pkg/controller/deployment/util).
const (
	revisionKey = "deployment.kubernetes.io/revision"
	historyKey  = "deployment.kubernetes.io/revision-history"
	causeKey    = "kubernetes.io/change-cause"
)

// none is a deadline that the API calls none: the largest int32.
const none = math.MaxInt32

func (a *analysis) deployment(d *appsv1.Deployment) {
	w := &a.st.Workload
	w.Strategy, w.Paused, w.MinReadySeconds = string(d.Spec.Strategy.Type), d.Spec.Paused, d.Spec.MinReadySeconds
	w.Observed = d.Status.ObservedGeneration >= d.Generation
	w.Desired, w.Current, w.Updated = value(d.Spec.Replicas, 1), d.Status.Replicas, d.Status.UpdatedReplicas
	w.Ready, w.Available, w.Terminating = d.Status.ReadyReplicas, d.Status.AvailableReplicas, d.Status.TerminatingReplicas
	sets := a.ownedSets(d)
	newSet := newReplicaSet(d, sets)
	slices.SortFunc(sets, func(x, y *appsv1.ReplicaSet) int {
		return cmp.Or(cmp.Compare(revisionOf(y), revisionOf(x)), y.CreationTimestamp.Compare(x.CreationTimestamp.Time), cmp.Compare(x.Name, y.Name))
	})
	unknown := a.notRead("replicasets")
	if newSet == nil && !unknown {
		a.pending(d.Spec.Template, sets)
	}
	for i, rs := range sets {
		a.setRevision(rs, rs == newSet)
		if i+1 < len(sets) && a.worthComparing(len(a.st.Revisions)-1) {
			a.compare(len(a.st.Revisions)-1, revisionOf(sets[i+1]), sets[i+1].Spec.Template)
		}
	}
	a.st.Arithmetic = deploymentArithmetic(d, sets, newSet, a.owned)
	a.st.Arithmetic.Unknown = unknown || w.Strategy == string(appsv1.RecreateDeploymentStrategyType) && a.notRead("pods")
	progress := deploymentCondition(d, appsv1.DeploymentProgressing)
	// Where its ReplicaSets were not read, the status alone says whether it is complete.
	a.deploymentVerdict(d, newSet != nil || unknown, progress)
	if progress != nil {
		a.deadline(d, progress)
	}
}

// deadline is when the rollout counts as failed, if it does not go on
// (pkg/controller/deployment/util, DeploymentTimedOut).
func (a *analysis) deadline(d *appsv1.Deployment, progress *appsv1.DeploymentCondition) {
	seconds := value(d.Spec.ProgressDeadlineSeconds, none)
	if (a.st.Verdict == Progressing || a.st.Verdict == Failed) && progress.Reason != "NewReplicaSetAvailable" && seconds != none {
		last := progress.LastUpdateTime.UTC()
		by := last.Add(time.Duration(seconds) * time.Second)
		a.st.Workload.ProgressedAt, a.st.Workload.Deadline = &last, &by
	}
}

// deploymentVerdict follows DeploymentComplete and the condition Progressing
// (pkg/controller/deployment/util/deployment_util.go, pkg/controller/deployment/progress.go).
func (a *analysis) deploymentVerdict(d *appsv1.Deployment, made bool, progress *appsv1.DeploymentCondition) {
	w := a.st.Workload
	done := made && w.Observed && w.Updated == w.Desired && w.Current == w.Desired && w.Available == w.Desired
	switch {
	case done:
		a.st.Verdict = Complete
	case d.Spec.Paused:
		a.st.Verdict = Paused
	case w.Observed && progress != nil && progress.Reason == "ProgressDeadlineExceeded":
		a.st.Verdict = Failed
	default:
		a.st.Verdict = Progressing
	}
}

func deploymentCondition(d *appsv1.Deployment, t appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == t {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

func (a *analysis) ownedSets(d *appsv1.Deployment) []*appsv1.ReplicaSet {
	var out []*appsv1.ReplicaSet
	for i := range a.r.ReplicaSets {
		rs := &a.r.ReplicaSets[i]
		for _, o := range rs.OwnerReferences {
			if o.Controller != nil && *o.Controller && o.UID == d.UID {
				out = append(out, rs)
			}
		}
	}
	return out
}

// newReplicaSet is the oldest one whose template is the Deployment's, the label of its hash
// left out (pkg/controller/deployment/util, FindNewReplicaSet).
func newReplicaSet(d *appsv1.Deployment, sets []*appsv1.ReplicaSet) *appsv1.ReplicaSet {
	byAge := slices.SortedFunc(slices.Values(sets), func(x, y *appsv1.ReplicaSet) int {
		return cmp.Or(x.CreationTimestamp.Compare(y.CreationTimestamp.Time), cmp.Compare(x.Name, y.Name))
	})
	for _, rs := range byAge {
		if sameTemplate(&d.Spec.Template, &rs.Spec.Template) {
			return rs
		}
	}
	return nil
}

func sameTemplate(x, y *corev1.PodTemplateSpec) bool {
	return apiequality.Semantic.DeepEqual(withoutHash(x), withoutHash(y))
}

func withoutHash(t *corev1.PodTemplateSpec) corev1.PodTemplateSpec {
	out := *t
	out.Labels = map[string]string{}
	for key, text := range t.Labels {
		if key != appsv1.DefaultDeploymentUniqueLabelKey {
			out.Labels[key] = text
		}
	}
	return out
}

func revisionOf(rs *appsv1.ReplicaSet) int64 {
	n, _ := strconv.ParseInt(rs.Annotations[revisionKey], 10, 64)
	return n
}

// pending is the revision that the workload asks for and that is not made yet: the
// Deployment is paused, or its controller has not come to it.
func (a *analysis) pending(t corev1.PodTemplateSpec, sets []*appsv1.ReplicaSet) {
	a.st.Revisions = append(a.st.Revisions, Revision{New: true, Images: images(&t)})
	a.templates, a.raw = append(a.templates, t), append(a.raw, nil)
	if len(sets) > 0 {
		a.compare(0, revisionOf(sets[0]), sets[0].Spec.Template)
	}
}

// setRevision adds the revision that a ReplicaSet is.
func (a *analysis) setRevision(rs *appsv1.ReplicaSet, isNew bool) {
	desired := value(rs.Spec.Replicas, 1)
	r := Revision{
		Number: revisionOf(rs), Name: rs.Name, New: isNew, Created: rs.CreationTimestamp.UTC(), ChangeCause: rs.Annotations[causeKey],
		Images: images(&rs.Spec.Template), Desired: &desired,
		Current: rs.Status.Replicas, Ready: rs.Status.ReadyReplicas, Available: rs.Status.AvailableReplicas,
	}
	for _, text := range strings.Split(rs.Annotations[historyKey], ",") {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil {
			r.Earlier = append(r.Earlier, n)
		}
	}
	a.addRevision(r, rs.Spec.Template, a.owned[rs.UID])
}

// addRevision adds a revision with its Pods.
func (a *analysis) addRevision(r Revision, t corev1.PodTemplateSpec, pods []*corev1.Pod) {
	pods = slices.Clone(pods)
	slices.SortFunc(pods, func(x, y *corev1.Pod) int {
		return cmp.Or(cmp.Compare(len(ordinalText(x.Name)), len(ordinalText(y.Name)))*a.ordered(), cmp.Compare(x.Name, y.Name))
	})
	for _, pod := range pods {
		r.Pods = append(r.Pods, a.pod(pod, &t))
	}
	a.st.Revisions = append(a.st.Revisions, r)
	a.templates, a.raw = append(a.templates, t), append(a.raw, pods)
}

// ordered is 1 of a workload whose Pods have numbers, else 0.
func (a *analysis) ordered() int {
	if a.r.StatefulSet != nil {
		return 1
	}
	return 0
}

// worthComparing leaves out revisions that will not be shown: there may be hundreds.
func (a *analysis) worthComparing(i int) bool {
	r := a.st.Revisions[i]
	return a.req.Limit <= 0 || i < a.req.Limit || r.New || len(r.Pods) > 0
}

func value(p *int32, otherwise int32) int32 {
	if p == nil {
		return otherwise
	}
	return *p
}

func (a *analysis) replicaSet(rs *appsv1.ReplicaSet) {
	w := &a.st.Workload
	w.Observed, w.MinReadySeconds = rs.Status.ObservedGeneration >= rs.Generation, rs.Spec.MinReadySeconds
	w.Desired, w.Current, w.Updated = value(rs.Spec.Replicas, 1), rs.Status.Replicas, rs.Status.Replicas
	w.Ready, w.Available, w.Terminating = rs.Status.ReadyReplicas, rs.Status.AvailableReplicas, rs.Status.TerminatingReplicas
	a.setRevision(rs, true)
	a.st.Verdict = Progressing
	if w.Observed && w.Current == w.Desired && w.Available == w.Desired {
		a.st.Verdict = Complete
	}
}
