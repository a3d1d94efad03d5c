package node

import (
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/rand"
)

// The label by which every pod of kk is found again.
const (
	ManagedByLabel = "app.kubernetes.io/managed-by"
	ManagedBy      = "kubectl-kk"
)

// DefaultImage is used where neither the user nor the node names an image: it has
// iptables and nft of the version kube-proxy uses.
const DefaultImage = "registry.k8s.io/kube-proxy:v1.37.2"

// container is one program of a debug pod.
type container struct {
	name    string
	command []string
}

// debugPod is the pod that reads a node: what it may do is what reading netfilter
// rules needs, and no more.
func debugPod(target Target, image string, deadline time.Duration, rawSockets bool, programs []container) *corev1.Pod {
	seconds := int64(deadline / time.Second)
	no, grace := false, int64(0)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name:   podName(target.Node),
			Labels: map[string]string{ManagedByLabel: ManagedBy},
		},
		Spec: corev1.PodSpec{
			NodeName:                      target.Node,
			HostNetwork:                   true,
			RestartPolicy:                 corev1.RestartPolicyNever,
			ActiveDeadlineSeconds:         &seconds,
			TerminationGracePeriodSeconds: &grace,
			AutomountServiceAccountToken:  &no,
			EnableServiceLinks:            &no,
			// A node in trouble is the one to read: its taints do not keep us off.
			Tolerations: []corev1.Toleration{{Operator: corev1.TolerationOpExists}},
		},
	}
	pull := corev1.PullIfNotPresent
	if image == "" {
		image, pull = DefaultImage, corev1.PullIfNotPresent
		if c := proxyContainer(target.KubeProxy); c != nil {
			image, pull = c.Image, corev1.PullNever
		}
	}
	if target.KubeProxy != nil {
		pod.Spec.ImagePullSecrets = target.KubeProxy.Spec.ImagePullSecrets
	}
	for _, p := range programs {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{
			Name: p.name, Image: image, ImagePullPolicy: pull, Command: p.command,
			SecurityContext: leastPrivilege(rawSockets),
			Resources:       smallResources(),
		})
	}
	return pod
}

func smallResources() corev1.ResourceRequirements {
	return corev1.ResourceRequirements{
		Requests: corev1.ResourceList{
			corev1.ResourceCPU:    resource.MustParse("10m"),
			corev1.ResourceMemory: resource.MustParse("16Mi"),
		},
		// A listing of very many rules must not hurt the node.
		Limits: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("1Gi")},
	}
}

func leastPrivilege(rawSockets bool) *corev1.SecurityContext {
	root, yes, no := int64(0), true, false
	add := []corev1.Capability{"NET_ADMIN"}
	if rawSockets {
		// iptables of the legacy kind asks the kernel over a raw socket.
		add = append(add, "NET_RAW")
	}
	return &corev1.SecurityContext{
		RunAsUser: &root, RunAsGroup: &root, RunAsNonRoot: &no,
		Privileged: &no, AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
		Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}, Add: add},
		SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
	}
}

// podName is kk-NODE-xxxxx, cut so that it stays a name (253 characters).
func podName(node string) string {
	const room = 253 - len("kk-") - len("-12345")
	if len(node) > room {
		node = strings.TrimRight(node[:room], "-.")
	}
	return "kk-" + node + "-" + rand.String(5)
}

// proxyContainer returns the container of a kube-proxy pod that has the programs.
func proxyContainer(pod *corev1.Pod) *corev1.Container {
	if pod == nil || len(pod.Spec.Containers) == 0 {
		return nil
	}
	for i := range pod.Spec.Containers {
		if pod.Spec.Containers[i].Name == "kube-proxy" {
			return &pod.Spec.Containers[i]
		}
	}
	return &pod.Spec.Containers[0]
}
