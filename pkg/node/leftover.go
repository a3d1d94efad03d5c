package node

import (
	"context"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
)

// clockSkew is how far the clocks of this machine and of the API server may be
// apart before a pod in use is taken for one that was left.
const clockSkew = 20 * time.Second

// Leftovers lists the debug pods of kk in a namespace ("" for all namespaces).
func Leftovers(ctx context.Context, client kubernetes.Interface, namespace string) ([]corev1.Pod, error) {
	list, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: ManagedByLabel + "=" + ManagedBy})
	if err != nil {
		return nil, err
	}
	return list.Items, nil
}

// Expired says whether no kk can be using the pod any more: it is past its own
// deadline.
func Expired(pod *corev1.Pod, now time.Time) bool {
	if pod.Spec.ActiveDeadlineSeconds == nil {
		return false
	}
	life := time.Duration(*pod.Spec.ActiveDeadlineSeconds) * time.Second
	return now.After(pod.CreationTimestamp.Add(life + clockSkew))
}

// Remove deletes a debug pod at once. That it is gone already is no error.
func Remove(ctx context.Context, client kubernetes.Interface, pod *corev1.Pod) error {
	now := int64(0)
	err := client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now,
		Preconditions:      &metav1.Preconditions{UID: &pod.UID},
	})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
