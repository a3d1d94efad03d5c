package svcpath

import (
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// differs says whether the node does something else than the API says.
func (g *gathering) differs(req Request) bool {
	path, err := Analyze(g.s, req)
	return err == nil && (path.Agreement == Differs || path.has(explain.DatagramsToGone))
}

// staleAddresses are the IPs of endpoints that only the node has, as Analyze finds
// them, sorted.
func (g *gathering) staleAddresses(req Request) []string {
	path, err := Analyze(g.s, req)
	if err != nil {
		return nil
	}
	var out []string
	for _, f := range path.Findings {
		switch f.Code {
		case explain.StaleEndpointPod, explain.StaleEndpointNoPod, explain.StaleEndpointUnknown:
			if at, err := netip.ParseAddrPort(f.Args["endpoint"]); err == nil {
				out = append(out, at.Addr().String())
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// changed lists the addresses whose usability differs between two readings of a
// Service's slices, sorted.
func changed(before, after []discoveryv1.EndpointSlice) []string {
	was, is := conditions(before), conditions(after)
	var out []string
	for address, c := range was {
		if is[address] != c {
			out = append(out, address)
		}
	}
	for address := range is {
		if _, had := was[address]; !had {
			out = append(out, address)
		}
	}
	slices.Sort(out)
	return out
}

type usability struct{ known, ready, serving, terminating bool }

func conditions(list []discoveryv1.EndpointSlice) map[string]usability {
	out := map[string]usability{}
	for _, slice := range list {
		for _, ep := range slice.Endpoints {
			for _, address := range ep.Addresses {
				out[address] = usability{
					known: true,
					// discovery/v1 EndpointConditions: nil means true for ready and serving.
					ready:       ep.Conditions.Ready == nil || *ep.Conditions.Ready,
					serving:     ep.Conditions.Serving == nil || *ep.Conditions.Serving,
					terminating: ep.Conditions.Terminating != nil && *ep.Conditions.Terminating,
				}
			}
		}
	}
	return out
}

// secondFamily says whether an address is of the family that Pods have second: the
// one that the Service's kubelet-reported Pods do not have first.
func (g *gathering) secondFamily(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, pod := range g.s.Pods {
		if first, err := netip.ParseAddr(pod.Status.PodIP); err == nil && !pod.Spec.HostNetwork {
			return first.Is4() != addr.Is4()
		}
	}
	return addr.Is6()
}

func podHas(pod *corev1.Pod, ip string) bool {
	for _, have := range pod.Status.PodIPs {
		if have.IP == ip {
			return true
		}
	}
	return false
}
