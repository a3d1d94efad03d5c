package svcpath

import (
	"context"
	"slices"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
)

// settle looks a second time at the nodes that do not agree with the API, as for one node,
// but waits and reads the API once for all of them. Between, the slices may have changed:
// then a node that agreed with them before is looked at again too.
func (c *crowd) settle(ctx context.Context) error {
	if len(c.differing()) == 0 {
		return nil
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(c.Pause):
	}
	if err := c.slices(ctx); err != nil {
		return err
	}
	before := c.s.EndpointSlices
	if err := c.look(ctx, c.differing()); err != nil {
		return err
	}
	if err := c.slices(ctx); err != nil {
		return err
	}
	c.s.Unsettled = changed(before, c.s.EndpointSlices)
	var stale []string
	for _, target := range c.differing() {
		stale = append(stale, c.staleAddresses(c.of(target))...)
	}
	slices.Sort(stale)
	c.owners(ctx, slices.Compact(stale))
	return nil
}

// differing are the nodes that were read and do not agree with the API.
func (c *crowd) differing() []node.Target {
	var out []node.Target
	for _, target := range c.targets {
		if c.s.Reading(target.Node) != nil && c.differs(c.of(target)) {
			out = append(out, target)
		}
	}
	return out
}

// of is the question for one node.
func (c *crowd) of(target node.Target) Request {
	req := c.req
	req.Node = target.Node
	return req
}
