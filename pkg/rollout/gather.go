package rollout

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Source is where a Cluster reads from.
type Source struct {
	// Client bounds its requests, Streams does not: it is for watches.
	Client, Streams kubernetes.Interface
	// Now is this machine's clock, Offset how far the API server's is ahead of it.
	Now    func() time.Time
	Offset func() time.Duration
	// Warn is told at once what was refused.
	Warn func(string)
	// By is the version of kk.
	By string
}

// Cluster holds one workload of a cluster with all that belongs to it, and keeps it as it
// is there while Watch runs.
type Cluster struct {
	src  Source
	req  Request
	veil *snapshot.Veil

	mu        sync.Mutex
	workload  *resource
	parts     []*resource
	selector  string
	missing   map[string]snapshot.Missing
	lost      *snapshot.Lost
	down      map[string]bool
	ownerGone bool
	logs      map[string]*snapshot.LastLine
	changed   chan struct{}
	restart   chan struct{}
}

// Open reads the workload, its revisions, its Pods, what Events warn of, and for a
// DaemonSet the Nodes. Without the workload there is no answer, but an error; what else
// was refused is in the snapshot's Missing.
func Open(ctx context.Context, src Source, req Request) (*Cluster, error) {
	c := &Cluster{
		src: src, req: req, veil: snapshot.NewVeil(), missing: map[string]snapshot.Missing{}, down: map[string]bool{},
		logs: map[string]*snapshot.LastLine{}, changed: make(chan struct{}, 1), restart: make(chan struct{}, 1),
	}
	c.workload = c.workloadResource()
	if err := c.workload.read(ctx); err != nil {
		return nil, fmt.Errorf("get %s %s/%s: %w", strings.ToLower(req.Target.Kind), req.Namespace, req.Target.Name, kube.Plain(err))
	}
	w := c.workload.only()
	if w == nil {
		return nil, c.unknown(ctx)
	}
	var err error
	if c.selector, err = selectorOf(w); err != nil {
		return nil, fmt.Errorf("find the Pods of %s %s/%s: %w", strings.ToLower(req.Target.Kind), req.Namespace, req.Target.Name, err)
	}
	c.parts = c.partsFor(c.selector)
	var wait sync.WaitGroup
	for _, r := range c.parts {
		wait.Add(1)
		go func() {
			defer wait.Done()
			c.note(ctx, r, r.read(ctx))
		}()
	}
	wait.Wait()
	c.readOwner(ctx, w)
	c.readLogs(ctx)
	if lost := c.lost; lost != nil {
		return nil, fmt.Errorf("read what belongs to %s %s/%s: %s", strings.ToLower(req.Target.Kind), req.Namespace, req.Target.Name, lost.Why)
	}
	return c, ctx.Err()
}

// unknown offers near names for one that does not exist.
func (c *Cluster) unknown(ctx context.Context) error {
	kind := strings.ToLower(c.req.Target.Kind)
	what := fmt.Sprintf("get %s %s/%s: not found", kind, c.req.Namespace, c.req.Target.Name)
	list, err := c.workload.list(ctx, metav1.ListOptions{Limit: 500})
	if err != nil {
		return errors.New(what)
	}
	return errors.New(what + "; " + kube.Offer(kind+"s in "+c.req.Namespace, c.req.Target.Name, namesIn(list)))
}

// note keeps what became of a reading or a watch. It returns false where it failed. Where
// the workload itself may not be read any more, or a token is over, that does not mean that
// there is nothing: what is known is shown as old.
func (c *Cluster) note(ctx context.Context, r *resource, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case ctx.Err() != nil:
		return false
	case err == nil:
		delete(c.missing, r.name)
		delete(c.down, r.name)
		if len(c.down) == 0 {
			c.lost = nil
		}
		r.settled = true
		return true
	case refused(err) && r != c.workload && !apierrors.IsUnauthorized(err):
		c.refuse(r, err)
		delete(c.down, r.name)
		r.settled = true
	default:
		c.down[r.name] = true
		why := kube.Plain(err).Error()
		switch {
		case c.lost == nil:
			c.lost = &snapshot.Lost{Since: c.now(), Why: why}
		case r == c.workload:
			// What keeps it out now may be another thing than what broke the connection.
			c.lost = &snapshot.Lost{Since: c.lost.Since, Why: why}
		}
	}
	c.signal()
	return false
}

// refused: an answer that asking again does not change.
func refused(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err)
}

func (c *Cluster) refuse(r *resource, err error) {
	verbs := []string{"list", "watch"}
	if r.once {
		verbs = verbs[:1]
	}
	m := snapshot.Missing{What: strings.Join(verbs, " and ") + " " + r.name + " in namespace " + c.req.Namespace, Why: kube.Plain(err).Error()}
	if r.cluster {
		m.What = strings.Join(verbs, " and ") + " " + r.name + " in all the cluster"
	}
	if apierrors.IsForbidden(err) {
		m.Allow = &rbacv1.PolicyRule{APIGroups: []string{r.group}, Resources: []string{r.name}, Verbs: verbs}
	}
	if _, known := c.missing[r.name]; !known && c.src.Warn != nil {
		c.src.Warn(m.What + ": " + m.Why)
	}
	c.missing[r.name] = m
	// What could be read before, and cannot be now, is not shown as if it were so.
	clear(r.objects)
}

func (c *Cluster) now() time.Time {
	at := c.src.Now()
	if c.src.Offset != nil {
		at = at.Add(c.src.Offset())
	}
	return at.UTC()
}

// Changed has something after every change, until it is received from.
func (c *Cluster) Changed() <-chan struct{} { return c.changed }

func (c *Cluster) signal() {
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// readOwner asks whether a ReplicaSet's Deployment still exists.
func (c *Cluster) readOwner(ctx context.Context, w metav1.Object) {
	o := metav1.GetControllerOf(w)
	if o == nil || o.Kind != "Deployment" || !strings.HasPrefix(o.APIVersion, "apps/") {
		return
	}
	owner, err := c.src.Client.AppsV1().Deployments(c.req.Namespace).Get(ctx, o.Name, metav1.GetOptions{})
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ownerGone = apierrors.IsNotFound(err) || err == nil && owner.UID != o.UID
	if apierrors.IsForbidden(err) {
		c.missing["owner"] = snapshot.Missing{
			What: "get deployment " + c.req.Namespace + "/" + o.Name, Why: kube.Plain(err).Error(),
			Allow: &rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"get"}},
		}
	}
}
