package svcpath

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Nodes says which nodes to read, and how.
type Nodes struct {
	// Selector is a label selector of nodes, "" for all.
	Selector string
	// Concurrency is how many nodes are read at a time, one at least.
	Concurrency int
	// Progress is told at first and after each node how many are done, and anew where nodes
	// are looked at a second time. Calls do not overlap.
	Progress func(done, total int)
}

// GatherNodes reads all that AnalyzeNodes needs. What is the same for every node is read
// once, whatever their number. A node that cannot be read is in the snapshot's Missing;
// without a list of nodes there is no answer, but an error. Nothing of the reading is
// going on any more when it returns.
func GatherNodes(ctx context.Context, src Source, req Request, nodes Nodes) (*snapshot.Snapshot, error) {
	g := begin(src, req)
	svc, err := g.cluster(ctx)
	if err != nil {
		return nil, err
	}
	if kubeproxy.Skipped(svc) != "" {
		return g.s, nil
	}
	if err := g.listNodes(ctx, nodes.Selector); err != nil {
		return nil, err
	}
	g.proxyConfig(ctx)
	c := &crowd{gathering: g, Nodes: nodes, svc: svc, plan: append(Plan(svc, req, g.s, ""), g.modePlan()...)}
	c.choose(ctx, g.proxyPods(ctx))
	if err := c.look(ctx, c.targets); err != nil {
		return nil, err
	}
	if err := c.settle(ctx); err != nil {
		return nil, err
	}
	slices.SortFunc(g.s.Readings, func(a, b snapshot.Reading) int { return cmp.Compare(a.Node, b.Node) })
	slices.SortStableFunc(g.s.Missing, func(a, b snapshot.Missing) int { return cmp.Compare(a.Node, b.Node) })
	return g.s, nil
}

func (g *gathering) listNodes(ctx context.Context, selector string) error {
	list, err := g.Client.CoreV1().Nodes().List(ctx, metav1.ListOptions{LabelSelector: selector})
	if err != nil {
		return readError(err, listNodes)
	}
	if len(list.Items) == 0 && selector != "" {
		return fmt.Errorf("list nodes: none matches --nodes=%s; kubectl get nodes --show-labels shows the labels they have", selector)
	}
	for i := range list.Items {
		g.s.Nodes = append(g.s.Nodes, snapshot.SlimNode(&list.Items[i]))
	}
	return nil
}

// crowd is the reading of many nodes.
type crowd struct {
	*gathering
	Nodes
	svc     *corev1.Service
	plan    node.Plan
	targets []node.Target

	mu sync.Mutex
	// way is the first of Ways that is not refused on every node.
	way  int
	done int
}

// choose keeps the kube-proxy Pods of the nodes, and notes which nodes cannot be read.
func (c *crowd) choose(ctx context.Context, proxies []corev1.Pod) {
	var without []string
	for i := range c.s.Nodes {
		n := &c.s.Nodes[i]
		proxy := kubeproxy.FindPod(proxies, n.Name)
		if proxy != nil {
			c.keep([]corev1.Pod{*proxy})
		} else {
			without = append(without, n.Name)
		}
		if why := usable(n); why != "" {
			c.s.Missing = append(c.s.Missing, snapshot.Missing{What: "read node " + n.Name, Why: why, Reading: true, Node: n.Name})
			continue
		}
		c.targets = append(c.targets, node.Target{Node: n.Name, KubeProxy: proxy})
	}
	c.others(ctx, proxies, without)
}

// look reads nodes, so many at a time. It returns when the last reading has ended, with
// an error if it was interrupted.
func (c *crowd) look(ctx context.Context, targets []node.Target) error {
	c.done = -1
	c.progress(len(targets))
	work := make(chan node.Target)
	var readers sync.WaitGroup
	for range min(max(c.Concurrency, 1), len(targets)) {
		readers.Go(func() {
			for target := range work {
				c.read(ctx, target)
				c.progress(len(targets))
			}
		})
	}
	for _, target := range targets {
		select {
		case work <- target:
		case <-ctx.Done():
		}
	}
	close(work)
	readers.Wait()
	return ctx.Err()
}

// read reads one node by the first way that is allowed.
func (c *crowd) read(ctx context.Context, target node.Target) {
	plan := slices.Concat(c.plan, connectionsPlan(c.svc, c.req, c.s.Node(target.Node)))
	for i := c.firstWay(0); i < len(c.Ways) && ctx.Err() == nil; i = c.firstWay(i + 1) {
		reading, err := c.Ways[i].Read(ctx, target, plan)
		var no *node.Refused
		if errors.As(err, &no) {
			c.refused(i, target.Node, no)
			continue
		}
		c.got(target.Node, reading, err)
		return
	}
}

func (c *crowd) firstWay(from int) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return max(from, c.way)
}

// refused notes that a way is closed: on every node where it is the user who may not, or
// where there is another way; else on this one.
func (c *crowd) refused(way int, name string, no *node.Refused) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := no.Missing
	m.Reading = true
	last := way == len(c.Ways)-1
	if last && m.Allow == nil {
		m.Node = name
		c.s.Missing = append(c.s.Missing, m)
		return
	}
	if way < c.way {
		return
	}
	c.way = way + 1
	c.s.Missing = append(c.s.Missing, m)
	if last {
		c.Warn(no.Error() + "; no further node is read")
	} else {
		c.Warn(no.Error() + "; trying to read the nodes by their kube-proxy pods")
	}
}

// got keeps what a node gave, in place of what it gave before.
func (c *crowd) got(name string, reading *snapshot.Reading, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.s.Readings = slices.DeleteFunc(c.s.Readings, func(r snapshot.Reading) bool { return r.Node == name })
	if err != nil {
		c.s.Missing = append(c.s.Missing, snapshot.Missing{What: "read node " + name, Why: err.Error(), Reading: true, Node: name})
		return
	}
	c.s.Readings = append(c.s.Readings, *reading)
}

func (c *crowd) progress(total int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.done++
	if c.Progress != nil {
		c.Progress(c.done, total)
	}
}
