package rollout

import (
	"slices"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func failure(message string) appsv1.ReplicaSetCondition {
	return appsv1.ReplicaSetCondition{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Reason: "FailedCreate", Message: message}
}

func progressing(reason string, updated int) appsv1.DeploymentCondition {
	return appsv1.DeploymentCondition{Type: appsv1.DeploymentProgressing, Reason: reason, LastUpdateTime: at(updated)}
}

// TestVerdicts follow what the controller says of itself.
func TestVerdicts(t *testing.T) {
	for name, c := range map[string]struct {
		make func(w *world)
		want Verdict
	}{
		"on its way": {func(*world) {}, Progressing},
		"complete": {func(w *world) {
			w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = 3, 3, 3
		}, Complete},
		"an old Pod is still counted": {func(w *world) {
			w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = 4, 3, 4
		}, Progressing},
		"complete before the last change": {func(w *world) {
			w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas, w.d.Generation = 3, 3, 3, 3
		}, Progressing},
		"no ReplicaSet yet": {func(w *world) {
			w.sets, w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = nil, 3, 3, 3
		}, Progressing},
		"paused": {func(w *world) { w.d.Spec.Paused = true }, Paused},
		"paused and nothing waits": {func(w *world) {
			w.d.Spec.Paused, w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = true, 3, 3, 3
		}, Complete},
		"deadline": {func(w *world) {
			w.d.Status.Conditions = append(w.d.Status.Conditions, progressing("ProgressDeadlineExceeded", -700))
		}, Failed},
		"a deadline of before": {func(w *world) {
			w.d.Status.Conditions, w.d.Generation = append(w.d.Status.Conditions, progressing("ProgressDeadlineExceeded", -700)), 3
		}, Progressing},
	} {
		w := newWorld(3, 1, 3, "1", "0")
		c.make(w)
		if got := w.state().Verdict; got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
	w := newWorld(3, 0, 3, "1", "0")
	w.d = nil
	s := (&world{d: nil}).snapshot()
	if st := Analyze(s, newWorld(1, 0, 0, "1", "0").request()); st.Verdict != Gone || !strings.Contains(text(t, st, Options{}), "does not exist any more") {
		t.Errorf("deleted: %s", st.Verdict)
	}
}

// TestDeadline: it counts from the last progress, and not where nothing counts.
func TestDeadline(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	w.d.Spec.ProgressDeadlineSeconds = ptr(int32(600))
	w.d.Status.Conditions = []appsv1.DeploymentCondition{progressing("ReplicaSetUpdated", -60)}
	st := w.state()
	if d := st.Workload.Deadline; d == nil || d.Sub(now) != 540*time.Second || !strings.Contains(text(t, st, Options{}), "last progress 60s ago; without more it counts as failed in 9m") {
		t.Errorf("%v\n%s", st.Workload.Deadline, text(t, st, Options{}))
	}
	for name, change := range map[string]func(){
		"paused":        func() { w.d.Spec.Paused = true },
		"none":          func() { w.d.Spec.Paused, w.d.Spec.ProgressDeadlineSeconds = false, ptr(int32(none)) },
		"complete once": func() { w.d.Status.Conditions[0].Reason = "NewReplicaSetAvailable" },
	} {
		change()
		if d := w.state().Workload.Deadline; d != nil {
			t.Errorf("%s: %v", name, d)
		}
	}
}

// TestUndo leads to the revision that serves, and only where there is trouble.
func TestUndo(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	if u := w.state().Undo; u != nil {
		t.Errorf("nothing is wrong, and undo is %+v", u)
	}
	w.sets[0].Status.AvailableReplicas = 3
	w.set("between", 3, "web:1.5", 0)
	w.sets[1].Annotations[revisionKey] = "4"
	crash(w.pod("new", false), 1, "Error", 2, "20s", -1)
	u := w.state().Undo
	if u == nil || u.Command != "kubectl -n shop rollout undo deployment/web --to-revision=1" || u.Available != 3 || u.Images[0].Image != "web:1" {
		t.Errorf("%+v", u)
	}
	w.d.Spec.Paused = true
	if u := w.state().Undo; u != nil {
		t.Errorf("undo refuses what is paused, and is offered: %+v", u)
	}
}

// TestPausedWithChanges: what waits in the template is a revision that is not made yet.
func TestPausedWithChanges(t *testing.T) {
	w := newWorld(3, 0, 3, "1", "0")
	w.d.Spec.Paused = true
	w.d.Spec.Template = template("web:3")
	w.d.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "MODE", Value: snapshot.Hidden + "0123456789ab"}}
	st := w.state()
	r := st.Revisions[0]
	if st.Verdict != Paused || !r.New || r.Number != 0 || r.Since != 2 || len(r.Differences) != 2 || !slices.Equal(found(st), []string{"warning " + explain.PausedWithChanges}) {
		t.Errorf("%s, %+v, %v", st.Verdict, r, found(st))
	}
	out := text(t, st, Options{})
	for _, want := range []string{"container app: image web:2 → web:3", "container app: env MODE added (value not shown)", "new revision, not made yet", "somebody to resume it"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
}

// TestManyRevisions: those with Pods are shown, the rest is counted.
func TestManyRevisions(t *testing.T) {
	w := newWorld(3, 0, 3, "1", "0")
	w.sets[1].Annotations[revisionKey] = "400"
	for i := range 300 {
		w.set("r"+string(rune('a'+i%26))+strings.Repeat("x", i/26), 3+i, "web:"+strings.Repeat("i", i+1), 0)
	}
	w.pod("old", true)
	st := w.state()
	if len(st.Revisions) != 5 || st.OlderRevisions != 297 || !st.Revisions[0].New || st.Revisions[4].Number != 1 {
		t.Errorf("%d shown, %d older", len(st.Revisions), st.OlderRevisions)
	}
	if !strings.Contains(text(t, st, Options{}), "297 older revisions without Pods") {
		t.Error(text(t, st, Options{}))
	}
	req := w.request()
	req.Limit = 0
	if st := Analyze(w.snapshot(), req); len(st.Revisions) != 302 {
		t.Errorf("without a limit %d are shown", len(st.Revisions))
	}
	start := time.Now()
	w.state()
	if took := time.Since(start); took > 200*time.Millisecond {
		t.Errorf("a state with 302 revisions takes %s", took)
	}
}

// TestNewReplicaSetIsTheOldest of equal ones, and the label of the hash does not count.
func TestNewReplicaSetIsTheOldest(t *testing.T) {
	w := newWorld(3, 0, 3, "1", "0")
	twin := w.set("twin", 7, "web:2", 0)
	if st := w.state(); !st.Revisions[1].New || st.Revisions[1].Name != "web-new" || st.Revisions[0].Name != twin.Name {
		t.Errorf("%+v", st.Revisions)
	}
}

// TestOwners: another controller's workload, and one whose owner is gone.
func TestOwners(t *testing.T) {
	rs := newWorld(1, 0, 1, "1", "0").sets[1]
	rs.OwnerReferences[0] = metav1.OwnerReference{APIVersion: "argoproj.io/v1alpha1", Kind: "Rollout", Name: "web", Controller: ptr(true)}
	req := Request{Namespace: "shop"}
	req.Target.Kind, req.Target.Name = "ReplicaSet", "web-new"
	st := Analyze(&snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, ReplicaSet: rs}}, req)
	if !slices.Equal(found(st), []string{"warning " + explain.OwnedByAnother}) || st.Workload.Owner != "Rollout.argoproj.io web" ||
		!slices.Equal(st.Findings[0].Next, []string{"kubectl argo rollouts get rollout web -n shop --watch"}) {
		t.Errorf("%v, %+v", found(st), st.Workload)
	}
	st = Analyze(&snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, ReplicaSet: rs, OwnerGone: true}}, req)
	if !slices.Equal(found(st), []string{"warning " + explain.OwnerIsGone}) {
		t.Errorf("%v", found(st))
	}
}

