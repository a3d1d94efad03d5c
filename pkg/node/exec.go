package node

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

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Exec reads a node by its kube-proxy pod, which has the programs and sees the
// node's rules. It creates nothing.
type Exec struct {
	Client kubernetes.Interface
	Config *rest.Config
	// Timeout bounds the reading.
	Timeout time.Duration
}

// Read runs the plan in the target's kube-proxy pod. The error is a *Refused where
// the cluster does not allow it, or where the node has no such pod.
func (e *Exec) Read(ctx context.Context, target Target, plan Plan) (*snapshot.Reading, error) {
	pod := target.KubeProxy
	if pod == nil {
		return nil, &Refused{Missing: snapshot.Missing{What: "exec in the kube-proxy pod of " + target.Node, Why: "no kube-proxy pod was found on this node"}}
	}
	ctx, cancel := context.WithTimeout(ctx, e.Timeout)
	defer cancel()
	argv, mark, err := plan.command()
	if err != nil {
		return nil, err
	}
	reading := &snapshot.Reading{Node: target.Node, Via: "exec", Pod: pod.Namespace + "/" + pod.Name}
	text, err := e.run(ctx, pod, argv)
	if err != nil && noShellIn(err) {
		reading.Outputs, err = e.whole(ctx, pod, plan)
		return reading, err
	}
	if err != nil {
		return nil, err
	}
	if reading.Outputs, err = parseTranscript(bytes.NewReader(text), mark); err != nil {
		return nil, fmt.Errorf("exec in pod %s: %w", reading.Pod, err)
	}
	filterOutputs(reading.Outputs, plan)
	return reading, nil
}

func (e *Exec) whole(ctx context.Context, pod *corev1.Pod, plan Plan) ([]snapshot.Output, error) {
	var all []snapshot.Output
	for _, family := range plan.Families() {
		text, err := e.run(ctx, pod, saveCommand(family))
		if err != nil {
			return nil, err
		}
		outputs, err := Part(bytes.NewReader(text), family, plan)
		if err != nil {
			return nil, err
		}
		all = append(all, outputs...)
	}
	return all, nil
}

// run returns what the command printed. A WebSocket is tried first and SPDY where
// the server or a proxy on the way does not speak it, as kubectl does.
func (e *Exec) run(ctx context.Context, pod *corev1.Pod, argv []string) ([]byte, error) {
	where := "exec in pod " + pod.Namespace + "/" + pod.Name
	url := e.Client.CoreV1().RESTClient().Post().Resource("pods").Namespace(pod.Namespace).Name(pod.Name).SubResource("exec").
		VersionedParams(&corev1.PodExecOptions{
			Container: proxyContainer(pod).Name, Command: argv, Stdout: true, Stderr: true,
		}, scheme.ParameterCodec).URL()
	websocket, err := remotecommand.NewWebSocketExecutor(e.Config, "GET", url.String())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	spdy, err := remotecommand.NewSPDYExecutor(e.Config, "POST", url)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	both, err := remotecommand.NewFallbackExecutor(websocket, spdy, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", where, err)
	}
	var out, complaints bytes.Buffer
	err = both.StreamWithContext(ctx, remotecommand.StreamOptions{Stdout: &out, Stderr: &complaints})
	if err == nil {
		return out.Bytes(), nil
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return nil, fmt.Errorf("%s: no answer within %s", where, e.Timeout)
	}
	if apierrors.IsForbidden(err) || strings.Contains(err.Error(), "forbidden") {
		allow := rule("pods/exec", "get", "create")
		return nil, &Refused{Missing: snapshot.Missing{What: where, Why: reason(err), Allow: &allow}}
	}
	return nil, fmt.Errorf("%s: %w: %s", where, err, strings.TrimSpace(complaints.String()))
}

func noShellIn(err error) bool { return lacksShell(err.Error()) }
