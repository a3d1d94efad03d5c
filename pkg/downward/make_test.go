package downward

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// podWith is a Pod whose container app runs on node-1, as the change leaves it.
func podWith(change func(*corev1.Pod)) *corev1.Pod {
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: "shop", Name: "web", UID: "11-22", Labels: map[string]string{"app": "web"}, Annotations: map[string]string{"note": "hello"},
		},
		Spec: corev1.PodSpec{NodeName: "node-1", ServiceAccountName: "default", Containers: []corev1.Container{{
			Name: "app", Image: "app:1", Resources: corev1.ResourceRequirements{Limits: amountsOf("1", "64Mi"), Requests: amountsOf("1", "64Mi")},
		}}},
		Status: corev1.PodStatus{
			Phase: corev1.PodRunning, PodIP: "10.0.0.7", PodIPs: []corev1.PodIP{{IP: "10.0.0.7"}, {IP: "fd00::7"}},
			HostIP: "192.0.2.1", HostIPs: []corev1.HostIP{{IP: "192.0.2.1"}}, ContainerStatuses: []corev1.ContainerStatus{runs("app")},
		},
	}
	if change != nil {
		change(pod)
	}
	return pod
}

func runs(container string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: container, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
}

func nodeOne() *corev1.Node {
	return &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: "node-1"}, Status: corev1.NodeStatus{
		Allocatable: amountsOf("2", "4Gi"), NodeInfo: corev1.NodeSystemInfo{KubeletVersion: "v1.37.2", OperatingSystem: "linux"},
	}}
}

func amountsOf(cpu, memory string) corev1.ResourceList {
	return corev1.ResourceList{"cpu": resource.MustParse(cpu), "memory": resource.MustParse(memory)}
}

// variable takes a field.
func variable(name, field string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{FieldPath: field}}}
}

// resourceVariable takes a resource, of its own container where of is "".
func resourceVariable(name, path, of, divisor string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{ResourceFieldRef: resourceOfContainer(path, of, divisor)}}
}

func secretVariable(name string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
		LocalObjectReference: corev1.LocalObjectReference{Name: "credentials"}, Key: "password",
	}}}
}

func resourceOfContainer(path, of, divisor string) *corev1.ResourceFieldSelector {
	ref := &corev1.ResourceFieldSelector{Resource: path, ContainerName: of}
	if divisor != "" {
		ref.Divisor = resource.MustParse(divisor)
	}
	return ref
}

// file takes a field.
func file(path, field string) corev1.DownwardAPIVolumeFile {
	return corev1.DownwardAPIVolumeFile{Path: path, FieldRef: &corev1.ObjectFieldSelector{FieldPath: field}}
}

func resourceFile(path, resource, of string) corev1.DownwardAPIVolumeFile {
	return corev1.DownwardAPIVolumeFile{Path: path, ResourceFieldRef: resourceOfContainer(resource, of, "")}
}

func infoVolume(files ...corev1.DownwardAPIVolumeFile) corev1.Volume {
	return corev1.Volume{Name: "podinfo", VolumeSource: corev1.VolumeSource{DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: files}}}
}

// projectedVolume has one source for each file.
func projectedVolume(name string, files ...corev1.DownwardAPIVolumeFile) corev1.Volume {
	v := corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{}}}
	for _, f := range files {
		v.Projected.Sources = append(v.Projected.Sources, corev1.VolumeProjection{DownwardAPI: &corev1.DownwardAPIProjection{Items: []corev1.DownwardAPIVolumeFile{f}}})
	}
	return v
}

func mount(volume, path, subPath string) corev1.VolumeMount {
	return corev1.VolumeMount{Name: volume, MountPath: path, SubPath: subPath}
}

func ephemeral(target string, env ...corev1.EnvVar) corev1.EphemeralContainer {
	return corev1.EphemeralContainer{TargetContainerName: target, EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: "debugger", Env: env}}
}
