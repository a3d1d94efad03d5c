package svcpath

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/conntrack"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// connectionsPlan asks for the connections to the Service's addresses, and to no others.
// A NodePort is asked for at the node's own addresses, as far as the Node object says them.
func connectionsPlan(svc *corev1.Service, req Request, n *corev1.Node) node.Plan {
	var plan node.Plan
	if !req.Connections {
		return nil
	}
	for _, p := range kubeproxy.ServicePorts(svc) {
		if req.wanted(p.Port, p.Number) {
			for _, to := range destinations(p, n) {
				plan = append(plan, node.Connections(to, p.Protocol))
			}
		}
	}
	return plan
}

// destinations are the addresses under which a port can be reached through a node.
func destinations(p kubeproxy.ServicePort, n *corev1.Node) []netip.AddrPort {
	out := []netip.AddrPort{netip.AddrPortFrom(p.ClusterIP, uint16(p.Number))}
	for _, ip := range slices.Concat(p.ExternalIPs, p.LoadBalancerIPs) {
		out = append(out, netip.AddrPortFrom(ip, uint16(p.Number)))
	}
	if p.NodePort == 0 || n == nil {
		return out
	}
	for _, have := range n.Status.Addresses {
		addr, err := netip.ParseAddr(have.Address)
		if err == nil && addr.Is4() == p.ClusterIP.Is4() {
			out = append(out, netip.AddrPortFrom(addr, uint16(p.NodePort)))
		}
	}
	return out
}

// connections counts the connections that the node translates now, and judges those to
// endpoints that are gone.
func (v *view) connections() {
	if !v.req.Connections || v.reading == nil {
		return
	}
	entries, err := v.tracked()
	if err != nil {
		v.connectionFinding(explain.ConnectionsNotRead, explain.Warning, explain.ProofNotChecked, "", "reason", err.Error())
		return
	}
	v.out.Connections = v.grouped(entries)
	for _, c := range v.out.Connections {
		switch {
		case !c.Translated && v.used.HasUsable && v.p.Protocol == "udp":
			v.connectionFinding(explain.NotTranslated, explain.Error, explain.ProofNode, c.Endpoint, "count", fmt.Sprint(c.Count))
		case !c.Gone || v.unsettled(ipOf(c.Endpoint)):
		case v.p.Protocol == "udp":
			v.connectionFinding(explain.DatagramsToGone, explain.Error, explain.ProofNode, c.Endpoint, "endpoint", c.Endpoint, "count", fmt.Sprint(c.Count))
		case c.open() > 0:
			v.connectionFinding(explain.ConnectionsToGone, explain.Warning, explain.ProofNode, c.Endpoint, "endpoint", c.Endpoint, "count", fmt.Sprint(c.open()))
		}
	}
}

// open counts the connections on which data can still be sent.
func (c Connections) open() int {
	return c.States["ESTABLISHED"] + c.States["SYN_SENT"] + c.States["SYN_RECV"]
}

// tracked are the entries for the port's addresses, as the node printed them.
func (v *view) tracked() ([]conntrack.Entry, error) {
	return trackedIn(v.reading, v.p, v.s.Node(v.info.Name))
}

func trackedIn(reading *snapshot.Reading, p kubeproxy.ServicePort, n *corev1.Node) ([]conntrack.Entry, error) {
	var out []conntrack.Entry
	wanted := destinations(p, n)
	asked := false
	for _, o := range reading.Outputs {
		to, protocol, ok := node.ConnectionsTo(o.Argv)
		if !ok || protocol != p.Protocol || !slices.Contains(wanted, to) {
			continue
		}
		asked = true
		if o.Exit != 0 {
			return nil, fmt.Errorf("%s: %s", o.Argv[0], cmp.Or(firstLine(o.Text), "it is not there, or may not be read"))
		}
		entries, err := conntrack.Parse(o.Text)
		if err != nil {
			return nil, fmt.Errorf("%s printed %w", o.Argv[0], err)
		}
		out = append(out, slices.DeleteFunc(entries, func(e conntrack.Entry) bool { return e.Destination != to || e.Protocol != protocol })...)
	}
	if !asked {
		return nil, errors.New("the node was read without its table of connections")
	}
	return out, nil
}

// grouped counts entries by where they go, sorted by address.
func (v *view) grouped(entries []conntrack.Entry) []Connections {
	groups := map[netip.AddrPort]*Connections{}
	type pair struct {
		server netip.AddrPort
		client netip.Addr
	}
	clients := map[pair]bool{}
	for _, e := range entries {
		c := groups[e.Server]
		if c == nil {
			c = &Connections{Endpoint: e.Server.String(), Translated: e.Translated()}
			c.Gone = c.Translated && !slices.ContainsFunc(v.eps, func(ep kubeproxy.Endpoint) bool { return ep.Address == e.Server })
			groups[e.Server] = c
		}
		c.Count++
		if e.State != "" {
			if c.States == nil {
				c.States = map[string]int{}
			}
			c.States[e.State]++
		}
		if who := (pair{e.Server, e.Source.Addr()}); !clients[who] {
			clients[who] = true
			c.Clients++
		}
	}
	out := []Connections{}
	for _, c := range groups {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b Connections) int {
		return netip.MustParseAddrPort(a.Endpoint).Compare(netip.MustParseAddrPort(b.Endpoint))
	})
	return out
}

func (v *view) connectionFinding(code string, severity explain.Severity, proof explain.Proof, to string, more ...string) {
	f := explain.Finding{Code: code, Severity: severity, Proof: proof, Args: v.args(more...)}
	if to != "" {
		f.Evidence = []explain.Evidence{{Where: v.info.Name + " connections", What: strings.ToLower(v.p.Protocol) + " entries whose replies come from " + to}}
		f.Next = []string{"conntrack -L -p " + v.p.Protocol + " --reply-src " + ipOf(to) + "   # on " + v.info.Name}
	}
	v.find(f)
}
