package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

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
