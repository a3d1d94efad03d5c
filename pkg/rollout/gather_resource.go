package rollout

import (
	"context"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// resource is one kind of objects that belong to the rollout.
type resource struct {
	name, group string
	// cluster is of objects without a namespace, once of those that are read and not watched.
	cluster, once bool
	options       metav1.ListOptions
	list          func(context.Context, metav1.ListOptions) (runtime.Object, error)
	watch         func(context.Context, metav1.ListOptions) (watch.Interface, error)
	// slim returns what is kept of an object, nil where it does not belong here.
	slim func(runtime.Object) metav1.Object

	version string
	// settled: it was read, or refused, at least once.
	settled bool
	objects map[types.UID]metav1.Object
}

// lister and watcher are what each typed client of client-go has.
type lister[L runtime.Object] interface {
	List(context.Context, metav1.ListOptions) (L, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
}

// of makes a resource whose lists come by the one client and whose watches by the other.
func of[L runtime.Object](name, group string, client, streams lister[L], o metav1.ListOptions, slim func(runtime.Object) metav1.Object) *resource {
	return &resource{
		name: name, group: group, options: o, slim: slim, objects: map[types.UID]metav1.Object{},
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			list, err := client.List(ctx, o)
			if err != nil {
				return nil, err
			}
			return list, nil
		},
		watch: streams.Watch,
	}
}

func (c *Cluster) workloadResource() *resource {
	ns, one := c.req.Namespace, metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", c.req.Target.Name).String()}
	client, streams := c.src.Client.AppsV1(), c.src.Streams.AppsV1()
	switch c.req.Target.Kind {
	case "StatefulSet":
		return of("statefulsets", "apps", client.StatefulSets(ns), streams.StatefulSets(ns), one, c.slim)
	case "DaemonSet":
		return of("daemonsets", "apps", client.DaemonSets(ns), streams.DaemonSets(ns), one, c.slim)
	case "ReplicaSet":
		return of("replicasets", "apps", client.ReplicaSets(ns), streams.ReplicaSets(ns), one, c.slim)
	default:
		return of("deployments", "apps", client.Deployments(ns), streams.Deployments(ns), one, c.slim)
	}
}

// partsFor are the resources that belong to a workload with a selector. Nothing else in
// the namespace is asked for, but what Events warn of.
func (c *Cluster) partsFor(selector string) []*resource {
	ns, mine := c.req.Namespace, metav1.ListOptions{LabelSelector: selector}
	client, streams := c.src.Client, c.src.Streams
	parts := []*resource{
		of("pods", "", client.CoreV1().Pods(ns), streams.CoreV1().Pods(ns), mine, c.slim),
		of("events", "", client.CoreV1().Events(ns), streams.CoreV1().Events(ns), metav1.ListOptions{FieldSelector: "type=Warning"}, c.slim),
	}
	budgets := of("poddisruptionbudgets", "policy", client.PolicyV1().PodDisruptionBudgets(ns), streams.PolicyV1().PodDisruptionBudgets(ns), metav1.ListOptions{}, c.slim)
	budgets.once = true
	switch c.req.Target.Kind {
	case "Deployment":
		parts = append(parts, of("replicasets", "apps", client.AppsV1().ReplicaSets(ns), streams.AppsV1().ReplicaSets(ns), mine, c.slim))
	case "DaemonSet":
		nodes := of("nodes", "", client.CoreV1().Nodes(), streams.CoreV1().Nodes(), metav1.ListOptions{}, c.slim)
		nodes.cluster = true
		parts = append(parts, nodes, of("controllerrevisions", "apps", client.AppsV1().ControllerRevisions(ns), streams.AppsV1().ControllerRevisions(ns), mine, c.slim))
	case "StatefulSet":
		parts = append(parts, of("controllerrevisions", "apps", client.AppsV1().ControllerRevisions(ns), streams.AppsV1().ControllerRevisions(ns), mine, c.slim))
	}
	return append(parts, budgets)
}

func (c *Cluster) slim(object runtime.Object) metav1.Object {
	switch o := object.(type) {
	case *appsv1.Deployment:
		return c.veil.Deployment(o)
	case *appsv1.StatefulSet:
		return c.veil.StatefulSet(o)
	case *appsv1.DaemonSet:
		return c.veil.DaemonSet(o)
	case *appsv1.ReplicaSet:
		return c.veil.ReplicaSet(o)
	case *appsv1.ControllerRevision:
		return c.veil.ControllerRevision(o)
	case *corev1.Pod:
		return snapshot.SlimRolloutPod(o)
	case *corev1.Node:
		return snapshot.SlimTaintedNode(o)
	case *policyv1.PodDisruptionBudget:
		return &policyv1.PodDisruptionBudget{
			ObjectMeta: metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace, UID: o.UID}, Spec: policyv1.PodDisruptionBudgetSpec{Selector: o.Spec.Selector},
		}
	case *corev1.Event:
		// The names of all that a workload owns begin with its own, as far as there is room.
		if prefix := c.req.Target.Name; !strings.HasPrefix(o.InvolvedObject.Name, prefix[:min(len(prefix), 40)]) {
			return nil
		}
		return snapshot.SlimEvent(o)
	default:
		return nil
	}
}

// read lists the objects and takes them in place of those it had.
func (r *resource) read(ctx context.Context) error {
	list, err := r.list(ctx, r.options)
	if err != nil {
		return err
	}
	m, err := meta.ListAccessor(list)
	if err != nil {
		return err
	}
	objects := map[types.UID]metav1.Object{}
	err = meta.EachListItem(list, func(object runtime.Object) error {
		if kept := r.slim(object); kept != nil {
			objects[kept.GetUID()] = kept
		}
		return nil
	})
	r.objects, r.version = objects, m.GetResourceVersion()
	return err
}

// take applies an event of a watch. It returns false where nothing that is kept changed.
func (r *resource) take(event watch.Event) bool {
	kept := r.slim(event.Object)
	if kept == nil {
		return false
	}
	uid := kept.GetUID()
	if event.Type == watch.Deleted {
		_, there := r.objects[uid]
		delete(r.objects, uid)
		return there
	}
	old, there := r.objects[uid]
	r.objects[uid] = kept
	return !there || !sameBut(old, kept)
}

// sameBut compares without the version, which changes with what is not kept, too.
func sameBut(x, y metav1.Object) bool {
	version := x.GetResourceVersion()
	x.SetResourceVersion(y.GetResourceVersion())
	same := equality.Semantic.DeepEqual(x, y)
	x.SetResourceVersion(version)
	return same
}

// only is the object of a resource that has one name, nil where there is none.
func (r *resource) only() metav1.Object {
	for _, object := range r.objects {
		return object
	}
	return nil
}

func namesIn(list runtime.Object) []string {
	var names []string
	_ = meta.EachListItem(list, func(object runtime.Object) error {
		if m, err := meta.Accessor(object); err == nil {
			names = append(names, m.GetName())
		}
		return nil
	})
	return names
}

// selectorOf is the selector of a workload, as the API takes it.
func selectorOf(w metav1.Object) (string, error) {
	var labels *metav1.LabelSelector
	switch w := w.(type) {
	case *appsv1.Deployment:
		labels = w.Spec.Selector
	case *appsv1.StatefulSet:
		labels = w.Spec.Selector
	case *appsv1.DaemonSet:
		labels = w.Spec.Selector
	case *appsv1.ReplicaSet:
		labels = w.Spec.Selector
	}
	selector, err := metav1.LabelSelectorAsSelector(labels)
	if err != nil {
		return "", fmt.Errorf("its selector cannot be read: %w", err)
	}
	return selector.String(), nil
}
