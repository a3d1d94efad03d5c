package svcpath

import (
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/conntrack"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// tableCounter counts by the kernel's table of connections. An entry has no time in it, so
// one is new if the reading before did not have it; one that came and went between two
// readings is missed.
type tableCounter struct {
	ports []kubeproxy.ServicePort
	node  *corev1.Node
	// last are the connections of each port in the reading before, with their packets.
	last []map[flow]uint64
}

// flow is what tells a connection from others.
type flow struct{ source, destination, server netip.AddrPort }

// tablePlan asks for the connections to the addresses of a Service.
func tablePlan(ports []kubeproxy.ServicePort, n *corev1.Node) node.Plan {
	plan := node.Plan{node.Uptime()}
	for _, p := range ports {
		for _, to := range destinations(p, n) {
			plan = append(plan, node.Connections(to, p.Protocol))
		}
	}
	return plan
}

func (c *tableCounter) by() string { return ByConnections }

func (c *tableCounter) count(reading *snapshot.Reading) ([]counts, error) {
	out := make([]counts, len(c.ports))
	last := make([]map[flow]uint64, len(c.ports))
	for i, p := range c.ports {
		entries, err := trackedIn(reading, p, c.node)
		if err != nil {
			return nil, err
		}
		var before map[flow]uint64
		if c.last != nil {
			before = c.last[i]
		}
		out[i], last[i] = compared(entries, before)
	}
	c.last = last
	return out, nil
}

// compared counts the connections that rules have translated: those that there are, and
// those that were not there before.
func compared(entries []conntrack.Entry, before map[flow]uint64) (counts, map[flow]uint64) {
	c, last := counts{now: map[string]uint64{}}, map[flow]uint64{}
	if before != nil {
		c.fresh = map[string]uint64{}
	}
	for _, e := range entries {
		if !e.Translated() {
			continue
		}
		key, address := flow{e.Source, e.Destination, e.Server}, e.Server.String()
		was, had := before[key]
		last[key] = e.Packets
		c.now[address]++
		if before == nil {
			continue
		}
		if !had {
			c.fresh[address]++
		}
		if e.Accounted {
			if c.packets == nil {
				c.packets = map[string]uint64{}
			}
			// A connection may have taken the place of one with the same ports.
			c.packets[address] += e.Packets - min(was, e.Packets)
		}
	}
	return c, last
}
