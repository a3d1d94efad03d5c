package svcpath

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// watcher is a way to read a node again and again. Its error is a *node.Refused where the
// cluster does not allow it.
type watcher interface {
	Watch(ctx context.Context, target node.Target, plan node.Plan, interval time.Duration, hear node.Listener) error
}

// Watching says how to watch.
type Watching struct {
	Interval time.Duration
	// Many is whether to count on every node that Selector matches ("" for all), and not on
	// one.
	Many     bool
	Selector string
}

// maxWatched bounds the nodes of a watch: on each of them a pod runs for the whole time.
const maxWatched = 50

// Watch counts the new connections to each endpoint of a Service on one node, or on many,
// and calls show after each interval of each node, at first for where the counters stand,
// and where a node is not read any more. It returns the context's error when that ends, and
// show's if there is one.
func Watch(ctx context.Context, src Source, req Request, how Watching, show func(*Rates) error) error {
	g := begin(src, req)
	what := fmt.Sprintf("watch service %s/%s: ", req.Namespace, req.Name)
	svc, err := g.cluster(ctx)
	if err != nil {
		return err
	}
	if kubeproxy.Skipped(svc) != "" {
		return errors.New(what + "no node has rules for it, so nothing counts its connections; without --watch it is said why")
	}
	w := &watching{gathering: g, Watching: how, svc: svc, what: what, begun: time.Now(), events: make(chan event)}
	for _, p := range kubeproxy.ServicePorts(svc) {
		if req.wanted(p.Port, p.Number) {
			w.ports = append(w.ports, p)
		}
	}
	choose := w.one
	if how.Many {
		choose = w.many
	}
	if err := choose(ctx); err != nil {
		return err
	}
	return w.run(ctx, show)
}

// watching is one run of Watch.
type watching struct {
	*gathering
	Watching
	svc    *corev1.Service
	ports  []kubeproxy.ServicePort
	what   string
	nodes  []*nodeWatch
	events chan event
	// begun is for readings without the node's clock.
	begun time.Time

	// mu guards what the nodes share: the slices, which are listed once an interval.
	mu     sync.Mutex
	listed time.Time
	unread error
	warned map[string]bool
}

// current are the Service's slices, as they were an interval ago at most.
func (w *watching) current(ctx context.Context) ([]discoveryv1.EndpointSlice, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if time.Since(w.listed) > w.Interval/2 {
		w.listed, w.unread = time.Now(), w.slices(ctx)
	}
	notRead := ""
	if w.unread != nil {
		notRead = kube.Plain(w.unread).Error()
	}
	return w.s.SlicesOf(w.svc.Namespace, w.svc.Name), notRead
}

// warnOnce tells what is the same for many nodes.
func (w *watching) warnOnce(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.warned == nil {
		w.warned = map[string]bool{}
	}
	if !w.warned[text] {
		w.warned[text] = true
		w.Warn(text)
	}
}

// run watches all nodes, and shows what they say. It returns when no node is read any more.
func (w *watching) run(ctx context.Context, show func(*Rates) error) error {
	ctx, stop := context.WithCancel(ctx)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer stop()
	for _, n := range w.nodes {
		n.heard = time.Now().UTC()
		readers.Go(func() {
			err := n.run(ctx)
			n.tell(ctx, event{of: n, err: err, ended: true})
		})
	}
	clock := time.NewTicker(time.Second)
	defer clock.Stop()
	for running := len(w.nodes); running > 0; {
		var e event
		select {
		case <-ctx.Done():
			return ctx.Err()
		case e = <-w.events:
		case <-clock.C:
			e = w.late()
		}
		if e.ended {
			running--
			if err := w.ended(e, running); err != nil {
				return err
			}
		}
		if r := e.rates(); r != nil {
			if err := show(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// ended is for a node that is not watched any more. Others may go on.
func (w *watching) ended(e event, running int) error {
	switch {
	case len(w.nodes) == 1:
		return e.err
	case running > 0:
		w.Warn(e.of.target.Node + " is not counted on any more: " + e.err.Error())
		return nil
	default:
		return fmt.Errorf("%snone of %d nodes is read; the last one said: %w", w.what, len(w.nodes), e.err)
	}
}

// late finds a node that has said nothing for longer than it should.
func (w *watching) late() event {
	for _, n := range w.nodes {
		if n.shown != nil && n.lost == nil && time.Since(n.heard) > 2*w.Interval+lateness {
			return event{of: n, err: errLate}
		}
	}
	return event{}
}

// lateness is how long a reading may take beyond its time before its node is said to be
// silent.
const lateness = 3 * time.Second

var errLate = errors.New("it has said nothing since then")

// event is what happens on a node: a reading, or that there is none.
type event struct {
	of      *nodeWatch
	reading *Rates
	err     error
	ended   bool
}

// rates are what is to be shown of an event, nil for nothing.
func (e event) rates() *Rates {
	n := e.of
	switch {
	case n == nil:
		return nil
	case e.reading != nil:
		n.shown, n.lost, n.heard = e.reading, nil, e.reading.At
		return e.reading
	case n.shown == nil && !e.ended:
		return nil
	}
	if n.lost == nil {
		n.lost = &snapshot.Lost{Since: n.heard}
	}
	n.lost.Why = kube.Plain(e.err).Error()
	out := n.unknown()
	out.over = e.ended
	return out
}
