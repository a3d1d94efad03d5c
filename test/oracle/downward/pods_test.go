package downward

import (
	"path"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// crowdedPods are Pods that the API server takes and in which the names that a snippet
// would choose first are not free.
func crowdedPods(t *testing.T) map[string]*corev1.Pod {
	t.Helper()
	pods := map[string]*corev1.Pod{"empty": aPod(func(*corev1.PodSpec, *corev1.Container) {})}
	pods["variables"] = aPod(func(_ *corev1.PodSpec, app *corev1.Container) {
		for _, name := range []string{
			"POD_NAME", "POD_NAME_2", "POD_NAME_4", "NODE_NAME", "LABEL_A_B", "LABEL_A_B_3", "LIMITS_CPU", "ANNOTATION_APP", "HOST_IPS", "pod_uid",
		} {
			app.Env = append(app.Env, corev1.EnvVar{Name: name, Value: "taken"})
		}
	})
	pods["volumes"] = aPod(func(spec *corev1.PodSpec, app *corev1.Container) {
		addVolume(spec, "podinfo", "podinfo-2", "podinfo-4")
		app.VolumeMounts = []corev1.VolumeMount{
			{Name: "podinfo", MountPath: "/etc/podinfo"}, {Name: "podinfo-2", MountPath: "/etc/podinfo-2/"}, {Name: "podinfo-4", MountPath: "/etc/podinfo-3/deep"},
		}
	})
	pods["sidecar"] = aPod(func(spec *corev1.PodSpec, app *corev1.Container) {
		addVolume(spec, "podinfo")
		always := corev1.ContainerRestartPolicyAlways
		spec.InitContainers = []corev1.Container{{
			Name: "sidecar", Image: "sidecar:1", RestartPolicy: &always, Env: []corev1.EnvVar{{Name: "POD_NAME", Value: "taken"}},
			VolumeMounts: []corev1.VolumeMount{{Name: "podinfo", MountPath: "/etc/podinfo"}},
		}}
		app.VolumeMounts = []corev1.VolumeMount{{Name: "podinfo", MountPath: "/etc"}}
	})
	return valid(t, pods)
}

// oddFolders are Pods that have something at /etc/podinfo which is not a volume mounted
// at that very path.
func oddFolders(t *testing.T) map[string]*corev1.Pod {
	t.Helper()
	pods := map[string]*corev1.Pod{}
	pods["relative folder"] = aPod(func(spec *corev1.PodSpec, app *corev1.Container) {
		addVolume(spec, "cache")
		app.VolumeMounts = []corev1.VolumeMount{{Name: "cache", MountPath: "etc/podinfo"}}
	})
	pods["folder in another spelling"] = aPod(func(spec *corev1.PodSpec, app *corev1.Container) {
		addVolume(spec, "cache")
		app.VolumeMounts = []corev1.VolumeMount{{Name: "cache", MountPath: "/etc//podinfo"}}
	})
	pods["block device"] = aPod(func(spec *corev1.PodSpec, app *corev1.Container) {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: "disk", VolumeSource: corev1.VolumeSource{
			PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "disk"},
		}})
		app.VolumeDevices = []corev1.VolumeDevice{{Name: "disk", DevicePath: "/etc/podinfo"}}
	})
	return valid(t, pods)
}

func valid(t *testing.T, pods map[string]*corev1.Pod) map[string]*corev1.Pod {
	t.Helper()
	for name, pod := range pods {
		if list := complaintsOf(t, pod); len(list) > 0 {
			t.Fatalf("%s: the API server does not take the Pod itself: %v", name, list)
		}
	}
	return pods
}

// aPod is a Pod with odd keys and one container, as the change leaves it.
func aPod(change func(*corev1.PodSpec, *corev1.Container)) *corev1.Pod {
	odd := map[string]string{"app": "web", "a-b": "1", "a.b": "2", "a_b": "3", "app.kubernetes.io/name": "web", longKey: "long"}
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{Name: "web", Namespace: "shop", UID: "2b4c", Labels: odd, Annotations: odd},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: "app:1"}}},
	}
	change(&pod.Spec, &pod.Spec.Containers[0])
	return pod
}

func addVolume(spec *corev1.PodSpec, names ...string) {
	for _, name := range names {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: name, VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}})
	}
}

// inRoot is where a container finds what is mounted: the kubelet makes a relative path
// absolute (kubelet_pods.go, makeMounts).
func inRoot(mountPath string) string { return path.Clean("/" + mountPath) }
