package kube

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/kubectl/pkg/util/podutils"
)

// maxNames bounds the list from which near names are offered.
const maxNames = 500

// Pod returns the Pod that the target is, or the one of its workload that is most
// likely to answer: running, ready, and the longest so. of is how many Pods there were
// to choose from, 0 where the target is a Pod itself.
func Pod(ctx context.Context, client kubernetes.Interface, namespace string, t Target) (pod *corev1.Pod, of int, err error) {
	if t.Kind == "Pod" {
		pod, err = client.CoreV1().Pods(namespace).Get(ctx, t.Name, metav1.GetOptions{})
		return pod, 0, unknown(ctx, client, namespace, t, err)
	}
	labels, err := selector(ctx, client, namespace, t)
	if err != nil {
		return nil, 0, unknown(ctx, client, namespace, t, err)
	}
	selector, err := metav1.LabelSelectorAsSelector(labels)
	if err != nil {
		return nil, 0, fmt.Errorf("find the Pods of %s %s/%s: %w", t.Kind, namespace, t.Name, err)
	}
	list, err := client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
	if err != nil {
		return nil, 0, fmt.Errorf("list the Pods of %s %s/%s: %w", t.Kind, namespace, t.Name, Plain(err))
	}
	if len(list.Items) == 0 {
		return nil, 0, fmt.Errorf("find the Pods of %s %s/%s: there are none now; see: kubectl -n %s describe %s %s", t.Kind, namespace, t.Name, namespace, t.Kind, t.Name)
	}
	return mostActive(list.Items), len(list.Items), nil
}

func mostActive(items []corev1.Pod) *corev1.Pod {
	slices.SortFunc(items, func(a, b corev1.Pod) int { return cmp.Compare(a.Name, b.Name) })
	var pods []*corev1.Pod
	for i := range items {
		pods = append(pods, &items[i])
	}
	sort.Stable(sort.Reverse(podutils.ActivePods(pods)))
	for _, pod := range pods {
		if pod.DeletionTimestamp == nil {
			return pod
		}
	}
	return pods[0]
}

// selector is the one by which a workload knows its Pods.
func selector(ctx context.Context, client kubernetes.Interface, namespace string, t Target) (*metav1.LabelSelector, error) {
	o := metav1.GetOptions{}
	switch t.Kind {
	case "Deployment":
		w, err := client.AppsV1().Deployments(namespace).Get(ctx, t.Name, o)
		return w.Spec.Selector, err
	case "ReplicaSet":
		w, err := client.AppsV1().ReplicaSets(namespace).Get(ctx, t.Name, o)
		return w.Spec.Selector, err
	case "StatefulSet":
		w, err := client.AppsV1().StatefulSets(namespace).Get(ctx, t.Name, o)
		return w.Spec.Selector, err
	case "DaemonSet":
		w, err := client.AppsV1().DaemonSets(namespace).Get(ctx, t.Name, o)
		return w.Spec.Selector, err
	case "Job":
		w, err := client.BatchV1().Jobs(namespace).Get(ctx, t.Name, o)
		return w.Spec.Selector, err
	default:
		w, err := client.CoreV1().ReplicationControllers(namespace).Get(ctx, t.Name, o)
		return &metav1.LabelSelector{MatchLabels: w.Spec.Selector}, err
	}
}

// unknown offers near names for one that does not exist.
func unknown(ctx context.Context, client kubernetes.Interface, namespace string, t Target, err error) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf("get %s %s/%s", lower(t.Kind), namespace, t.Name)
	if !apierrors.IsNotFound(err) {
		return fmt.Errorf("%s: %w", what, Plain(err))
	}
	names, listErr := list(ctx, client, namespace, t.Kind)
	if listErr != nil {
		return errors.New(what + ": not found")
	}
	return errors.New(what + ": not found; " + Offer(lower(t.Kind)+"s in "+namespace, t.Name, names))
}