// TestBudget: it is said to have no say while there is something to say it of.
func TestBudget(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	w.more = func(s *snapshot.Snapshot) {
		s.Rollout.Budgets = []policyv1.PodDisruptionBudget{
			{ObjectMeta: metav1.ObjectMeta{Name: "mine"}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}},
			{ObjectMeta: metav1.ObjectMeta{Name: "other"}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "db"}}}},
		}
	}
	st := w.state()
	if !slices.Equal(found(st), []string{"info " + explain.BudgetDoesNotHold}) || st.Findings[0].Args["budgets"] != "mine" {
		t.Errorf("%+v", st.Findings)
	}
}

// TestUnread: what could not be read is said, in a finding too.
func TestUnread(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	w.more = func(s *snapshot.Snapshot) {
		s.Missing = []snapshot.Missing{{What: "list and watch pods in namespace shop", Why: "forbidden"}, {What: "list and watch events in namespace shop", Why: "forbidden"}}
	}
	st := w.state()
	if !slices.Equal(found(st), []string{"warning " + explain.PodsNotRead, "info " + explain.EventsNotRead}) || !strings.Contains(text(t, st, Options{}), "not checked: list and watch pods in namespace shop: forbidden") {
		t.Errorf("%v\n%s", found(st), text(t, st, Options{}))
	}
}
