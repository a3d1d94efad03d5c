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

// Rates are the new connections of a Service on one node in one interval of a watch.
type Rates struct {
	APIVersion string  `json:"apiVersion"`
	Kind       string  `json:"kind"`
	Service    Service `json:"service"`
	Node       Node    `json:"node"`
	// At is when the interval ended, Seconds how long it was, by the node's clock. It is 0
	// for the first reading, which only says where the counters stand.
	At      time.Time `json:"at"`
	Seconds float64   `json:"seconds"`
	// Reset is set where kube-proxy wrote the rules anew in the interval: their counters
	// began at 0, and the numbers are the least that there were.
	Reset bool        `json:"reset,omitempty"`
	Ports []PortRates `json:"ports"`
	// NotRead says why the endpoints are those of an earlier reading of the API.
	NotRead string `json:"notRead,omitempty"`
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
	// OnNode says whether a rule of the node leads here now.
	OnNode bool `json:"onNode"`
	// New is how many connections began in the interval, Total since the watch began.
	New       uint64  `json:"new"`
	PerSecond float64 `json:"perSecond"`
	Total     uint64  `json:"total"`
}

// meter turns counters into rates.
type meter struct {
	svc   *corev1.Service
	ports []kubeproxy.ServicePort
	// last are the counters of each port by address, as they were read before, and known
	// those of addresses that went meanwhile too; total is what was counted since the first
	// reading.
	last, known, total []map[string]uint64
	at                 time.Duration
}

func newMeter(svc *corev1.Service, req Request) *meter {
	m := &meter{svc: svc}
	for _, p := range kubeproxy.ServicePorts(svc) {
		if req.wanted(p.Port, p.Number) {
			m.ports = append(m.ports, p)
			m.known = append(m.known, map[string]uint64{})
			m.total = append(m.total, map[string]uint64{})
		}
	}
	return m
}

// add takes the counters of a reading at a moment of the node's clock.
func (m *meter) add(reading *snapshot.Reading, list []discoveryv1.EndpointSlice, at time.Duration) (*Rates, error) {
	out := &Rates{
		APIVersion: APIVersion, Kind: RatesKind, Ports: []PortRates{},
		Service: newPath(&snapshot.Snapshot{}, m.svc).Service, Node: Node{Name: reading.Node, Via: reading.Via, Pod: reading.Pod},
	}
	now := make([]map[string]uint64, len(m.ports))
	for i, p := range m.ports {
		var err error
		if now[i], err = counters(reading, p); err != nil {
			return nil, err
		}
	}
	if m.last != nil {
		out.Seconds = (at - m.at).Seconds()
	}
	for i, p := range m.ports {
		var fresh map[string]uint64
		if m.last != nil {
			var reset bool
			fresh, reset = since(m.last[i], m.known[i], now[i])
			out.Reset = out.Reset || reset
		}
		maps.Copy(m.known[i], now[i])
		out.Ports = append(out.Ports, m.port(i, p, list, now[i], fresh, out.Seconds))
	}
	m.last, m.at = now, at
	return out, nil
}

// since is what was counted between two readings of one port. kube-proxy writes all chains
// of a port at once, and they count from 0 then: so a counter that is lower than before, or
// an endpoint that came or went, says that all of them began anew. What they had counted
// before that, after the first reading, is lost.
func since(last, known, now map[string]uint64) (fresh map[string]uint64, reset bool) {
	lower := false
	for address, n := range now {
		_, had := last[address]
		lower = lower || n < known[address]
		reset = reset || !had
	}
	for address := range last {
		if _, has := now[address]; !has {
			reset = true
		}
	}
	fresh = map[string]uint64{}
	for address, n := range now {
		if fresh[address] = n; !lower {
			fresh[address] = n - known[address]
		}
	}
	return fresh, reset || lower
}

func (m *meter) port(i int, p kubeproxy.ServicePort, list []discoveryv1.EndpointSlice, now, fresh map[string]uint64, seconds float64) PortRates {
	out := PortRates{Name: p.Port, Protocol: p.Protocol, Family: string(p.Family), Number: p.Number, Endpoints: []Rate{}}
	rates := map[string]Rate{}
	for _, ep := range kubeproxy.Endpoints(p, list) {
		r := Rate{Address: ep.Address.String(), State: state(ep), InAPI: true}
		if ref := ep.TargetRef; ref != nil && ref.Kind == "Pod" {
			r.Pod = ref.Namespace + "/" + ref.Name
		}
		rates[r.Address] = r
	}
	for address, n := range fresh {
		m.total[i][address] += n
	}
	// An endpoint that is gone stays in sight if something was counted for it.
	for _, known := range []map[string]uint64{now, m.total[i]} {
		for address, n := range known {
			if _, on := now[address]; on || n > 0 {
				r := rates[address]
				r.Address, r.OnNode, r.New, r.Total = address, on, fresh[address], m.total[i][address]
				if seconds > 0 {
					r.PerSecond = float64(r.New) / seconds
				}
				rates[address] = r
			}
		}
	}
	out.Endpoints = slices.SortedFunc(maps.Values(rates), func(a, b Rate) int { return compareAddresses(a.Address, b.Address) })
	return out
}

func compareAddresses(a, b string) int {
	x, errX := netip.ParseAddrPort(a)
	y, errY := netip.ParseAddrPort(b)
	if errX != nil || errY != nil {
		return cmp.Compare(a, b)
	}
	return x.Compare(y)
}
