package kube

import (
	"context"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct{ args, want, rest string }{
		{"web-1", "pod/web-1", ""},
		{"pod/web-1", "pod/web-1", ""},
		{"po web-1", "pod/web-1", ""},
		{"deploy/web", "deployment/web", ""},
		{"Deployments.apps/web", "deployment/web", ""},
		{"sts web metadata.name limits.cpu", "statefulset/web", "metadata.name limits.cpu"},
		{"web.a metadata.name", "pod/web.a", "metadata.name"},
		{"pod", "error: the name is missing", ""},
		{"svc/web", `error: "svc" has no Pods that kk knows how to find`, ""},
		{"cj/web", "error: no Pods that kk knows", ""},
		{"UPPER", "error: is not the name of a Pod", ""},
		{"pod/", "error: is not the name of a Pod", ""},
		{"", "error: name a Pod", ""},
	} {
		target, rest, err := ParseTarget(strings.Fields(c.args))
		if message, bad := strings.CutPrefix(c.want, "error: "); bad {
			if err == nil || !strings.Contains(err.Error(), message) {
				t.Errorf("%q: %v, want %q", c.args, err, message)
			}
			continue
		}
		if err != nil || target.String() != c.want || strings.Join(rest, " ") != c.rest {
			t.Errorf("%q: %s %v %v, want %s %q", c.args, target, rest, err, c.want, c.rest)
		}
	}
}

// TestPodOfWorkload: the ready Pod is picked, never one that is going away, and a name
// that does not exist is answered with those that do.
func TestPodOfWorkload(t *testing.T) {
	now := metav1.Now()
	pod := func(name string, ready corev1.ConditionStatus, going bool) *corev1.Pod {
		p := &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Labels: map[string]string{"app": "web"}},
			Spec:       corev1.PodSpec{NodeName: "n"},
			Status:     corev1.PodStatus{Phase: corev1.PodRunning, Conditions: []corev1.PodCondition{{Type: corev1.PodReady, Status: ready}}},
		}
		if going {
			p.DeletionTimestamp, p.Finalizers = &now, []string{"x"}
		}
		return p
	}
	client := fake.NewClientset(
		&appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"}, Spec: appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}}},
		pod("web-a", corev1.ConditionFalse, false), pod("web-b", corev1.ConditionTrue, true), pod("web-c", corev1.ConditionTrue, false),
	)
	got, of, err := Pod(context.Background(), client, "shop", Target{"Deployment", "web"})
	if err != nil || got.Name != "web-c" || of != 3 {
		t.Errorf("%v of %d, %v; want web-c of 3", got, of, err)
	}
	_, _, err = Pod(context.Background(), client, "shop", Target{"Deployment", "wbe"})
	if err == nil || err.Error() != "get deployment shop/wbe: not found; deployments in shop: web" {
		t.Errorf("%v", err)
	}
	_, _, err = Pod(context.Background(), client, "shop", Target{"Pod", "web-x"})
	if err == nil || !strings.Contains(err.Error(), "pods in shop: web-a, web-b, web-c") {
		t.Errorf("%v", err)
	}
}
