package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// DNSImage is the image of a pod that asks DNS servers, where the user names none: that
// of Kubernetes' own tests, which has dig and nsenter.
const DNSImage = "registry.k8s.io/e2e-test-images/agnhost:2.66.1"

// Beside looks at containers by a pod of its own on their node, which sees the processes
// there. It needs nothing of the container's image.
type Beside struct {
	Debug
	// KubeProxy finds the kube-proxy pod of a node, whose image is there already; nil
	// where there is none.
	KubeProxy func(ctx context.Context, node string) *corev1.Pod
	// Before is called before a pod is created, to remove what an earlier run left; or nil.
	Before func(ctx context.Context)
}

// Look runs beside the container that is named. The error is a *Refused where the
// cluster does not allow the pod.
func (b *Beside) Look(ctx context.Context, pod *corev1.Pod, container string, look Look) (*Looked, error) {
	id := containerID(pod, container)
	if id == "" {
		return nil, fmt.Errorf("find container %s of pod %s/%s on its node: it has no ID yet", container, pod.Namespace, pod.Name)
	}
	if err := b.mayDelete(ctx); err != nil {
		return nil, err
	}
	if b.Before != nil {
		b.Before(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, b.Timeout)
	defer cancel()
	argv, mark, err := look.command(id)
	if err != nil {
		return nil, err
	}
	target := Target{Node: pod.Spec.NodeName}
	image := b.Image
	if len(look.Queries) > 0 && image == "" {
		image = DNSImage
	}
	if image == "" && b.KubeProxy != nil {
		target.KubeProxy = b.KubeProxy(ctx, target.Node)
	}
	own := lookPod(target, image, b, argv, len(look.Queries) > 0)
	var out *Looked
	err = b.with(ctx, own, func(started *corev1.Pod) error {
		return b.log(ctx, started, "look", func(r io.Reader) (err error) {
			out, err = readLook(r, look, mark, "debug pod "+b.Namespace+"/"+own.Name)
			return err
		})
	})
	if errors.Is(err, errNoShell) {
		return nil, fmt.Errorf("the image of the debug pod has no shell; name one that has with --image")
	}
	return out, err
}

// lookPod sees the processes of its node, and may look into them; to ask from their
// network it must be able to enter it.
func lookPod(target Target, image string, b *Beside, argv []string, network bool) *corev1.Pod {
	pod := debugPod(target, image, b.Deadline(), false, []container{{name: "look", command: argv}})
	pod.Spec.HostPID = true
	caps := []corev1.Capability{"SYS_PTRACE"}
	if network {
		caps = append(caps, "SYS_ADMIN")
	}
	pod.Spec.Containers[0].SecurityContext.Capabilities.Add = caps
	return pod
}

// containerID is the last part of a container's ID, by which its cgroup is named.
func containerID(pod *corev1.Pod, container string) string {
	for _, list := range [][]corev1.ContainerStatus{pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses, pod.Status.EphemeralContainerStatuses} {
		for _, s := range list {
			if _, id, found := strings.Cut(s.ContainerID, "://"); found && s.Name == container {
				return id
			}
		}
	}
	return ""
}

// maxLooked bounds what a look may print, in bytes.
const maxLooked = 16 << 20

// readTo reads until the text ends with the last line that is expected: the end of a
// log arrives about a second later.
func readTo(r io.Reader, end string) ([]byte, error) {
	var out []byte
	chunk := make([]byte, 32<<10)
	for {
		n, err := r.Read(chunk)
		out = append(out, chunk[:n]...)
		switch {
		case strings.HasSuffix(string(out[max(0, len(out)-len(end)):]), end):
			return out, nil
		case err == io.EOF:
			return out, nil
		case err != nil:
			return nil, err
		case len(out) > maxLooked:
			return nil, fmt.Errorf("more than %d MiB were printed", maxLooked>>20)
		}
	}
}
