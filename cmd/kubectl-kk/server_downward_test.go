package main

import (
	"fmt"
	"net/http"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	apiversion "k8s.io/apimachinery/pkg/version"
)

// longLabel is as long as the value of a label can be, longNote as an annotation seldom
// is, and hostileNote what a terminal must not see.
var (
	longLabel = strings.Repeat("label-", 10) + "end"
	longNote  = strings.Repeat("0123456789abcdef", 200<<10/16)
)

const hostileNote = "\x1b[2Jred\x07 \u202eback\nsecond line\u009b31m"

// answersPods is the part of the small API server with Pods to look at: a namespace
// with three of them, in which nobody may exec, and their node.
func answersPods(w http.ResponseWriter, req *http.Request) bool {
	path, inShop := strings.CutPrefix(req.URL.Path, "/api/v1/namespaces/shop/pods")
	pods := map[string]corev1.Pod{}
	for _, pod := range []corev1.Pod{podInShop("web"), podInShop("wrong"), unscheduledPod()} {
		pods["/"+pod.Name] = pod
	}
	pod, there := pods[path]
	switch {
	case inShop && strings.HasSuffix(path, "/exec"):
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, `pods "web" is forbidden: User "jane" cannot create resource "pods/exec" in API group "" in the namespace "shop"`)
	case inShop && path == "":
		var list corev1.PodList
		for _, pod := range pods {
			list.Items = append(list.Items, pod)
		}
		reply(w, list)
	case inShop && there:
		reply(w, pod)
	case inShop:
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, fmt.Sprintf("pods %q not found", path))
	case req.URL.Path == "/apis/apps/v1/namespaces/shop/deployments/web":
		reply(w, appsv1.Deployment{
			ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web"},
			Spec:       appsv1.DeploymentSpec{Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}},
		})
	case req.URL.Path == "/api/v1/nodes/shop-node":
		node := nodeOne()
		node.Name, node.Status.NodeInfo.KubeletVersion = "shop-node", "v1.36.3"
		node.Status.Allocatable = corev1.ResourceList{"cpu": resource.MustParse("4"), "memory": resource.MustParse("8Gi")}
		reply(w, node)
	case req.URL.Path == "/version":
		reply(w, apiversion.Info{Major: "1", Minor: "37", GitVersion: "v1.37.2"})
	default:
		return false
	}
	return true
}

// podInShop runs on shop-node, with labels and annotations that are hard to show. The one
// with the name wrong takes a limit of a container that is not there.
func podInShop(name string) corev1.Pod {
	of := "app"
	if name == "wrong" {
		of = "nobody"
	}
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: name, UID: "11-22", Labels: map[string]string{"app": "web", "long": longLabel},
			Annotations: map[string]string{"long-note": longNote, "hostile": hostileNote},
		},
		Spec: corev1.PodSpec{NodeName: "shop-node", Containers: []corev1.Container{{
			Name: "app", Image: "app:1",
			Env: []corev1.EnvVar{
				{Name: "POD_NAME", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.name"}}},
				{Name: "NOTE", ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['hostile']"}}},
				{Name: "CPU", ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: &corev1.ResourceFieldSelector{Resource: "limits.cpu", ContainerName: of}}},
			},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.7", PodIPs: []corev1.PodIP{{IP: "10.0.0.7"}},
			ContainerStatuses: []corev1.ContainerStatus{{Name: "app", Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}},
		},
	}
}

func unscheduledPod() corev1.Pod {
	pod := podInShop("waiting")
	pod.Spec.NodeName, pod.Status = "", corev1.PodStatus{Phase: corev1.PodPending}
	return pod
}
