package main

import (
	"net/http"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// answersRollout is the part of the small API server with a Deployment: one in the namespace
// roll that is complete, with Pods that nobody may list.
func answersRollout(w http.ResponseWriter, req *http.Request) bool {
	group, in := strings.CutPrefix(req.URL.Path, "/apis/apps/v1/namespaces/roll/")
	field := req.URL.Query().Get("fieldSelector")
	switch {
	case req.URL.Query().Get("watch") != "":
		return false
	case in && group == "deployments":
		list := appsv1.DeploymentList{}
		if field == "" || field == "metadata.name=web" {
			list.Items = append(list.Items, rolledOut())
		}
		reply(w, list)
	case in && group == "replicasets":
		reply(w, appsv1.ReplicaSetList{Items: []appsv1.ReplicaSet{revisionOne()}})
	case in:
		reply(w, appsv1.StatefulSetList{})
	case req.URL.Path == "/api/v1/namespaces/roll/pods":
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, `pods is forbidden: User "jane" cannot list resource "pods"`)
	case strings.HasPrefix(req.URL.Path, "/api/v1/namespaces/roll/"), strings.Contains(req.URL.Path, "/namespaces/roll/poddisruptionbudgets"):
		reply(w, corev1.EventList{})
	default:
		return false
	}
	return true
}

func rolledOut() appsv1.Deployment {
	one := int32(1)
	return appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "roll", Name: "web", UID: "d", Generation: 1},
		Spec: appsv1.DeploymentSpec{
			Replicas: &one, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: webTemplate(),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType},
		},
		Status: appsv1.DeploymentStatus{ObservedGeneration: 1, Replicas: 1, UpdatedReplicas: 1, ReadyReplicas: 1, AvailableReplicas: 1},
	}
}

func revisionOne() appsv1.ReplicaSet {
	one, yes := int32(1), true
	return appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "roll", Name: "web-1", UID: "rs", Annotations: map[string]string{"deployment.kubernetes.io/revision": "1", "kubernetes.io/change-cause": hostileNote},
			OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: "web", UID: "d", Controller: &yes}},
		},
		Spec:   appsv1.ReplicaSetSpec{Replicas: &one, Template: webTemplate()},
		Status: appsv1.ReplicaSetStatus{Replicas: 1, ReadyReplicas: 1, AvailableReplicas: 1},
	}
}

func webTemplate() corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "web:1", Env: []corev1.EnvVar{{Name: "TOKEN", Value: "literal"}}}}},
	}
}
