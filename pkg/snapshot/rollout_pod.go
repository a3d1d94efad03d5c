package snapshot

import (
	corev1 "k8s.io/api/core/v1"
)

// SlimRolloutPod returns the Pod as Slim does, with how its containers ended before, what
// decides about its end, and without what a rollout does not ask for: ports and addresses.
func SlimRolloutPod(pod *corev1.Pod) *corev1.Pod {
	out := Slim(pod)
	out.DeletionGracePeriodSeconds = pod.DeletionGracePeriodSeconds
	out.Spec.RestartPolicy, out.Spec.ImagePullSecrets = pod.Spec.RestartPolicy, nil
	out.Spec.TerminationGracePeriodSeconds = pod.Spec.TerminationGracePeriodSeconds
	out.Spec.Affinity = daemonNode(pod.Spec.Affinity)
	for _, list := range [][]corev1.Container{out.Spec.InitContainers, out.Spec.Containers} {
		for i := range list {
			list[i].Ports = nil
		}
	}
	out.Status.StartTime = pod.Status.StartTime
	out.Status.PodIP, out.Status.PodIPs, out.Status.HostIP, out.Status.HostIPs = "", nil, "", nil
	withLastEnd(out.Status.InitContainerStatuses, pod.Status.InitContainerStatuses)
	withLastEnd(out.Status.ContainerStatuses, pod.Status.ContainerStatuses)
	return &out
}

// daemonNode keeps the affinity by which a Pod of a DaemonSet is bound to its node before
// the scheduler has done so (pkg/controller/daemon/util, ReplaceDaemonSetPodNodeNameNodeAffinity).
func daemonNode(a *corev1.Affinity) *corev1.Affinity {
	if a == nil || a.NodeAffinity == nil || a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution == nil {
		return nil
	}
	return &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: a.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution,
	}}
}

func withLastEnd(out, in []corev1.ContainerStatus) {
	for i := range in {
		if end := in[i].LastTerminationState.Terminated; end != nil {
			slim := *end
			slim.Message = ""
			out[i].LastTerminationState.Terminated = &slim
		}
	}
}

// SlimEvent returns the Event without managed fields.
func SlimEvent(e *corev1.Event) *corev1.Event {
	out := &corev1.Event{
		ObjectMeta: slimMeta(e.ObjectMeta), InvolvedObject: e.InvolvedObject, Reason: e.Reason, Message: e.Message, Type: e.Type,
		Count: e.Count, FirstTimestamp: e.FirstTimestamp, LastTimestamp: e.LastTimestamp, EventTime: e.EventTime, Series: e.Series,
	}
	out.Labels = nil
	return out
}

// SlimTaintedNode returns of a Node what decides whether a DaemonSet has a Pod on it.
func SlimTaintedNode(node *corev1.Node) *corev1.Node {
	out := &corev1.Node{ObjectMeta: slimMeta(node.ObjectMeta), Spec: corev1.NodeSpec{Taints: node.Spec.Taints, Unschedulable: node.Spec.Unschedulable}}
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			out.Status.Conditions = append(out.Status.Conditions, corev1.NodeCondition{Type: c.Type, Status: c.Status, Reason: c.Reason, LastTransitionTime: c.LastTransitionTime})
		}
	}
	return out
}
