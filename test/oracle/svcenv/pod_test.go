package svcenv

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

// answer is what kubectl-kk says of a Pod that has not started.
func answer(t *testing.T, s *snapshot.Snapshot, pod *corev1.Pod) *svcenv.View {
	t.Helper()
	s.APIVersion, s.Kind, s.Pods = snapshot.APIVersion, snapshot.Kind, []corev1.Pod{snapshot.SlimWithEnvironment(pod)}
	v, err := svcenv.Analyze(s, svcenv.Request{
		Namespace: pod.Namespace, Target: kube.Target{Kind: "Pod", Name: pod.Name}, ShowValues: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func aPod(namespace string, links bool, env ...corev1.EnvVar) *corev1.Pod {
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "web"},
		Spec:       corev1.PodSpec{EnableServiceLinks: &links, Containers: []corev1.Container{{Name: "app", Image: "app:1", Env: env}}},
	}
}

// gets are the variables that a container would get, by name.
func gets(t *testing.T, services []corev1.Service, namespace string, links bool, env ...corev1.EnvVar) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, v := range answer(t, &snapshot.Snapshot{Services: services}, aPod(namespace, links, env...)).Variables {
		if v.Gets == nil || v.Gets.Text == nil {
			t.Fatalf("%s has no value: %+v", v.Name, v)
		}
		if _, twice := out[v.Name]; twice {
			t.Errorf("%s is there twice", v.Name)
		}
		out[v.Name] = *v.Gets.Text
	}
	return out
}
