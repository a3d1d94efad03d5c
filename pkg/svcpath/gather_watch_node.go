package svcpath

import (
	"context"
	"errors"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// nodeWatch is the watch of one node.
type nodeWatch struct {
	*watching
	target node.Target
	chosen string
	others bool
	meter  *meter

	// What follows belongs to the one who shows: the last that was known, when, and since
	// when nothing is.
	shown *Rates
	heard time.Time
	lost  *snapshot.Lost
}

// run counts by the rules, or by connections where these have no counters.
func (n *nodeWatch) run(ctx context.Context) error {
	n.meter = newMeter(n.svc, n.ports, newRulesCounter(n.ports))
	err := n.read(ctx, watchPlan(n.ports))
	if errors.Is(err, errNoCounters) {
		of := n.s.Node(n.target.Node)
		n.meter = newMeter(n.svc, n.ports, &tableCounter{ports: n.ports, node: of})
		err = n.read(ctx, tablePlan(n.ports, of))
	}
	return err
}

// read watches by the first way that is allowed.
func (n *nodeWatch) read(ctx context.Context, plan node.Plan) error {
	why := "no way to read a node was given"
	hear := node.Listener{
		Tick: func(reading *snapshot.Reading) error { return n.tick(ctx, reading) },
		Lost: func(err error) { n.tell(ctx, event{of: n, err: err}) },
	}
	for i, way := range n.Ways {
		again, ok := way.(watcher)
		if !ok {
			continue
		}
		err := again.Watch(ctx, n.target, plan, n.Interval, hear)
		var no *node.Refused
		if !errors.As(err, &no) {
			return err
		}
		if why = no.Error(); i < len(n.Ways)-1 {
			n.warnOnce(why + "; trying to read the node by its kube-proxy pod")
		}
	}
	return errors.New(n.what + why)
}

// tick tells what a reading says.
func (n *nodeWatch) tick(ctx context.Context, reading *snapshot.Reading) error {
	if err := n.countable(reading); err != nil {
		return err
	}
	at, ok := node.UptimeOf(reading)
	if !ok {
		at = time.Since(n.begun)
	}
	list, notRead := n.current(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	rates, err := n.meter.add(reading, list, at)
	if err != nil {
		return err
	}
	rates.At, rates.NotRead = time.Now().UTC(), notRead
	rates.Chosen, rates.OtherNodes = n.chosen, n.others
	n.tell(ctx, event{of: n, reading: rates})
	return ctx.Err()
}

// countable says why a reading has no counters, nil where it has.
func (n *nodeWatch) countable(reading *snapshot.Reading) error {
	if n.meter.by() != ByRules {
		return nil
	}
	read, err := parseReading(reading)
	if err != nil {
		return err
	}
	err = countable(read, n.ports)
	switch {
	case err == nil:
		return nil
	case n.meter.begun:
		return errors.New(n.what + reading.Node + ": the rules that were counted by are gone, as when kube-proxy's mode is changed; begin the watch anew")
	case errors.Is(err, errNoCounters):
		return err
	default:
		return errors.New(n.what + reading.Node + ": " + err.Error())
	}
}

// tell passes an event on to the one who shows.
func (n *nodeWatch) tell(ctx context.Context, e event) {
	select {
	case n.events <- e:
	case <-ctx.Done():
	}
}

// unknown is what is shown of a node of which nothing is known.
func (n *nodeWatch) unknown() *Rates {
	lost := *n.lost
	out := &Rates{
		APIVersion: APIVersion, Kind: RatesKind, Service: newPath(&snapshot.Snapshot{}, n.svc).Service, Node: Node{Name: n.target.Node},
		Chosen: n.chosen, OtherNodes: n.others, At: time.Now().UTC(), Ports: []PortRates{}, Lost: &lost, before: n.shown,
	}
	if n.shown != nil {
		out.By = n.shown.By
	}
	return out
}
