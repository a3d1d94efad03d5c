package node

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	kubetesting "k8s.io/client-go/testing"
)

var pods = schema.GroupResource{Resource: "pods"}

// TestNoPodStays: whatever the API server answers to the request that creates a pod, none
// is left when use returns, or it is said.
func TestNoPodStays(t *testing.T) {
	for name, c := range map[string]struct {
		// answer to the request to create, and after how long the pod exists all the same.
		answer error
		exists time.Duration
		// deletes are the answers to the first requests to delete.
		deletes []error
		undone  bool
	}{
		"not sent":                             {&net.OpError{Op: "dial", Err: errors.New("connection refused")}, -1, nil, true},
		"it timed out, and was done":           {context.DeadlineExceeded, 0, nil, true},
		"it timed out, and is done later":      {context.DeadlineExceeded, 2 * time.Second, nil, true},
		"it timed out, and was never done":     {context.DeadlineExceeded, -1, nil, true},
		"repeated by client-go, and done":      {apierrors.NewAlreadyExists(pods, "kk"), 0, nil, true},
		"the first request to delete fails":    {context.DeadlineExceeded, 0, []error{apierrors.NewTimeoutError("later", 1)}, true},
		"deleting is refused again and again":  {context.DeadlineExceeded, 0, []error{errPod, errPod, errPod, errPod, errPod}, false},
		"the API server has trouble at delete": {context.DeadlineExceeded, 0, []error{apierrors.NewInternalError(errPod)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := fake.NewClientset()
				deletes := c.deletes
				client.PrependReactor("create", "pods", func(a kubetesting.Action) (bool, runtime.Object, error) {
					pod := a.(kubetesting.CreateAction).GetObject()
					if c.exists >= 0 {
						time.AfterFunc(c.exists, func() {
							_ = client.Tracker().Create(corev1.SchemeGroupVersion.WithResource("pods"), pod, "kube-system")
						})
						synctest.Wait()
					}
					return true, nil, c.answer
				})
				client.PrependReactor("delete", "pods", func(kubetesting.Action) (bool, runtime.Object, error) {
					if len(deletes) == 0 {
						return false, nil, nil
					}
					err := deletes[0]
					deletes = deletes[1:]
					return true, nil, err
				})
				var warned []string
				d := &Debug{Client: client, Namespace: "kube-system", Timeout: time.Minute, Warn: func(text string) { warned = append(warned, text) }}
				pod := debugPod(Target{Node: "a"}, "", time.Minute, false, nil)
				pod.Namespace = "kube-system"
				if err := d.with(t.Context(), pod, nil); err == nil {
					t.Error("no error")
				}
				time.Sleep(10 * time.Second)
				left, err := Leftovers(t.Context(), client, "kube-system")
				if err != nil || (len(left) == 0) != c.undone || (len(warned) == 0) != c.undone {
					t.Errorf("%d pods are left, warned of %q, %v", len(left), strings.Join(warned, "; "), err)
				}
			})
		})
	}
}
