package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// answer is a small API server: two Services, a Pod, one Node, and nothing that could be
// read on it.
func answer(w http.ResponseWriter, req *http.Request) {
	path := req.URL.Path
	switch {
	case answersPods(w, req), answersRollout(w, req):
	case strings.Contains(path, "/namespaces/closed/"):
		refuse(w, http.StatusForbidden, metav1.StatusReasonForbidden, `services "web" is forbidden: User "jane" cannot get resource "services" in API group "" in the namespace "closed"`)
	case strings.HasSuffix(path, "/services/hostile"):
		refuse(w, http.StatusInternalServerError, metav1.StatusReasonInternalError, "boom \x1b[2J\u202e\nsecond line")
	case strings.HasSuffix(path, "/services/wrong-user"):
		refuse(w, http.StatusUnauthorized, metav1.StatusReasonUnauthorized, "Unauthorized")
	case strings.HasSuffix(path, "/services/hellok8s"):
		reply(w, service("hellok8s"))
	case strings.HasSuffix(path, "/services/kubernetes"):
		reply(w, service("kubernetes"))
	case strings.HasSuffix(path, "/pods/web-1"):
		reply(w, podWeb())
	case strings.HasSuffix(path, "/services"):
		reply(w, corev1.ServiceList{Items: []corev1.Service{service("hellok8s"), service("other")}})
	case strings.HasSuffix(path, "/endpointslices"):
		reply(w, discoveryv1.EndpointSliceList{})
	case strings.HasSuffix(path, "/pods"):
		reply(w, corev1.PodList{})
	case strings.HasSuffix(path, "/nodes/node-1"):
		reply(w, nodeOne())
	case strings.HasSuffix(path, "/nodes"):
		reply(w, corev1.NodeList{Items: []corev1.Node{nodeOne()}})
	default:
		refuse(w, http.StatusNotFound, metav1.StatusReasonNotFound, fmt.Sprintf("%q not found", path))
	}
}

func service(name string) corev1.Service {
	return corev1.Service{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: name},
		Spec: corev1.ServiceSpec{
			Type: corev1.ServiceTypeClusterIP, ClusterIP: "10.0.0.9", ClusterIPs: []string{"10.0.0.9"},
			IPFamilies: []corev1.IPFamily{corev1.IPv4Protocol}, Selector: map[string]string{"app": "nobody"},
			Ports: []corev1.ServicePort{{Name: "http", Protocol: corev1.ProtocolTCP, Port: 80}},
		},
	}
}

// podWeb is a Pod that does not run, with a variable that needs a ConfigMap that is not there.
func podWeb() corev1.Pod {
	return corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: "default", Name: "web-1"},
		Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Env: []corev1.EnvVar{
			{Name: "TOKEN", Value: "literal"},
			{Name: "MODE", ValueFrom: &corev1.EnvVarSource{ConfigMapKeyRef: &corev1.ConfigMapKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "settings"}, Key: "mode",
			}}},
		}}, {Name: "sidecar"}}},
		Status: corev1.PodStatus{Phase: corev1.PodPending},
	}
}

func nodeOne() corev1.Node {
	return corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: "node-1"},
		Status:     corev1.NodeStatus{Conditions: []corev1.NodeCondition{{Type: corev1.NodeReady, Status: corev1.ConditionTrue}}},
	}
}

func reply(w http.ResponseWriter, object any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(object)
}

func refuse(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(code))
	_ = json.NewEncoder(w).Encode(metav1.Status{
		TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"},
		Status:   metav1.StatusFailure, Code: code, Reason: reason, Message: message,
	})
}
