package svcpath

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// watcher is a way to read a node again and again. Its error is a *node.Refused where the
// cluster does not allow it.
type watcher interface {
	Watch(ctx context.Context, target node.Target, plan node.Plan, interval time.Duration, tick func(*snapshot.Reading) error) error
}

// Watch counts the new connections to each endpoint of a Service on one node, and calls
// show after each interval, and at first for where the counters stand. It returns the
// context's error when that ends, and show's if there is one.
func Watch(ctx context.Context, src Source, req Request, interval time.Duration, show func(*Rates) error) error {
	g := begin(src, req)
	what := fmt.Sprintf("watch service %s/%s: ", req.Namespace, req.Name)
	svc, err := g.cluster(ctx)
	if err != nil {
		return err
	}
	if kubeproxy.Skipped(svc) != "" {
		return errors.New(what + "no node has rules for it, so nothing counts its connections; without --watch it is said why")
	}
	name, err := g.chooseNode(ctx)
	if err != nil {
		return err
	}
	if name == "" {
		return errors.New(what + "no node could be chosen, as nodes may not be listed; name one with --node")
	}
	w := &watching{gathering: g, svc: svc, what: what, meter: newMeter(svc, req), begun: time.Now(), show: show}
	return w.run(ctx, node.Target{Node: name, KubeProxy: g.proxyPod(ctx, name)}, interval)
}

// watching is one run of Watch.
type watching struct {
	*gathering
	*meter
	svc  *corev1.Service
	what string
	show func(*Rates) error
	// begun is for readings without the node's clock.
	begun time.Time
}

// run watches by the first way that is allowed.
func (w *watching) run(ctx context.Context, target node.Target, interval time.Duration) error {
	plan := watchPlan(w.svc, w.req)
	why := "no way to read a node was given"
	for i, way := range w.Ways {
		again, ok := way.(watcher)
		if !ok {
			continue
		}
		err := again.Watch(ctx, target, plan, interval, func(reading *snapshot.Reading) error { return w.tick(ctx, reading) })
		var no *node.Refused
		if !errors.As(err, &no) {
			return err
		}
		if why = no.Error(); i < len(w.Ways)-1 {
			w.Warn(why + "; trying to read the node by its kube-proxy pod")
		}
	}
	return errors.New(w.what + why)
}

// tick shows what a reading says.
func (w *watching) tick(ctx context.Context, reading *snapshot.Reading) error {
	if w.last == nil {
		read, err := parseReading(reading)
		if err != nil {
			return err
		}
		if why := countable(read, plannedFamilies(w.ports)); why != "" {
			return errors.New(w.what + reading.Node + ": " + why)
		}
	}
	at, ok := node.UptimeOf(reading)
	if !ok {
		at = time.Since(w.begun)
	}
	unread := w.slices(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	rates, err := w.add(reading, w.s.SlicesOf(w.svc.Namespace, w.svc.Name), at)
	if err != nil {
		return err
	}
	rates.At = time.Now().UTC()
	if unread != nil {
		rates.NotRead = kube.Plain(unread).Error()
	}
	return w.show(rates)
}

func plannedFamilies(ports []kubeproxy.ServicePort) []int {
	var out []int
	for _, p := range ports {
		out = append(out, number(p.Family))
	}
	slices.Sort(out)
	return slices.Compact(out)
}
