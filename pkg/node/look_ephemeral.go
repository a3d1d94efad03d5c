package node

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/rand"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"
)

// Ephemeral looks at a Pod by a container that it adds to it. Nobody can take such a
// container away again: it ends, and its name stays in the Pod.
type Ephemeral struct {
	Client kubernetes.Interface
	// Image of the container; "" takes DNSImage.
	Image string
	// Timeout bounds the look, from the container's creation to its last line.
	Timeout time.Duration
}

// Look runs in the Pod of the container that is named. The file system is that of its
// own image, with the files that the kubelet puts into each container of a Pod. The
// error is a *Refused where the cluster does not allow it.
func (e *Ephemeral) Look(ctx context.Context, pod *corev1.Pod, container string, look Look) (*Looked, error) {
	if mount := mountedOver(pod, container, look.Files); mount != "" {
		return nil, fmt.Errorf("container %s has a volume at %s, which an ephemeral container does not see; take --via debug", container, mount)
	}
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	argv, mark, err := look.command(idFor(pod))
	if err != nil {
		return nil, err
	}
	own := e.container(pod, container, argv)
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"ephemeralContainers": []corev1.EphemeralContainer{own}}})
	if err != nil {
		return nil, err
	}
	pods := e.Client.CoreV1().Pods(pod.Namespace)
	what := "add an ephemeral container to pod " + pod.Namespace + "/" + pod.Name
	// As for a pod: an interrupt waits for the answer.
	steady, stop := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer stop()
	patched, err := pods.Patch(steady, pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "ephemeralcontainers")
	switch {
	case apierrors.IsNotFound(err):
		return nil, fmt.Errorf("%s: the Pod was deleted meanwhile", what)
	case err != nil:
		return nil, refused(err, what, rule("pods/ephemeralcontainers", "patch"))
	}
	if err := e.wait(ctx, patched, own.Name); err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	stream, err := pods.GetLogs(pod.Name, &corev1.PodLogOptions{Container: own.Name, Follow: true}).Stream(ctx)
	if err != nil {
		return nil, refused(err, "read the log of an ephemeral container in namespace "+pod.Namespace, rule("pods/log", "get"))
	}
	defer stream.Close()
	return readLook(stream, look, mark, what)
}

// readLook reads the answers from a log.
func readLook(stream io.Reader, look Look, mark, what string) (*Looked, error) {
	text, err := readTo(stream, mark+" end\n")
	if err != nil {
		return nil, fmt.Errorf("%s: read its log: %w", what, err)
	}
	out, err := look.parse(text, mark)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	return out, nil
}

// nobody is the user of a container that needs no rights.
const nobody = 65534

func (e *Ephemeral) container(pod *corev1.Pod, target string, argv []string) corev1.EphemeralContainer {
	image := e.Image
	if image == "" {
		image = DNSImage
	}
	user, yes, no := userOf(pod, target), true, false
	return corev1.EphemeralContainer{
		TargetContainerName: target,
		EphemeralContainerCommon: corev1.EphemeralContainerCommon{
			Name: "kk-" + rand.String(5), Image: image, Command: argv, ImagePullPolicy: corev1.PullIfNotPresent,
			SecurityContext: &corev1.SecurityContext{
				RunAsUser: &user, RunAsNonRoot: &yes, Privileged: &no, AllowPrivilegeEscalation: &no, ReadOnlyRootFilesystem: &yes,
				Capabilities:   &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
				SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
			},
		},
	}
}

// userOf is the user of a container where its manifest names one that is not root: only
// that user may see what its first process has mapped.
func userOf(pod *corev1.Pod, container string) int64 {
	user := int64(nobody)
	set := func(id *int64) {
		if id != nil && *id != 0 {
			user = *id
		}
	}
	if pod.Spec.SecurityContext != nil {
		set(pod.Spec.SecurityContext.RunAsUser)
	}
	for _, c := range pod.Spec.Containers {
		if c.Name == container && c.SecurityContext != nil {
			set(c.SecurityContext.RunAsUser)
		}
	}
	return user
}

// wait returns when the container runs or has ended.
func (e *Ephemeral) wait(ctx context.Context, pod *corev1.Pod, name string) error {
	pods := e.Client.CoreV1().Pods(pod.Namespace)
	watcher := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", pod.Name).String()
		return pods.Watch(ctx, o)
	}}
	first, err := watcher.WatchWithContext(ctx, metav1.ListOptions{ResourceVersion: pod.ResourceVersion})
	if err != nil {
		return refused(err, "watch pods in namespace "+pod.Namespace, rule("pods", "watch"))
	}
	first.Stop()
	last := "the kubelet has not taken it up"
	_, err = watchtools.Until(ctx, pod.ResourceVersion, watcher, func(event watch.Event) (bool, error) {
		now, ok := event.Object.(*corev1.Pod)
		if !ok || event.Type == watch.Deleted {
			return false, errors.New("the Pod was deleted meanwhile")
		}
		done, waits, failed := ephemeralState(now, name)
		if waits != "" {
			last = waits
		}
		return done, failed
	})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("it did not start within %s: %s", e.Timeout, last)
	}
	return err
}

// ephemeralState says whether the container runs or has ended, what it waits for, or why
// it never will run.
func ephemeralState(pod *corev1.Pod, name string) (done bool, waits string, failed error) {
	for _, s := range pod.Status.EphemeralContainerStatuses {
		if s.Name != name {
			continue
		}
		if end := s.State.Terminated; end != nil && end.Reason == "StartError" {
			return false, "", fmt.Errorf("it could not start: %s", end.Message)
		}
		wait := s.State.Waiting
		if wait == nil {
			return s.State.Running != nil || s.State.Terminated != nil, "", nil
		}
		if advice, ok := hopeless[wait.Reason]; ok {
			return false, "", fmt.Errorf("%s: %s: %s", wait.Reason, wait.Message, advice)
		}
		return false, "it waits: " + wait.Reason, nil
	}
	return false, "", nil
}

// mountedOver is where a container has a volume over one of the files.
func mountedOver(pod *corev1.Pod, container string, files []string) string {
	for _, c := range pod.Spec.Containers {
		for _, m := range c.VolumeMounts {
			if c.Name == container && slices.ContainsFunc(files, func(f string) bool {
				return f == m.MountPath || strings.HasPrefix(f, strings.TrimSuffix(m.MountPath, "/")+"/")
			}) {
				return m.MountPath
			}
		}
	}
	return ""
}
