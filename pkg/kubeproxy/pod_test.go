package kubeproxy

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func proxyPod(name, node, label, image string) corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{label: "kube-proxy"}},
		Spec:       corev1.PodSpec{NodeName: node, Containers: []corev1.Container{{Name: "sidecar"}, {Name: ContainerName, Image: image}}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning},
	}
}

func TestVersion(t *testing.T) {
	for image, want := range map[string]string{
		"registry.k8s.io/kube-proxy:v1.37.2":                                                     "v1.37.2",
		"registry.k8s.io/kube-proxy:v1.37.2@sha256:0123456789abcdef":                             "v1.37.2",
		"602401143452.dkr.ecr.eu-west-1.amazonaws.com/eks/kube-proxy:v1.29.0-minimal-eksbuild.1": "v1.29.0",
		"rancher/hardened-kubernetes:v1.30.1-rke2r1-build20240515":                               "v1.30.1",
		"registry:5000/kube-proxy:v1.30.1_vendor.2":                                              "v1.30.1",
		"registry:5000/kube-proxy":                                                               "",
		"kube-proxy:latest":                                                                      "",
		"kube-proxy:1.30.1":                                                                      "",
		"kube-proxy:v1.30":                                                                       "",
		"kube-proxy:v1.30.1x":                                                                    "",
		"kube-proxy@sha256:0123456789abcdef":                                                     "",
		"":                                                                                       "",
	} {
		pod := proxyPod("p", "a", "k8s-app", image)
		if got := Version(&pod); got != want {
			t.Errorf("%s: got %q, want %q", image, got, want)
		}
	}
	if got := Version(&corev1.Pod{}); got != "" {
		t.Errorf("no container: got %q", got)
	}
}

func TestIsKubeProxy(t *testing.T) {
	for label, want := range map[string]bool{"k8s-app": true, "component": true, "app": false} {
		pod := proxyPod("p", "a", label, "x")
		if got := IsKubeProxy(&pod); got != want {
			t.Errorf("label %s: got %t, want %t", label, got, want)
		}
	}
	pod := proxyPod("p", "a", "k8s-app", "x")
	pod.Spec.Containers = pod.Spec.Containers[:1]
	if IsKubeProxy(&pod) {
		t.Error("no container of kube-proxy, but taken for it")
	}
}

func TestFindPod(t *testing.T) {
	leaving, pending := proxyPod("kube-proxy-1", "a", "k8s-app", "x"), proxyPod("kube-proxy-0", "a", "k8s-app", "x")
	leaving.DeletionTimestamp = &metav1.Time{}
	pending.Status.Phase = corev1.PodPending
	pods := []corev1.Pod{
		proxyPod("kube-proxy-9", "b", "k8s-app", "x"), proxyPod("other", "a", "app", "x"),
		pending, leaving, proxyPod("kube-proxy-3", "a", "k8s-app", "x"), proxyPod("kube-proxy-2", "a", "component", "x"),
	}
	for _, tt := range []struct {
		pods       []corev1.Pod
		node, want string
	}{
		{pods, "a", "kube-proxy-2"}, {pods[:4], "a", "kube-proxy-1"}, {pods[:3], "a", "kube-proxy-0"},
		{pods, "b", "kube-proxy-9"}, {pods, "c", ""}, {nil, "a", ""},
	} {
		got := ""
		if pod := FindPod(tt.pods, tt.node); pod != nil {
			got = pod.Name
		}
		if got != tt.want {
			t.Errorf("%d Pods, node %s: got %q, want %q", len(tt.pods), tt.node, got, tt.want)
		}
	}
}
