package rollout

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func at(seconds int) metav1.Time {
	return metav1.NewTime(now.Add(time.Duration(seconds) * time.Second))
}

func ptr[T any](v T) *T { return &v }

// world is a Deployment in the middle of a rollout from image web:1 to web:2.
type world struct {
	d    *appsv1.Deployment
	sets []*appsv1.ReplicaSet
	pods []*corev1.Pod
	more func(*snapshot.Snapshot)
}

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: image}}},
	}
}

// newWorld has an old ReplicaSet and a new one with as many replicas, none of which has Pods.
func newWorld(replicas, oldReplicas, newReplicas int32, surge, unavailable string) *world {
	s, u := intstr.Parse(surge), intstr.Parse(unavailable)
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "deployment", Generation: 2, CreationTimestamp: at(-3600)},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template("web:2"),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: &s, MaxUnavailable: &u}},
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 2},
	}
	w := &world{d: d}
	w.set("old", 1, "web:1", oldReplicas)
	w.set("new", 2, "web:2", newReplicas)
	return w
}

func (w *world) set(name string, revision int, image string, replicas int32) *appsv1.ReplicaSet {
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web-" + name, UID: types.UID(name), CreationTimestamp: at(-1000 + revision),
			Annotations:     map[string]string{revisionKey: fmt.Sprint(revision)},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: w.d.UID, Controller: ptr(true)}},
		},
		Spec:   appsv1.ReplicaSetSpec{Replicas: &replicas, Template: template(image)},
		Status: appsv1.ReplicaSetStatus{Replicas: replicas},
	}
	rs.Spec.Template.Labels["pod-template-hash"] = name
	w.sets = append(w.sets, rs)
	return rs
}

// pod adds one of a ReplicaSet, running; ready says whether it is ready, too.
func (w *world) pod(set string, ready bool) *corev1.Pod {
	name := fmt.Sprintf("web-%s-%d", set, len(w.pods))
	status := corev1.ConditionFalse
	if ready {
		status = corev1.ConditionTrue
	}
	p := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: types.UID(name), CreationTimestamp: at(-60), Labels: map[string]string{"app": "web"},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "web-" + set, UID: types.UID(set), Controller: ptr(true)}},
		},
		Spec: corev1.PodSpec{NodeName: "node-1", Containers: []corev1.Container{{Name: "app"}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning,
			Conditions: []corev1.PodCondition{
				{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}, {Type: corev1.PodInitialized, Status: corev1.ConditionTrue},
				{Type: corev1.ContainersReady, Status: status}, {Type: corev1.PodReady, Status: status, LastTransitionTime: at(-30)},
			},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "app", Ready: ready, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: at(-50)}}}},
		},
	}
	w.pods = append(w.pods, p)
	return p
}

// crash makes the Pod's container wait for its next start.
func crash(p *corev1.Pod, code int32, reason string, restarts int32, pause string, ended int) {
	s := &p.Status.ContainerStatuses[0]
	s.RestartCount = restarts
	s.State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{
		Reason: "CrashLoopBackOff", Message: "back-off " + pause + " restarting failed container=app pod=" + p.Name,
	}}
	s.LastTerminationState.Terminated = &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason, FinishedAt: at(ended)}
}

func waiting(p *corev1.Pod, reason, message string) {
	p.Status.ContainerStatuses[0].State = corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

func warning(p *corev1.Pod, reason, message string, count int32) corev1.Event {
	return corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{Namespace: "shop", Name: p.Name + "." + reason, UID: types.UID(p.Name + reason + message)},
		InvolvedObject: corev1.ObjectReference{Kind: "Pod", Name: p.Name, UID: p.UID, FieldPath: "spec.containers{app}"},
		Reason:         reason, Message: message, Count: count, LastTimestamp: at(-1), Type: "Warning",
	}
}

func (w *world) request() Request {
	return Request{Namespace: "shop", Target: kube.Target{Kind: "Deployment", Name: "web"}, Limit: 5}
}

// snapshot counts the Pods into the status, as the controllers do.
func (w *world) snapshot() *snapshot.Snapshot {
	s := &snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, Deployment: w.d}}
	for _, p := range w.pods {
		s.Pods = append(s.Pods, *p)
	}
	for _, rs := range w.sets {
		s.Rollout.ReplicaSets = append(s.Rollout.ReplicaSets, *rs)
	}
	if w.more != nil {
		w.more(s)
	}
	return s
}

func (w *world) state() *State { return Analyze(w.snapshot(), w.request()) }
