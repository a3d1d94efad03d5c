package snapshot

import (
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// lastTrigger is when the change that led to a slice's content was observed
// (endpointslice/endpoints.go, EndpointsLastChangeTriggerTime).
const lastTrigger = corev1.EndpointsLastChangeTriggerTime

// Slim returns the Pod without what no judgement needs and what may be secret:
// environment, commands, volumes, annotations, managed fields.
func Slim(pod *corev1.Pod) corev1.Pod {
	out := corev1.Pod{
		ObjectMeta: slimMeta(pod.ObjectMeta),
		Spec: corev1.PodSpec{
			NodeName:         pod.Spec.NodeName,
			HostNetwork:      pod.Spec.HostNetwork,
			ImagePullSecrets: pod.Spec.ImagePullSecrets,
			InitContainers:   slimContainers(pod.Spec.InitContainers),
			Containers:       slimContainers(pod.Spec.Containers),
		},
		Status: corev1.PodStatus{
			Phase: pod.Status.Phase, Reason: pod.Status.Reason, Message: pod.Status.Message,
			PodIP: pod.Status.PodIP, PodIPs: pod.Status.PodIPs,
			HostIP: pod.Status.HostIP, HostIPs: pod.Status.HostIPs,
			Conditions:            pod.Status.Conditions,
			InitContainerStatuses: slimStatuses(pod.Status.InitContainerStatuses),
			ContainerStatuses:     slimStatuses(pod.Status.ContainerStatuses),
		},
	}
	return out
}

// SlimService returns the Service without managed fields; of its annotations only
// those stay by which kube-proxy before 1.31 decided on topology.
func SlimService(svc *corev1.Service) corev1.Service {
	out := corev1.Service{ObjectMeta: slimMeta(svc.ObjectMeta), Spec: svc.Spec, Status: svc.Status}
	for _, key := range []string{corev1.AnnotationTopologyMode, corev1.DeprecatedAnnotationTopologyAwareHints} {
		if mode, ok := svc.Annotations[key]; ok {
			metav1.SetMetaDataAnnotation(&out.ObjectMeta, key, mode)
		}
	}
	return out
}

// SlimSlice returns the EndpointSlice without managed fields; of its annotations
// only the time of the change that led to it stays.
func SlimSlice(slice *discoveryv1.EndpointSlice) discoveryv1.EndpointSlice {
	out := *slice
	out.ObjectMeta = slimMeta(slice.ObjectMeta)
	if at, ok := slice.Annotations[lastTrigger]; ok {
		out.Annotations = map[string]string{lastTrigger: at}
	}
	return out
}

// SlimNode returns the Node with its labels, addresses, conditions, allocatable
// resources and versions.
func SlimNode(node *corev1.Node) corev1.Node {
	return corev1.Node{
		ObjectMeta: slimMeta(node.ObjectMeta),
		Spec:       corev1.NodeSpec{PodCIDR: node.Spec.PodCIDR, PodCIDRs: node.Spec.PodCIDRs, Unschedulable: node.Spec.Unschedulable},
		Status: corev1.NodeStatus{
			Addresses: node.Status.Addresses, Conditions: node.Status.Conditions, Allocatable: node.Status.Allocatable,
			NodeInfo: corev1.NodeSystemInfo{
				KernelVersion: node.Status.NodeInfo.KernelVersion, OperatingSystem: node.Status.NodeInfo.OperatingSystem,
				KubeletVersion: node.Status.NodeInfo.KubeletVersion, Architecture: node.Status.NodeInfo.Architecture,
			},
		},
	}
}

// SlimConfigMap returns the ConfigMap with only the keys that are named.
func SlimConfigMap(cm *corev1.ConfigMap, keys ...string) corev1.ConfigMap {
	out := corev1.ConfigMap{ObjectMeta: slimMeta(cm.ObjectMeta), Data: map[string]string{}}
	for _, key := range keys {
		if text, ok := cm.Data[key]; ok {
			out.Data[key] = text
		}
	}
	return out
}

func slimMeta(meta metav1.ObjectMeta) metav1.ObjectMeta {
	return metav1.ObjectMeta{
		Name: meta.Name, Namespace: meta.Namespace, UID: meta.UID, Generation: meta.Generation,
		ResourceVersion:   meta.ResourceVersion,
		CreationTimestamp: meta.CreationTimestamp, DeletionTimestamp: meta.DeletionTimestamp,
		Labels: meta.Labels, OwnerReferences: meta.OwnerReferences,
	}
}

func slimContainers(containers []corev1.Container) []corev1.Container {
	var out []corev1.Container
	for _, c := range containers {
		out = append(out, corev1.Container{Name: c.Name, Image: c.Image, Ports: c.Ports, RestartPolicy: c.RestartPolicy})
	}
	return out
}

// A terminated container's message is the end of its log or of its termination
// file, which may hold anything: it stays out.
func slimStatuses(statuses []corev1.ContainerStatus) []corev1.ContainerStatus {
	var out []corev1.ContainerStatus
	for _, s := range statuses {
		slim := corev1.ContainerStatus{
			Name: s.Name, Ready: s.Ready, RestartCount: s.RestartCount, Image: s.Image, Started: s.Started,
			State: *s.State.DeepCopy(),
		}
		if slim.State.Terminated != nil {
			slim.State.Terminated.Message = ""
		}
		out = append(out, slim)
	}
	return out
}
