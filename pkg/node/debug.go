package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync/atomic"
	"time"

	authorizationv1 "k8s.io/api/authorization/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
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

// requestTime bounds one request that must not be cut by the user's interrupt.
const requestTime = 10 * time.Second

// What is known of a pod after the request to create it.
type existence int

const (
	doesNotExist existence = iota
	// mayExist is after a request whose answer is not known: the API server may still be at it.
	mayExist
	exists
)

// create creates the pod. A request that was interrupted may have arrived all the same: it
// is not cancelled, so that what it did is known and undone.
func (d *Debug) create(ctx context.Context, pod *corev1.Pod) (existence, error) {
	if err := ctx.Err(); err != nil {
		return doesNotExist, err
	}
	steady, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	what := "create a debug pod in namespace " + d.Namespace
	made, err := d.Client.CoreV1().Pods(d.Namespace).Create(steady, pod, metav1.CreateOptions{})
	if err == nil {
		pod.ResourceVersion, pod.Namespace = made.ResourceVersion, made.Namespace
		return exists, nil
	}
	err = refused(err, what, rule("pods", "create", "delete"))
	var no *Refused
	if errors.As(err, &no) || apierrors.IsNotFound(err) || unsent(err) {
		return doesNotExist, err
	}
	// A name that exists already is in all likelihood our own: client-go repeats a request
	// that the API server has answered with "try again", though it was done.
	return mayExist, err
}

// unsent says that there was no connection by which a request could arrive.
func unsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// Deleting is tried so often, so long apart. An API server under load may take the request
// that creates a pod after the first that deletes it.
const (
	deletions     = 4
	deletionPause = time.Second
)

// deleteLate deletes a pod of which it is not known whether it will exist.
func (d *Debug) deleteLate(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	var err error
	for i := range deletions {
		if i > 0 {
			time.Sleep(deletionPause)
		}
		if err = d.deleteOnce(ctx, name); err == nil {
			return nil
		}
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// delete deletes a pod that exists. That someone else did is no error.
func (d *Debug) delete(ctx context.Context, name string) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), requestTime)
	defer cancel()
	err := d.deleteOnce(ctx, name)
	for i := 1; i < deletions && passing(err) && ctx.Err() == nil; i++ {
		time.Sleep(deletionPause)
		err = d.deleteOnce(ctx, name)
	}
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// passing says whether a request that failed may succeed a moment later: the API server has
// answered that it has trouble.
func passing(err error) bool {
	return apierrors.IsServerTimeout(err) || apierrors.IsTimeout(err) || apierrors.IsTooManyRequests(err) || apierrors.IsInternalError(err) ||
		apierrors.IsServiceUnavailable(err)
}

func (d *Debug) deleteOnce(ctx context.Context, name string) error {
	now := int64(0)
	return d.Client.CoreV1().Pods(d.Namespace).Delete(ctx, name, metav1.DeleteOptions{GracePeriodSeconds: &now})
}

// stays warns of a pod that could not be deleted.
func (d *Debug) stays(name string, why error) {
	d.Warn(fmt.Sprintf("delete debug pod %s/%s: %s; its process ends by itself, remove the object with: kubectl kk cleanup --debug-namespace %s",
		d.Namespace, name, reason(why), d.Namespace))
}
