package kube

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
)

// list returns the names of a kind's objects in a namespace, the first 500 of them.
func list(ctx context.Context, client kubernetes.Interface, namespace, kind string) ([]string, error) {
	objects, err := listObjects(ctx, client, namespace, kind)
	if err != nil {
		return nil, err
	}
	var names []string
	err = meta.EachListItem(objects, func(object runtime.Object) error {
		m, err := meta.Accessor(object)
		if err == nil {
			names = append(names, m.GetName())
		}
		return err
	})
	return names, err
}

func listObjects(ctx context.Context, client kubernetes.Interface, namespace, kind string) (runtime.Object, error) {
	o := metav1.ListOptions{Limit: maxNames}
	switch kind {
	case "Pod":
		return client.CoreV1().Pods(namespace).List(ctx, o)
	case "Deployment":
		return client.AppsV1().Deployments(namespace).List(ctx, o)
	case "ReplicaSet":
		return client.AppsV1().ReplicaSets(namespace).List(ctx, o)
	case "StatefulSet":
		return client.AppsV1().StatefulSets(namespace).List(ctx, o)
	case "DaemonSet":
		return client.AppsV1().DaemonSets(namespace).List(ctx, o)
	case "Job":
		return client.BatchV1().Jobs(namespace).List(ctx, o)
	default:
		return client.CoreV1().ReplicationControllers(namespace).List(ctx, o)
	}
}

func lower(kind string) string { return strings.ToLower(kind) }
