package kubeproxy

import (
	"cmp"
	"regexp"
	"slices"

	corev1 "k8s.io/api/core/v1"
)

// ContainerName is the container of a kube-proxy Pod that runs kube-proxy.
const ContainerName = "kube-proxy"

// podLabels mark kube-proxy's Pods: those of a DaemonSet as kubeadm and EKS make it
// (cmd/kubeadm/app/phases/addons/proxy/manifests.go), and static Pods as GKE and rke2 do
// (cluster/gce/manifests/kube-proxy.manifest).
var podLabels = []string{"k8s-app", "component"}

// IsKubeProxy reports whether a Pod is kube-proxy, by its label and its container.
func IsKubeProxy(pod *corev1.Pod) bool {
	labelled := slices.ContainsFunc(podLabels, func(key string) bool { return pod.Labels[key] == "kube-proxy" })
	return labelled && container(pod) != nil
}

// FindPod returns the kube-proxy Pod of a node, nil if there is none among the given ones.
// While one is replaced a node has two: a running one comes before one that is not, and
// one that stays before one that terminates.
func FindPod(pods []corev1.Pod, node string) *corev1.Pod {
	var found []*corev1.Pod
	for i := range pods {
		if pods[i].Spec.NodeName == node && IsKubeProxy(&pods[i]) {
			found = append(found, &pods[i])
		}
	}
	if len(found) == 0 {
		return nil
	}
	return slices.MinFunc(found, func(a, b *corev1.Pod) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Name, b.Name))
	})
}

func rank(pod *corev1.Pod) int {
	switch {
	case pod.Status.Phase != corev1.PodRunning:
		return 2
	case pod.DeletionTimestamp != nil:
		return 1
	default:
		return 0
	}
}

// imageVersion finds the version in an image such as registry.k8s.io/kube-proxy:v1.37.2,
// also where a vendor wrote more behind it or a digest follows.
var imageVersion = regexp.MustCompile(`:(v\d+\.\d+\.\d+)(?:[-_.][\w.-]*)?(?:@.*)?$`)

// Version is the version of a kube-proxy Pod, such as "v1.37.2", by the tag of its image;
// "" where the tag does not look like one. The Node object does not tell: its
// kubeProxyVersion was never that of kube-proxy, and is empty since 1.33.
func Version(pod *corev1.Pod) string {
	c := container(pod)
	if c == nil {
		return ""
	}
	m := imageVersion.FindStringSubmatch(c.Image)
	if m == nil {
		return ""
	}
	return m[1]
}

func container(pod *corev1.Pod) *corev1.Container {
	for i := range pod.Spec.Containers {
		if pod.Spec.Containers[i].Name == ContainerName {
			return &pod.Spec.Containers[i]
		}
	}
	return nil
}
