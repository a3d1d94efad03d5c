package snapshot

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// DefaultContainer is the annotation by which a Pod says which container is meant when
// none is named (k8s.io/kubectl/pkg/cmd/util/podcmd).
const DefaultContainer = "kubectl.kubernetes.io/default-container"

// SlimWithEnvironment returns the Pod as Slim does, with all that decides about the
// environment of its containers: env and envFrom as the manifest has them, with the names
// of Secrets and never their content, and of annotations only those that env names.
func SlimWithEnvironment(pod *corev1.Pod) corev1.Pod {
	out := Slim(pod)
	out.Spec.ServiceAccountName, out.Spec.EnableServiceLinks = pod.Spec.ServiceAccountName, pod.Spec.EnableServiceLinks
	out.Spec.ShareProcessNamespace, out.Spec.HostPID = pod.Spec.ShareProcessNamespace, pod.Spec.HostPID
	out.Spec.OS, out.Spec.Resources = pod.Spec.OS, pod.Spec.Resources
	withEnvironment(out.Spec.InitContainers, pod.Spec.InitContainers)
	withEnvironment(out.Spec.Containers, pod.Spec.Containers)
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		out.Spec.EphemeralContainers = append(out.Spec.EphemeralContainers, corev1.EphemeralContainer{
			TargetContainerName: c.TargetContainerName,
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{
				Name: c.Name, Image: c.Image, Env: c.Env, EnvFrom: c.EnvFrom, Resources: c.Resources,
			},
		})
	}
	out.Status.EphemeralContainerStatuses = slimStatuses(pod.Status.EphemeralContainerStatuses)
	withResources(out.Status.InitContainerStatuses, pod.Status.InitContainerStatuses)
	withResources(out.Status.ContainerStatuses, pod.Status.ContainerStatuses)
	out.Annotations = namedAnnotations(pod)
	if os, ok := pod.Spec.NodeSelector[corev1.LabelOSStable]; ok {
		out.Spec.NodeSelector = map[string]string{corev1.LabelOSStable: os}
	}
	return out
}

func withEnvironment(out, in []corev1.Container) {
	for i := range in {
		out[i].Env, out[i].EnvFrom, out[i].Resources = in[i].Env, in[i].EnvFrom, in[i].Resources
	}
}

// namedAnnotations are those that a variable of the Pod takes.
func namedAnnotations(pod *corev1.Pod) map[string]string {
	var fields []string
	for i := range pod.Spec.InitContainers {
		fields = append(fields, fieldPaths(pod.Spec.InitContainers[i].Env)...)
	}
	for i := range pod.Spec.Containers {
		fields = append(fields, fieldPaths(pod.Spec.Containers[i].Env)...)
	}
	for i := range pod.Spec.EphemeralContainers {
		fields = append(fields, fieldPaths(pod.Spec.EphemeralContainers[i].Env)...)
	}
	out := map[string]string{}
	for key, text := range pod.Annotations {
		if slices.Contains(ownAnnotations, key) || slices.Contains(fields, "metadata.annotations['"+key+"']") {
			out[key] = text
		}
	}
	return out
}

// ownAnnotations are those by which it is decided which container is meant, and which UID
// a static Pod has inside (pkg/kubelet/types/pod_update.go).
var ownAnnotations = []string{DefaultContainer, corev1.MirrorPodAnnotationKey, "kubernetes.io/config.hash"}

func fieldPaths(env []corev1.EnvVar) []string {
	var out []string
	for _, v := range env {
		if v.ValueFrom != nil && v.ValueFrom.FieldRef != nil {
			out = append(out, v.ValueFrom.FieldRef.FieldPath)
		}
	}
	return out
}

// SlimServiceLinks returns of a Service what its environment variables are made of: its
// name, its age, its address and its ports.
func SlimServiceLinks(svc *corev1.Service) corev1.Service {
	out := corev1.Service{Spec: corev1.ServiceSpec{Type: svc.Spec.Type, ClusterIP: svc.Spec.ClusterIP}}
	out.Name, out.Namespace, out.CreationTimestamp = svc.Name, svc.Namespace, svc.CreationTimestamp
	for _, p := range svc.Spec.Ports {
		out.Spec.Ports = append(out.Spec.Ports, corev1.ServicePort{Name: p.Name, Protocol: p.Protocol, Port: p.Port})
	}
	return out
}
