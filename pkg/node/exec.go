package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	utilexec "k8s.io/client-go/util/exec"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
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
	for _, p := range printings(plan, plan.asksNFT()) {
		text, err := e.run(ctx, pod, p.command)
		var status utilexec.CodeExitError
		if p.command[0] == "nft" && err != nil && (lacksNFT(err.Error()) || errors.As(err, &status)) {
			// There is no nft, or no table of kube-proxy.
			continue
		}
		if err != nil {
			return nil, err
		}
		outputs, err := p.keep(bytes.NewReader(text), p.family, plan)
		if err != nil {
			return nil, err
		}
		all = append(all, outputs...)
	}
	return all, nil
}

// run returns what the command printed.
func (e *Exec) run(ctx context.Context, pod *corev1.Pod, argv []string) ([]byte, error) {
	run := kube.Exec{Client: e.Client, Config: e.Config, Timeout: e.Timeout}
	text, err := run.Run(ctx, pod.Namespace, pod.Name, proxyContainer(pod).Name, argv)
	if kube.ExecRefused(err) {
		allow := rule("pods/exec", "get", "create")
		what := "exec in pod " + pod.Namespace + "/" + pod.Name
		return nil, &Refused{Missing: snapshot.Missing{What: what, Why: strings.TrimPrefix(kube.Plain(err).Error(), what+": "), Allow: &allow}}
	}
	return text, err
}

func noShellIn(err error) bool { return kube.LacksShell(err.Error()) }
