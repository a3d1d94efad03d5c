package svcpath

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// RatesKind is the kind of Rates in JSON.
const RatesKind = "ServiceRates"

// What counts the connections of a watch.
const (
	// ByRules is by the counters of the rules that translate.
	ByRules = "rules"
	// ByConnections is by the kernel's table of connections: those count that were not in
	// the reading before.
	ByConnections = "connections"
)

// Why a watch counts on a node.
const (
	// ChosenByUser is for a node, or all nodes, that the user asked for.
	ChosenByUser = "asked"
	// ChosenByEndpoint is for the first node that runs an endpoint of the Service.
	ChosenByEndpoint = "endpoint"
	// ChosenAsAny is for a Ready node of a Service that has endpoints on none.
	ChosenAsAny = "any"
)

// Rates are the new connections of a Service on one node in one interval of a watch.
type Rates struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Service    Service `json:"service"`
	Node       Node    `json:"node"`
	// Chosen says why it is this node: "asked", "endpoint" (it runs one) or "any".
	Chosen string `json:"chosen"`
	// OtherNodes is set where the cluster has, or may have, nodes that are not counted on:
	// what Pods there connect is translated, and counted, there.
	OtherNodes bool `json:"otherNodes"`
	// By is what the numbers come from: "rules" or "connections".
	By string `json:"by"`
	// At is when the interval ended, Seconds how long it was, by the node's clock. It is 0
	// for the first reading, which only says where the counters stand.
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	// Reset is set where kube-proxy wrote the rules anew in the interval, or the node was
	// started anew: the counters began at 0, and the numbers are the least that there were.
	Reset bool        `json:"reset,omitempty"`
	Ports []PortRates `json:"ports"`
	// NotRead says why the endpoints are those of an earlier reading of the API.
	NotRead string `json:"notRead,omitempty"`
	// Lost is set while nothing is read: since when, and why. There are no ports then.
	Lost *snapshot.Lost `json:"lost,omitempty"`

	// before are the last that were known before that; over says that they are not waited
	// for any more.
	before *Rates
	over   bool
}

// PortRates are those of one port in one IP family.
type PortRates struct {
	Name     string `json:"name,omitempty"`
	Protocol string `json:"protocol"`
	Family   string `json:"family"`
	Number   int32  `json:"port"`
	// Endpoints are sorted by address.
	Endpoints []Rate `json:"endpoints"`
}

// Rate is what one endpoint got. Only the first packet of a connection meets the rules
// (pkg/netfilter: the nat table), so connections are counted and not packets; of UDP, flows.
type Rate struct {
	Address string `json:"address"`
	// Pod is "namespace/name", "" where no slice names one. State is that of the
	// EndpointSlice, "" where no slice lists the address.
	Pod   string `json:"pod,omitempty"`
	State string `json:"state,omitempty"`
	InAPI bool   `json:"inAPI"`
	// OnNode says whether a rule of the node leads here now, nil where no rules are read.
	OnNode *bool `json:"onNode,omitempty"`
	// New is how many connections began in the interval, Total since the watch began.
	New       uint64  `json:"new"`
	PerSecond float64 `json:"perSecond"`
	Total     uint64  `json:"total"`
	// PacketsPerSecond are those of the connections in the kernel's table, both ways; nil
	// where it does not count them (net.netfilter.nf_conntrack_acct).
	PacketsPerSecond *float64 `json:"packetsPerSecond,omitempty"`
}

// counts is what was counted of one port, by the address of the endpoint.
type counts struct {
	// now has the addresses that are there, fresh what began since the reading before; nil
	// for the first one.
	now, fresh map[string]uint64
	// packets are those since the reading before, nil where they are not counted.
	packets map[string]uint64
	reset   bool
}

// counter counts the connections that begin.
type counter interface {
	// count returns those between the reading before and this one, of each port.
	count(reading *snapshot.Reading) ([]counts, error)
	by() string
}

// meter turns counts into rates.
type meter struct {
	counter
	svc   *corev1.Service
	ports []kubeproxy.ServicePort
	// total is what was counted since the first reading, of each port by address.
	total []map[string]uint64
	begun bool
	at    time.Duration
}

func newMeter(svc *corev1.Service, ports []kubeproxy.ServicePort, by counter) *meter {
	m := &meter{counter: by, svc: svc, ports: ports}
	for range ports {
		m.total = append(m.total, map[string]uint64{})
	}
	return m
}

// add takes a reading at a moment of the node's clock.
func (m *meter) add(reading *snapshot.Reading, list []discoveryv1.EndpointSlice, at time.Duration) (*Rates, error) {
	out := &Rates{
		APIVersion: APIVersion, Kind: RatesKind, By: m.by(), Ports: []PortRates{},
		Service: newPath(&snapshot.Snapshot{}, m.svc).Service, Node: Node{Name: reading.Node, Via: reading.Via, Pod: reading.Pod},
	}
	counted, err := m.count(reading)
	if err != nil {
		return nil, err
	}
	switch {
	case m.begun && at < m.at:
		// The clock counts from the start of the node.
		out.Seconds, out.Reset = at.Seconds(), true
	case m.begun:
		out.Seconds = (at - m.at).Seconds()
	}
	for i, p := range m.ports {
		out.Reset = out.Reset || counted[i].reset
		out.Ports = append(out.Ports, m.port(i, p, list, counted[i], out.Seconds))
	}
	m.begun, m.at = true, at
	return out, nil
}

func (m *meter) port(i int, p kubeproxy.ServicePort, list []discoveryv1.EndpointSlice, c counts, seconds float64) PortRates {
	out := PortRates{Name: p.Port, Protocol: p.Protocol, Family: string(p.Family), Number: p.Number, Endpoints: []Rate{}}
	rates := map[string]Rate{}
	for _, ep := range kubeproxy.Endpoints(p, list) {
		r := Rate{Address: ep.Address.String(), State: state(ep), InAPI: true}
		if ref := ep.TargetRef; ref != nil && ref.Kind == "Pod" {
			r.Pod = ref.Namespace + "/" + ref.Name
		}
		rates[r.Address] = m.rate(i, r, c, seconds)
	}
	for address, n := range c.fresh {
		m.total[i][address] += n
	}
	// An endpoint that is gone stays in sight if something was counted for it.
	for _, known := range []map[string]uint64{c.now, m.total[i]} {
		for address, n := range known {
			r, listed := rates[address]
			if _, here := c.now[address]; here || n > 0 || listed {
				r.Address = address
				rates[address] = m.rate(i, r, c, seconds)
			}
		}
	}
	out.Endpoints = slices.SortedFunc(maps.Values(rates), func(a, b Rate) int { return compareAddresses(a.Address, b.Address) })
	return out
}

// rate fills in what was counted for an endpoint.
func (m *meter) rate(i int, r Rate, c counts, seconds float64) Rate {
	if m.by() == ByRules {
		_, on := c.now[r.Address]
		r.OnNode = &on
	}
	r.New, r.Total = c.fresh[r.Address], m.total[i][r.Address]
	if seconds > 0 {
		r.PerSecond = float64(r.New) / seconds
		if c.packets != nil {
			perSecond := float64(c.packets[r.Address]) / seconds
			r.PacketsPerSecond = &perSecond
		}
	}
	return r
}

func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}
