package snapshot

import (
	corev1 "k8s.io/api/core/v1"
)

// SlimWithFields returns the Pod as Slim does, with what the Downward API takes from it
// and by which it gives that: annotations (kubectl's copy of the manifest among them), resources, volumes that take fields, and of
// the environment the names, and the sources of those that are fields. The values of
// all other variables, and where they come from, stay out.
func SlimWithFields(pod *corev1.Pod) corev1.Pod {
	out := Slim(pod)
	out.Annotations = pod.Annotations
	out.Spec.ServiceAccountName = pod.Spec.ServiceAccountName
	out.Spec.ShareProcessNamespace, out.Spec.HostPID = pod.Spec.ShareProcessNamespace, pod.Spec.HostPID
	out.Spec.OS, out.Spec.Resources = pod.Spec.OS, pod.Spec.Resources
	out.Spec.Volumes = fieldVolumes(pod.Spec.Volumes)
	withFields(out.Spec.InitContainers, pod.Spec.InitContainers)
	withFields(out.Spec.Containers, pod.Spec.Containers)
	for i := range pod.Spec.EphemeralContainers {
		c := &pod.Spec.EphemeralContainers[i]
		out.Spec.EphemeralContainers = append(out.Spec.EphemeralContainers, corev1.EphemeralContainer{
			TargetContainerName: c.TargetContainerName,
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{
				Name: c.Name, Image: c.Image, Env: fieldEnv(c.Env), VolumeMounts: c.VolumeMounts, Resources: c.Resources,
			},
		})
	}
	out.Status.EphemeralContainerStatuses = slimStatuses(pod.Status.EphemeralContainerStatuses)
	withResources(out.Status.InitContainerStatuses, pod.Status.InitContainerStatuses)
	withResources(out.Status.ContainerStatuses, pod.Status.ContainerStatuses)
	return out
}

func withFields(out, in []corev1.Container) {
	for i := range in {
		out[i].Env, out[i].Resources = fieldEnv(in[i].Env), in[i].Resources
		out[i].VolumeMounts, out[i].VolumeDevices = in[i].VolumeMounts, in[i].VolumeDevices
	}
}

func withResources(out, in []corev1.ContainerStatus) {
	for i := range in {
		out[i].Resources, out[i].AllocatedResources = in[i].Resources, in[i].AllocatedResources
	}
}

func fieldEnv(env []corev1.EnvVar) []corev1.EnvVar {
	var out []corev1.EnvVar
	for _, v := range env {
		slim := corev1.EnvVar{Name: v.Name}
		if v.ValueFrom != nil && (v.ValueFrom.FieldRef != nil || v.ValueFrom.ResourceFieldRef != nil) {
			slim.ValueFrom = &corev1.EnvVarSource{FieldRef: v.ValueFrom.FieldRef, ResourceFieldRef: v.ValueFrom.ResourceFieldRef}
		}
		out = append(out, slim)
	}
	return out
}

func fieldVolumes(volumes []corev1.Volume) []corev1.Volume {
	var out []corev1.Volume
	for _, v := range volumes {
		slim := corev1.Volume{Name: v.Name}
		switch {
		case v.DownwardAPI != nil:
			slim.DownwardAPI = v.DownwardAPI
		case v.Projected != nil:
			slim.Projected = &corev1.ProjectedVolumeSource{}
			for _, source := range v.Projected.Sources {
				if source.DownwardAPI != nil || source.Secret != nil {
					slim.Projected.Sources = append(slim.Projected.Sources, corev1.VolumeProjection{DownwardAPI: source.DownwardAPI, Secret: places(source.Secret)})
				}
			}
		}
		// Of the others the names stay, so that a new one does not get the same.
		out = append(out, slim)
	}
	return out
}

// places keeps of a Secret at which paths its files are: who reads a volume must know
// which of them not to read.
func places(secret *corev1.SecretProjection) *corev1.SecretProjection {
	if secret == nil {
		return nil
	}
	out := &corev1.SecretProjection{}
	for _, item := range secret.Items {
		out.Items = append(out.Items, corev1.KeyToPath{Path: item.Path})
	}
	return out
}
