package kube

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/remotecommand"
	"k8s.io/streaming/pkg/httpstream"
)

// Exec runs programs in containers that are there. It creates nothing.
type Exec struct {
	Client kubernetes.Interface
	Config *rest.Config
	// Timeout bounds one run.
	Timeout time.Duration
}

// maxPrinted bounds what a program may print, in bytes: an environment is at most a
// quarter of the stack limit (2 MiB by default, execve(2)), a Pod 1.5 MiB (etcd).
const maxPrinted = 64 << 20

// Run returns what the command printed, and its error says what it complained of. A
// WebSocket is tried first, and SPDY where the server or a proxy on the way does not
// speak it, as kubectl does.
func (e *Exec) Run(ctx context.Context, namespace, pod, container string, argv []string) ([]byte, error) {
	where := "exec in pod " + namespace + "/" + pod
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	executor, err := e.executor(namespace, pod, container, argv)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	out, complaints := &bounded{left: maxPrinted}, &bounded{left: maxPrinted}
	err = executor.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: out, Stderr: complaints})
	switch {
	case err == nil:
		return out.Bytes(), nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, fmt.Errorf("%s: no answer within %s", where, e.Timeout)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	default:
		return nil, fmt.Errorf("%s: %w%s", where, err, behind(strings.TrimSpace(complaints.String())))
	}
}

func (e *Exec) executor(namespace, pod, container string, argv []string) (remotecommand.Executor, error) {
	url := e.Client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{Container: container, Command: argv, Stdout: true, Stderr: true}, scheme.ParameterCodec).URL()
	websocket, err := remotecommand.NewWebSocketExecutor(e.Config, "GET", url.String())
	if err != nil {
		return nil, err
	}
	spdy, err := remotecommand.NewSPDYExecutor(e.Config, "POST", url)
	if err != nil {
		return nil, err
	}
	return remotecommand.NewFallbackExecutor(websocket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
}

func behind(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

// bounded keeps what is written to it, up to a limit.
type bounded struct {
	bytes.Buffer
	left int
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, fmt.Errorf("more than %d MiB were printed", maxPrinted>>20)
	}
	return b.Buffer.Write(p)
}

// SharesProcesses says whether process 1, as a container of the Pod sees it, may be none
// of its own.
func SharesProcesses(pod *corev1.Pod) bool {
	return pod.Spec.HostPID || pod.Spec.ShareProcessNamespace != nil && *pod.Spec.ShareProcessNamespace
}

// ExecRefused says whether the API server did not allow a run. A WebSocket that is
// refused comes back as the text of its error only.
func ExecRefused(err error) bool {
	return err != nil && (apierrors.IsForbidden(err) || strings.Contains(err.Error(), " is forbidden: "))
}

// WhyNotRead words for a user why nothing was read in a container: the error of Files,
// without the front that names the Pod.
func WhyNotRead(err error, namespace, pod string) string {
	text := strings.TrimPrefix(Plain(err).Error(), "exec in pod "+namespace+"/"+pod+": ")
	if apierrors.IsNotFound(err) || strings.Contains(text, "not found") && strings.Contains(text, "pods") {
		return "the Pod was deleted meanwhile"
	}
	return text
}
