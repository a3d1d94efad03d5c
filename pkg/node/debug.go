package node

import (
	"context"
	"errors"
	"io"
	"sync/atomic"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Target is the node to read, and its kube-proxy pod where it has one.
type Target struct {
	Node      string
	KubeProxy *corev1.Pod
}

// Debug reads a node by a pod of its own there.
type Debug struct {
	Client    kubernetes.Interface
	Namespace string
	// Image of the pod; "" takes the one that the node's kube-proxy pod runs.
	Image string
	// Timeout bounds the reading, from the creation of the pod to its last line.
	Timeout time.Duration
	// Warn is told what the user must know besides the answer. Where several nodes are
	// read at once, it is called by each.
	Warn func(string)

	// deletes is set once the API server has said that this user may delete the pods.
	deletes atomic.Bool
}

// endsAfter is how long a pod of a kk that was killed goes on, past the timeout.
const endsAfter = 10 * time.Second

// Deadline is the activeDeadlineSeconds of the pods that this reader creates.
func (d *Debug) Deadline() time.Duration { return d.Timeout.Truncate(time.Second) + endsAfter }

var (
	errNoShell     = errors.New("the image has no shell")
	errNoNFT       = errors.New("the image has no nft")
	errNeedsLegacy = errors.New("the rules are of the legacy kind")
)

// Read runs the plan on the target. The error is a *Refused where the cluster
// does not allow the pod. The pod is gone when Read returns, whatever happened.
func (d *Debug) Read(ctx context.Context, target Target, plan Plan) (*snapshot.Reading, error) {
	if err := d.mayDelete(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	raw := false
	reading, err := d.readByShell(ctx, target, plan, raw)
	if errors.Is(err, errNeedsLegacy) {
		first := reading
		raw = true
		reading, err = d.readByShell(ctx, target, plan, raw)
		var no *Refused
		if errors.As(err, &no) && usesNFT(first.Outputs) {
			// Only what is left over in the other kind stays unknown, and its output says so.
			return first, nil
		}
	}
	if errors.Is(err, errNoShell) {
		reading, err = d.readWhole(ctx, target, plan)
	}
	return reading, err
}

// A pod that could be created but not deleted would outlive the command.
func (d *Debug) mayDelete(ctx context.Context) error {
	if d.deletes.Load() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	what := "delete pods in namespace " + d.Namespace
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: d.Namespace, Verb: "delete", Resource: "pods"},
	}}
	answer, err := d.Client.AuthorizationV1().SelfSubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	if err != nil {
		return refused(err, "ask whether I may "+what, rule("pods", "delete"))
	}
	if answer.Status.Allowed {
		d.deletes.Store(true)
		return nil
	}
	allow := rule("pods", "create", "delete")
	return &Refused{Missing: snapshot.Missing{What: what, Why: "no RBAC rule allows it, and a debug pod must not stay behind", Allow: &allow}}
}

func (d *Debug) readByShell(ctx context.Context, target Target, plan Plan, raw bool) (*snapshot.Reading, error) {
	argv, mark, err := plan.command()
	if err != nil {
		return nil, err
	}
	pod := debugPod(target, d.Image, d.Deadline(), raw, []container{{name: "read", command: argv}})
	reading := &snapshot.Reading{Node: target.Node, Via: "debug", Pod: d.Namespace + "/" + pod.Name}
	err = d.with(ctx, pod, func(pod *corev1.Pod) error {
		return d.log(ctx, pod, "read", func(r io.Reader) error {
			reading.Outputs, err = parseTranscript(r, mark)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	filterOutputs(reading.Outputs, plan)
	if !raw && wantsRawSocket(reading.Outputs) {
		return reading, errNeedsLegacy
	}
	return reading, nil
}

// with creates the pod, waits until its containers run, calls read, and deletes
// the pod, whatever happened in between.
func (d *Debug) with(ctx context.Context, pod *corev1.Pod, read func(*corev1.Pod) error) error {
	undeleted, err := d.use(ctx, pod, read)
	if undeleted != nil {
		d.stays(pod.Name, undeleted)
	}
	return err
}

// use does what with does; undeleted says why the pod may still be there.
func (d *Debug) use(ctx context.Context, pod *corev1.Pod, read func(*corev1.Pod) error) (undeleted, err error) {
	created, err := d.create(ctx, pod)
	switch created {
	case mayExist:
		return d.deleteLate(ctx, pod.Name), err
	case doesNotExist:
		return nil, err
	}
	defer func() { undeleted = d.delete(ctx, pod.Name) }()
	started, err := d.waitStarted(ctx, pod)
	if err != nil {
		return nil, err
	}
	return nil, read(started)
}
