package svcenv

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Reader reads files inside of a container; kube.Exec is one.
type Reader interface {
	Files(ctx context.Context, namespace, pod, container string, paths ...string) ([]kube.File, error)
}

// Source is where Gather reads from.
type Source struct {
	Client kubernetes.Interface
	// Reader reads inside of the container. Nil: the API only.
	Reader Reader
	// Warn is told at once what was refused.
	Warn func(string)
	// Taken is the time of the reading, By the version of kk.
	Taken time.Time
	By    string
}

// Gather reads the Pod (of a workload: the workload and its Pods), the Services whose
// variables it gets, the ConfigMaps that its container names, and by one exec the
// environment of the container. It never reads a Secret. Without the Pod there is no
// answer, but an error; what else was refused is in Missing.
func Gather(ctx context.Context, src Source, req Request) (*snapshot.Snapshot, error) {
	g := &gathering{Source: src, s: &snapshot.Snapshot{
		APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: src.Taken.UTC(), By: src.By,
	}}
	pod, of, err := kube.Pod(ctx, src.Client, req.Namespace, req.Target)
	if err != nil {
		return nil, err
	}
	c, err := req.container(pod)
	if err != nil {
		return nil, err
	}
	if req.Target.Kind != "Pod" {
		g.s.PickedFrom = fmt.Sprintf("%s, 1 of %d Pods", req.Target, of)
	}
	g.s.Pods = []corev1.Pod{snapshot.SlimWithEnvironment(pod)}
	g.services(ctx, pod)
	g.configMaps(ctx, pod.Namespace, c)
	if src.Reader != nil {
		if err := g.container(ctx, pod, c); err != nil {
			return nil, err
		}
	}
	return g.s, ctx.Err()
}

type gathering struct {
	Source
	s *snapshot.Snapshot
}

// services reads those whose variables the Pod gets, and no list of which it gets none.
func (g *gathering) services(ctx context.Context, pod *corev1.Pod) {
	core := g.Client.CoreV1()
	if linksEnabled(pod) {
		list, err := core.Services(pod.Namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			g.missing(err, listServices(pod.Namespace), []string{"services"}, "list")
		} else {
			for i := range list.Items {
				g.s.Services = append(g.s.Services, snapshot.SlimServiceLinks(&list.Items[i]))
			}
			if pod.Namespace == corev1.NamespaceDefault {
				return
			}
		}
	}
	svc, err := core.Services(corev1.NamespaceDefault).Get(ctx, apiService, metav1.GetOptions{})
	if err != nil {
		g.missing(err, getAPIService, []string{"services"}, "get", apiService)
		return
	}
	g.s.Services = append(g.s.Services, snapshot.SlimServiceLinks(svc))
}

// configMaps reads those that a container takes variables from, and keeps of each only
// the keys that it takes.
func (g *gathering) configMaps(ctx context.Context, namespace string, c *corev1.Container) {
	keys, whole := map[string][]string{}, map[string]bool{}
	for _, from := range c.EnvFrom {
		if from.ConfigMapRef != nil {
			keys[from.ConfigMapRef.Name] = nil
			whole[from.ConfigMapRef.Name] = true
		}
	}
	for _, v := range c.Env {
		if v.Value == "" && v.ValueFrom != nil && v.ValueFrom.ConfigMapKeyRef != nil {
			ref := v.ValueFrom.ConfigMapKeyRef
			keys[ref.Name] = append(keys[ref.Name], ref.Key)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(keys)) {
		cm, err := g.Client.CoreV1().ConfigMaps(namespace).Get(ctx, name, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			g.s.Absent = append(g.s.Absent, configMapWords(namespace, name))
		case err != nil:
			g.missing(err, "get configmap "+namespace+"/"+name, []string{"configmaps"}, "get", name)
		default:
			wanted := keys[name]
			if whole[name] {
				wanted = slices.Sorted(maps.Keys(cm.Data))
			}
			g.s.ConfigMaps = append(g.s.ConfigMaps, snapshot.SlimConfigMap(cm, wanted...))
		}
	}
}

// missing notes what the answer can do without.
func (g *gathering) missing(err error, what string, resources []string, verb string, names ...string) {
	m := snapshot.Missing{What: what, Why: kube.Plain(err).Error()}
	if apierrors.IsForbidden(err) || kube.ExecRefused(err) {
		m.Allow = &rbacv1.PolicyRule{APIGroups: []string{""}, Resources: resources, Verbs: []string{verb}, ResourceNames: names}
		if resources[0] == "pods/exec" {
			m.Allow.Verbs = []string{"get", "create"}
		}
	}
	g.s.Missing = append(g.s.Missing, m)
	if g.Warn != nil {
		g.Warn(what + ": " + m.Why)
	}
}
