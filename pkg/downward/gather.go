package downward

import (
	"context"
	"fmt"
	"strings"
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
	// Reader reads inside of containers. Nil: the API only.
	Reader Reader
	// Warn is told at once what was refused.
	Warn func(string)
	// Taken is the time of the reading, By the version of kk.
	Taken time.Time
	By    string
}

// Gather reads the Pod (of a workload: the workload and its Pods), its Node, and in each
// running container that uses a field its variables and files, in one exec each. Only
// where the Node does not tell the version is the API server asked for its own. Without
// the Pod there is no answer, but an error; what else was refused is in Missing.
func Gather(ctx context.Context, src Source, req Request) (*snapshot.Snapshot, error) {
	g := &gathering{Source: src, req: req, s: &snapshot.Snapshot{
		APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: src.Taken.UTC(), By: src.By,
	}}
	pod, of, err := kube.Pod(ctx, src.Client, req.Namespace, req.Target)
	if err != nil {
		return nil, err
	}
	if err := req.checkContainer(pod); err != nil {
		return nil, err
	}
	if req.Target.Kind != "Pod" {
		g.s.PickedFrom = fmt.Sprintf("%s, 1 of %d Pods", req.Target, of)
	}
	g.s.Pods = []corev1.Pod{snapshot.SlimWithFields(pod)}
	g.node(ctx, pod.Spec.NodeName)
	if kubernetesVersion(g.s, pod) == "" {
		g.serverVersion()
	}
	if src.Reader != nil {
		if err := g.containers(ctx, &g.s.Pods[0]); err != nil {
			return nil, err
		}
	}
	return g.s, nil
}

type gathering struct {
	Source
	req Request
	s   *snapshot.Snapshot
}

// node reads the Node, whose allocatable stands in for limits that are not set.
func (g *gathering) node(ctx context.Context, name string) {
	if name == "" {
		return
	}
	node, err := g.Client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		g.missing(err, "get node "+name, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"nodes"}, Verbs: []string{"get"}})
		return
	}
	g.s.Nodes = []corev1.Node{snapshot.SlimNode(node)}
}

func (g *gathering) serverVersion() {
	info, err := g.Client.Discovery().ServerVersion()
	if err != nil {
		g.missing(err, "get /version", rbacv1.PolicyRule{NonResourceURLs: []string{"/version"}, Verbs: []string{"get"}})
		return
	}
	g.s.ServerVersion = info.GitVersion
}

// missing notes what the answer can do without.
func (g *gathering) missing(err error, what string, allow rbacv1.PolicyRule) {
	m := snapshot.Missing{What: what, Why: strings.TrimPrefix(kube.Plain(err).Error(), what+": ")}
	if apierrors.IsForbidden(err) || kube.ExecRefused(err) {
		m.Allow = &allow
	}
	g.s.Missing = append(g.s.Missing, m)
	if g.Warn != nil {
		g.Warn(what + ": " + m.Why)
	}
}
