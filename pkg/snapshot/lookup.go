package snapshot

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Service returns the Service of that name, or nil.
func (s *Snapshot) Service(namespace, name string) *corev1.Service {
	for i := range s.Services {
		if s.Services[i].Namespace == namespace && s.Services[i].Name == name {
			return &s.Services[i]
		}
	}
	return nil
}

// SlicesOf returns the EndpointSlices of a Service, whoever wrote them: those
// that carry its name as kubernetes.io/service-name.
func (s *Snapshot) SlicesOf(namespace, service string) []discoveryv1.EndpointSlice {
	var out []discoveryv1.EndpointSlice
	for _, slice := range s.EndpointSlices {
		if slice.Namespace == namespace && slice.Labels[discoveryv1.LabelServiceName] == service {
			out = append(out, slice)
		}
	}
	return out
}

// Node returns the Node of that name, or nil.
func (s *Snapshot) Node(name string) *corev1.Node {
	for i := range s.Nodes {
		if s.Nodes[i].Name == name {
			return &s.Nodes[i]
		}
	}
	return nil
}

// PodWithIP returns the Pod that has the address to itself now, or nil. A finished
// Pod keeps its address in status while another may have it already, and Pods on the
// host network share their node's: neither counts.
func (s *Snapshot) PodWithIP(ip string) *corev1.Pod {
	for i := range s.Pods {
		pod := &s.Pods[i]
		finished := pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
		if !finished && !pod.Spec.HostNetwork && hasIP(pod, ip) {
			return pod
		}
	}
	return nil
}

// NodeWithIP returns the name of the node that has the address, or "". Only nodes
// that were read count, and those with a Pod on the host network that was.
func (s *Snapshot) NodeWithIP(ip string) string {
	for i := range s.Nodes {
		for _, have := range s.Nodes[i].Status.Addresses {
			if have.Address == ip {
				return s.Nodes[i].Name
			}
		}
	}
	for i := range s.Pods {
		if pod := &s.Pods[i]; pod.Spec.HostNetwork && hasIP(pod, ip) {
			return pod.Spec.NodeName
		}
	}
	return ""
}

func hasIP(pod *corev1.Pod, ip string) bool {
	for _, have := range pod.Status.PodIPs {
		if have.IP == ip {
			return true
		}
	}
	return false
}

// ConfigMap returns the ConfigMap of that name, or nil.
func (s *Snapshot) ConfigMap(namespace, name string) *corev1.ConfigMap {
	for i := range s.ConfigMaps {
		if s.ConfigMaps[i].Namespace == namespace && s.ConfigMaps[i].Name == name {
			return &s.ConfigMaps[i]
		}
	}
	return nil
}

// Reading returns what was read on a node, or nil.
func (s *Snapshot) Reading(node string) *Reading {
	for i := range s.Readings {
		if s.Readings[i].Node == node {
			return &s.Readings[i]
		}
	}
	return nil
}

// Pod returns the Pod of that name, or nil.
func (s *Snapshot) Pod(namespace, name string) *corev1.Pod {
	for i := range s.Pods {
		if s.Pods[i].Namespace == namespace && s.Pods[i].Name == name {
			return &s.Pods[i]
		}
	}
	return nil
}

// PodOf returns the Pod that a target means: "pod/NAME", or a workload such as
// "deployment/NAME", one of whose Pods was picked when the snapshot was taken. Its error
// says which Pod the snapshot holds instead.
func (s *Snapshot) PodOf(namespace, target string) (*corev1.Pod, error) {
	what := fmt.Sprintf("find %s in namespace %s", target, namespace)
	if len(s.Pods) == 0 {
		return nil, fmt.Errorf("%s: the snapshot holds no Pod", what)
	}
	if name, isPod := strings.CutPrefix(target, "pod/"); isPod {
		if pod := s.Pod(namespace, name); pod != nil {
			return pod, nil
		}
	} else if from, _, _ := strings.Cut(s.PickedFrom, ","); from == target && s.Pods[0].Namespace == namespace {
		return &s.Pods[0], nil
	}
	return nil, fmt.Errorf("%s: the snapshot holds only pod %s/%s", what, s.Pods[0].Namespace, s.Pods[0].Name)
}

// Container returns what was read inside of a container, or nil.
func (s *Snapshot) Container(namespace, pod, container string) *ContainerReading {
	for i := range s.Containers {
		if c := &s.Containers[i]; c.Namespace == namespace && c.Pod == pod && c.Container == container {
			return c
		}
	}
	return nil
}
