package kube

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
)

// kindResources are where the API server has the objects of Target's kinds.
var kindResources = map[string]schema.GroupVersionResource{
	"Pod":                   {Version: "v1", Resource: "pods"},
	"Deployment":            {Group: "apps", Version: "v1", Resource: "deployments"},
	"ReplicaSet":            {Group: "apps", Version: "v1", Resource: "replicasets"},
	"StatefulSet":           {Group: "apps", Version: "v1", Resource: "statefulsets"},
	"DaemonSet":             {Group: "apps", Version: "v1", Resource: "daemonsets"},
	"Job":                   {Group: "batch", Version: "v1", Resource: "jobs"},
	"ReplicationController": {Version: "v1", Resource: "replicationcontrollers"},
}

// TargetWords are words that ParseTarget takes for a type, one for each.
func TargetWords() []string {
	var out []string
	for _, k := range kinds {
		out = append(out, lower(k.kind))
	}
	return out
}

// Names are the names of a resource's objects, the first 500, without anything else of
// them. "" is for all namespaces or for a resource that has none.
func (c *Clients) Names(ctx context.Context, resource schema.GroupVersionResource, namespace string) ([]string, error) {
	client, err := metadata.NewForConfig(c.Config)
	if err != nil {
		return nil, err
	}
	var from metadata.ResourceInterface = client.Resource(resource)
	if namespace != "" {
		from = client.Resource(resource).Namespace(namespace)
	}
	objects, err := from.List(ctx, metav1.ListOptions{Limit: maxNames})
	if err != nil {
		return nil, err
	}
	var names []string
	for i := range objects.Items {
		names = append(names, objects.Items[i].Name)
	}
	return names, nil
}

// TargetNames are the names of the objects that a word for a type means; none where it
// means no type.
func (c *Clients) TargetNames(ctx context.Context, word string) ([]string, error) {
	kind := kindOf(word)
	if kind == "" {
		return nil, nil
	}
	return c.Names(ctx, kindResources[kind], c.Namespace)
}

// Containers are the names of the containers of the target's Pod.
func (c *Clients) Containers(ctx context.Context, t Target) ([]string, error) {
	pod, _, err := Pod(ctx, c.Interface, c.Namespace, t)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, container := range pod.Spec.Containers {
		names = append(names, container.Name)
	}
	for _, container := range pod.Spec.InitContainers {
		if container.RestartPolicy != nil && *container.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			names = append(names, container.Name)
		}
	}
	return names, nil
}

// ServicePorts are the ports of a Service.
func (c *Clients) ServicePorts(ctx context.Context, service string) ([]corev1.ServicePort, error) {
	svc, err := c.Interface.CoreV1().Services(c.Namespace).Get(ctx, service, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return svc.Spec.Ports, nil
}
