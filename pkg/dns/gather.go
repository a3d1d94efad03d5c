package dns

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Looker looks at a container; node.Inside, node.Beside and node.Ephemeral are such.
type Looker interface {
	Look(ctx context.Context, pod *corev1.Pod, container string, look node.Look) (*node.Looked, error)
}

// Way is one way to look at a container.
type Way struct {
	// Via is its name: "exec", "debug" or "ephemeral".
	Via string
	Looker
}

// Source is where Gather reads from.
type Source struct {
	Client kubernetes.Interface
	// Ways are those to look at the container, the preferred one first. None: the API only.
	Ways []Way
	// Configz returns the configuration of a node's kubelet as JSON.
	Configz func(ctx context.Context, node string) ([]byte, error)
	// Warn is told at once what was refused.
	Warn func(string)
	// Taken is the time of the reading, By the version of kk.
	Taken time.Time
	By    string
}

// maxRequests bounds what one run asks of the API server, those of a debug pod and of
// --live not counted.
const maxRequests = 6

// Gather reads a Pod (of a workload: the workload and its Pods) and, by one exec in it,
// its resolv.conf and which resolver its program uses; then, as far as six requests go,
// the Services that the names could mean, the Service of the nameserver, the
// NetworkPolicies of the namespace, and what the kubelet is told. Without the Pod there
// is no answer, but an error; what else was refused is in Missing.
func Gather(ctx context.Context, src Source, req Request) (*snapshot.Snapshot, error) {
	g := &gathering{Source: src, req: req, s: &snapshot.Snapshot{
		APIVersion: snapshot.APIVersion, Kind: snapshot.Kind, Taken: src.Taken.UTC(), By: src.By,
	}}
	pod, of, err := kube.Pod(ctx, src.Client, req.Namespace, req.Target)
	if err != nil {
		return nil, err
	}
	g.requests = 1
	if req.Target.Kind != "Pod" {
		g.requests++
		g.s.PickedFrom = fmt.Sprintf("%s, 1 of %d Pods", req.Target, of)
	}
	container, err := req.container(pod)
	if err != nil {
		return nil, err
	}
	g.s.Pods = []corev1.Pod{snapshot.SlimWithDNS(pod)}
	if err := g.resolver(ctx, pod, container); err != nil {
		return nil, err
	}
	if g.s.Resolvers[0].NotRead != "" {
		g.kubelet(ctx, pod)
	}
	if req.Live {
		g.unbounded = true
	}
	g.clusterOf(ctx, pod)
	g.services(ctx)
	g.elsewhere(ctx)
	servers := g.servers()
	g.nameservers(ctx, servers[:min(1, len(servers))])
	g.policies(ctx, pod)
	// Of a lookup it decides nothing, once the file was read.
	if len(req.Names) == 0 || req.Live {
		g.kubelet(ctx, pod)
	}
	g.nameservers(ctx, servers[min(1, len(servers)):])
	g.leftOut()
	if req.Live {
		g.live(ctx, pod, container)
	}
	return g.s, ctx.Err()
}

type gathering struct {
	Source
	req Request
	s   *snapshot.Snapshot
	// requests counts what was asked of the API server.
	requests  int
	unbounded bool
	// left is what there were no requests for.
	left []string
}

// mayAsk says whether one more request may be sent, and counts it. What is not asked is
// noted, with why.
func (g *gathering) mayAsk(what string) bool {
	if g.asked(what) {
		return false
	}
	if g.requests < maxRequests || g.unbounded {
		g.requests++
		return true
	}
	if !slices.Contains(g.left, what) {
		g.left = append(g.left, what)
	}
	return false
}

// advice is how to have all of it read.
func (g *gathering) advice() string {
	switch {
	case len(g.req.Names) > 0:
		return "; with --live it reads all"
	case g.req.Target.Kind != "Pod":
		return "; name the Pod itself"
	default:
		return ""
	}
}

// leftOut notes what was not asked for, because of the bound.
func (g *gathering) leftOut() {
	if len(g.left) > 0 {
		g.s.Missing = append(g.s.Missing, snapshot.Missing{
			What: strings.Join(g.left, "; "),
			Why:  fmt.Sprintf("a run asks the API server %d times at most%s", maxRequests, g.advice()),
		})
	}
}

// asked says whether something was asked for and not given.
func (g *gathering) asked(what string) bool {
	return slices.Contains(g.left, what) || slices.ContainsFunc(g.s.Missing, func(m snapshot.Missing) bool { return m.What == what })
}

// missing notes what the answer can do without, and warns of it.
func (g *gathering) missing(what string, err error, group, resource string, verbs ...string) {
	g.note(what, err, group, resource, verbs...)
	g.warn(what + ": " + kube.Plain(err).Error())
}

// note is missing without a warning, for what few users may read and most answers need least.
func (g *gathering) note(what string, err error, group, resource string, verbs ...string) {
	m := snapshot.Missing{What: what, Why: kube.Plain(err).Error()}
	if apierrors.IsForbidden(err) || kube.ExecRefused(err) {
		m.Allow = &rbacv1.PolicyRule{APIGroups: []string{group}, Resources: []string{resource}, Verbs: verbs}
	}
	g.s.Missing = append(g.s.Missing, m)
}
