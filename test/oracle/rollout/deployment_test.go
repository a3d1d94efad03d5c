// Package rollout holds what rollout-watch says a controller may do against the controllers
// themselves.
package rollout

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"
	"k8s.io/kubernetes/pkg/controller/deployment"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func TestMain(m *testing.M) {
	// The watches of these tests never send anything, not even that they have begun.
	os.Setenv("KUBE_FEATURE_WatchListClient", "false")
	os.Exit(m.Run())
}

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func ptr[T any](v T) *T { return &v }

func template(image string) corev1.PodTemplateSpec {
	return corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: map[string]string{"app": "web"}},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "app", Image: image}}},
	}
}

// rolling is a Deployment between its revisions.
type rolling struct {
	d    *appsv1.Deployment
	sets []*appsv1.ReplicaSet // the last one is the new one
}

func someRollout(r *rand.Rand) rolling {
	replicas := int32(r.IntN(12))
	number := func() *intstr.IntOrString {
		if r.IntN(2) == 0 {
			return ptr(intstr.FromInt32(int32(r.IntN(5))))
		}
		return ptr(intstr.FromString(fmt.Sprintf("%d%%", r.IntN(101))))
	}
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "web", UID: "d", Generation: 1, Annotations: map[string]string{}},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas, Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web"}}, Template: template("new"),
			Strategy: appsv1.DeploymentStrategy{Type: appsv1.RollingUpdateDeploymentStrategyType, RollingUpdate: &appsv1.RollingUpdateDeployment{MaxSurge: number(), MaxUnavailable: number()}},
		},
	}
	out := rolling{d: d}
	olds := 1 + r.IntN(2)
	d.Annotations["deployment.kubernetes.io/revision"] = strconv.Itoa(7 + olds)
	for i := range olds + 1 {
		image := "old" + strconv.Itoa(i)
		n := int32(r.IntN(int(replicas) + 3))
		if i == olds {
			image, n = "new", int32(r.IntN(int(replicas)+1))
		}
		rs := &appsv1.ReplicaSet{
			ObjectMeta: metav1.ObjectMeta{
				Namespace: "shop", Name: "web-" + image, UID: types.UID(image), CreationTimestamp: metav1.NewTime(now.Add(time.Duration(i) * time.Minute)),
				Labels: map[string]string{"app": "web", "pod-template-hash": image},
				Annotations: map[string]string{
					"deployment.kubernetes.io/revision": strconv.Itoa(7 + i), "deployment.kubernetes.io/desired-replicas": strconv.Itoa(int(replicas)),
				},
				OwnerReferences: []metav1.OwnerReference{*metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))},
			},
			Spec: appsv1.ReplicaSetSpec{
				Replicas: &n, Template: template(image),
				Selector: &metav1.LabelSelector{MatchLabels: map[string]string{"app": "web", "pod-template-hash": image}},
			},
			Status: appsv1.ReplicaSetStatus{Replicas: n, AvailableReplicas: int32(r.IntN(int(n) + 1))},
		}
		rs.Spec.Template.Labels["pod-template-hash"] = image
		out.sets = append(out.sets, rs)
	}
	return out
}

// said is what rollout-watch says.
func (c rolling) said() *rollout.Arithmetic {
	s := &snapshot.Snapshot{Rollout: &snapshot.Rollout{Now: now, Deployment: c.d}}
	for _, rs := range c.sets {
		s.Rollout.ReplicaSets = append(s.Rollout.ReplicaSets, *rs)
	}
	return rollout.Analyze(s, rollout.Request{Namespace: "shop", Target: kube.Target{Kind: "Deployment", Name: "web"}}).Arithmetic
}

// done is what the controller does in its first step: by how much it scales the new
// ReplicaSet up, or it or the old ones down. Its caches never learn of that, so it takes one step.
func (c rolling) done(t *testing.T) (up, down int32) {
	t.Helper()
	objects := []runtime.Object{c.d.DeepCopy()}
	for _, rs := range c.sets {
		objects = append(objects, rs.DeepCopy())
	}
	client := fake.NewClientset(objects...)
	client.PrependWatchReactor("*", func(clienttesting.Action) (bool, watch.Interface, error) { return true, watch.NewFake(), nil })
	var mu sync.Mutex
	scaled := map[string]int32{}
	synced := make(chan struct{}, 10)
	client.PrependReactor("update", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		mu.Lock()
		defer mu.Unlock()
		switch o := action.(clienttesting.UpdateAction).GetObject().(type) {
		case *appsv1.ReplicaSet:
			scaled[o.Name] = *o.Spec.Replicas
			return true, o, nil
		case *appsv1.Deployment:
			if action.GetSubresource() == "status" {
				synced <- struct{}{}
			}
			return true, o, nil
		}
		return false, nil, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	factory := informers.NewSharedInformerFactory(client, 0)
	dc, err := deployment.NewDeploymentController(ctx, factory.Apps().V1().Deployments(), factory.Apps().V1().ReplicaSets(), factory.Core().V1().Pods(), client)
	if err != nil {
		t.Fatal(err)
	}
	factory.Start(ctx.Done())
	go dc.Run(ctx, 1)
	select {
	case <-synced: // a sync ends with the status
	case <-time.After(20 * time.Second):
		t.Fatal("the controller did not sync")
	}
	mu.Lock()
	defer mu.Unlock()
	for i, rs := range c.sets {
		after, changed := scaled[rs.Name]
		if !changed {
			continue
		}
		if diff := after - *rs.Spec.Replicas; diff > 0 && i == len(c.sets)-1 {
			up += diff
		} else {
			down -= diff
		}
	}
	return up, down
}

// TestNextStep holds what the controller may do now to what it does.
func TestNextStep(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 7))
	ups, downs := 0, 0
	for i := range 300 {
		c := someRollout(r)
		ar := c.said()
		up, down := c.done(t)
		if ar.MayCreate != up || ar.MayDelete != down {
			t.Fatalf("case %d: said create %d, delete %d; the controller created %d, deleted %d\nreplicas %d, %+v\n%s", i, ar.MayCreate, ar.MayDelete, up, down, *c.d.Spec.Replicas, ar, c)
		}
		if up > 0 {
			ups++
		}
		if down > 0 {
			downs++
		}
	}
	if ups < 30 || downs < 30 {
		t.Errorf("only %d cases create and %d delete", ups, downs)
	}
}

// String is the case for a failure.
func (c rolling) String() string {
	out := fmt.Sprintf("surge %s unavailable %s", c.d.Spec.Strategy.RollingUpdate.MaxSurge, c.d.Spec.Strategy.RollingUpdate.MaxUnavailable)
	for _, rs := range c.sets {
		out += fmt.Sprintf("\n%s: %d replicas, %d available", rs.Name, *rs.Spec.Replicas, rs.Status.AvailableReplicas)
	}
	return out
}
