package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
	watchtools "k8s.io/client-go/tools/watch"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// waitStarted returns when every container of the pod runs or has ended. Its
// error names the reason the pod waits for.
func (d *Debug) waitStarted(ctx context.Context, pod *corev1.Pod) (*corev1.Pod, error) {
	pods := d.Client.CoreV1().Pods(d.Namespace)
	watcher := &cache.ListWatch{WatchFuncWithContext: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
		o.FieldSelector = fields.OneTermEqualSelector("metadata.name", pod.Name).String()
		return pods.Watch(ctx, o)
	}}
	// The first watch is opened here, because the one below retries a refusal.
	w, err := watcher.WatchWithContext(ctx, metav1.ListOptions{ResourceVersion: pod.ResourceVersion})
	if err != nil {
		return nil, refused(err, "watch pods in namespace "+d.Namespace, rule("pods", "watch"))
	}
	w.Stop()
	last := pod
	var failed error
	_, err = watchtools.Until(ctx, pod.ResourceVersion, watcher, func(e watch.Event) (bool, error) {
		now, ok := e.Object.(*corev1.Pod)
		if !ok || e.Type == watch.Deleted {
			failed = fmt.Errorf("debug pod %s/%s was deleted by someone else before it was read", d.Namespace, pod.Name)
			return true, nil
		}
		last = now
		var done bool
		done, failed = started(now)
		return done || failed != nil, nil
	})
	switch {
	case failed != nil:
		return nil, failed
	case errors.Is(ctx.Err(), context.Canceled):
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("debug pod %s/%s did not start on %s within %s: %s", d.Namespace, pod.Name, pod.Spec.NodeName, d.Timeout, waitingFor(last))
	}
	return last, nil
}

// hopeless are waiting reasons that time does not heal.
var hopeless = map[string]string{
	"ErrImageNeverPull": "the image is not on the node; name one it can pull with --image, or use --via exec",
	"ErrImagePull":      "the image cannot be pulled; name another with --image, or use --via exec",
	"ImagePullBackOff":  "the image cannot be pulled; name another with --image, or use --via exec",
	"InvalidImageName":  "correct --image",
}

// started says whether all containers run or have ended, or why they never will.
func started(pod *corev1.Pod) (bool, error) {
	where := fmt.Sprintf("debug pod %s/%s on %s", pod.Namespace, pod.Name, pod.Spec.NodeName)
	if pod.Status.Phase == corev1.PodFailed && len(pod.Status.ContainerStatuses) == 0 {
		return false, fmt.Errorf("%s was refused by the kubelet: %s: %s", where, pod.Status.Reason, pod.Status.Message)
	}
	up := 0
	for _, c := range pod.Status.ContainerStatuses {
		if wait := c.State.Waiting; wait != nil {
			if err := lacking(wait.Message); err != nil {
				return false, err
			}
			if advice, ok := hopeless[wait.Reason]; ok {
				return false, fmt.Errorf("%s waits: %s: %s: %s", where, wait.Reason, wait.Message, advice)
			}
			continue
		}
		if end := c.State.Terminated; end != nil && end.Reason == "StartError" {
			if err := lacking(end.Message); err != nil {
				return false, err
			}
			return false, fmt.Errorf("%s could not start its program: %s", where, end.Message)
		}
		up++
	}
	return up == len(pod.Spec.Containers), nil
}

// lacking says which program the image lacks by a container runtime's message, nil where it
// is about something else.
func lacking(message string) error {
	switch {
	case kube.LacksShell(message):
		return errNoShell
	case lacksNFT(message):
		return errNoNFT
	}
	return nil
}

func waitingFor(pod *corev1.Pod) string {
	for _, c := range pod.Status.ContainerStatuses {
		wait := c.State.Waiting
		switch {
		case wait == nil:
		case wait.Reason == "ContainerCreating":
			return "it waits: ContainerCreating; the node may have to pull " + c.Image + " first: allow it more with --timeout, or name another with --image"
		default:
			return strings.TrimSuffix("it waits: "+wait.Reason+": "+wait.Message, ": ")
		}
	}
	if pod.Status.Phase == "" || len(pod.Status.ContainerStatuses) == 0 {
		return "the node's kubelet has not taken it up"
	}
	return "it is " + string(pod.Status.Phase)
}

// log calls parse with what the container prints, to its end.
func (d *Debug) log(ctx context.Context, pod *corev1.Pod, container string, parse func(io.Reader) error) error {
	what := "read the log of a debug pod in namespace " + d.Namespace
	options := &corev1.PodLogOptions{Container: container, Follow: true}
	stream, err := d.Client.CoreV1().Pods(d.Namespace).GetLogs(pod.Name, options).Stream(ctx)
	if err != nil {
		return refused(err, what, rule("pods/log", "get"))
	}
	defer stream.Close()
	if err := parse(stream); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("debug pod %s/%s on %s did not read the rules to their end within %s; allow it more with --timeout",
				d.Namespace, pod.Name, pod.Spec.NodeName, d.Timeout)
		}
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// usesNFT says whether the rules were read by iptables of the nft kind.
func usesNFT(outputs []snapshot.Output) bool {
	for _, o := range outputs {
		if len(o.Argv) == 6 && o.Argv[4] == "-S" { // TOOL -t TABLE -v -S CHAIN
			return strings.HasSuffix(o.Argv[0], "-nft")
		}
	}
	return false
}

// wantsRawSocket says whether iptables of the legacy kind found rules to read but
// no right to ask for them.
func wantsRawSocket(outputs []snapshot.Output) bool {
	for _, o := range outputs {
		if len(o.Argv) > 0 && strings.HasSuffix(o.Argv[0], "-legacy") && o.Exit != 0 && strings.Contains(o.Text, "you must be root") {
			return true
		}
	}
	return false
}
