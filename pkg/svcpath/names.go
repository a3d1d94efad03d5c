package svcpath

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// DNS is what the cluster's DNS server answers for a Service that has no rules. It is
// computed from the API as CoreDNS does (plugin/kubernetes/kubernetes.go findServices).
type DNS struct {
	// Names are without the cluster's domain: "NAME.NAMESPACE.svc", which every Pod's
	// search list completes, comes first, then those of endpoints.
	Names []Name `json:"names"`
	// LeftOut are the addresses of endpoints that are not ready, which no name has.
	LeftOut []Address `json:"leftOut,omitempty"`
}

// Name is one name with what it has. Without anything it does not exist.
type Name struct {
	Name string `json:"name"`
	// CNAME is the name that it stands for.
	CNAME string `json:"cname,omitempty"`
	// Addresses are its A and AAAA records, sorted.
	Addresses []Address `json:"addresses,omitempty"`
	// Ports are those of its SRV records, sorted: the numbers that the Pods listen on.
	Ports []int32 `json:"ports,omitempty"`
}

// Address is that of an endpoint.
type Address struct {
	Address string `json:"address"`
	Pod     string `json:"pod,omitempty"`
	Node    string `json:"node,omitempty"`
	State   string `json:"state"`
}

// names answers for a Service whose path is DNS.
func (a *analysis) names(why string) {
	first := Name{Name: a.svc.Name + "." + a.svc.Namespace + ".svc"}
	switch why {
	case kubeproxy.SkippedExternalName:
		a.externalName(first)
	case kubeproxy.SkippedHeadless:
		a.headless(first)
	}
}

// externalName: CoreDNS makes no record of an address.
func (a *analysis) externalName(first Name) {
	target := strings.TrimSuffix(a.svc.Spec.ExternalName, ".")
	if _, err := netip.ParseAddr(target); err == nil {
		a.apiFinding(explain.ExternalNameIsAddress, explain.Error, map[string]string{"target": target}, "spec.externalName: "+a.svc.Spec.ExternalName)
	} else {
		first.CNAME = target
	}
	a.path.DNS = &DNS{Names: []Name{first}}
}

func (a *analysis) headless(first Name) {
	all := Name{Name: first.Name}
	own := map[string]*Name{}
	ports := map[string]*Name{}
	var leftOut []Address
	for _, slice := range a.s.SlicesOf(a.svc.Namespace, a.svc.Name) {
		for _, in := range slice.Endpoints {
			for _, address := range a.addressesOf(slice, in) {
				if ready := in.Conditions.Ready; ready != nil && !*ready {
					leftOut = append(leftOut, address)
					continue
				}
				addAddress(&all, address)
				addAddress(named(own, hostOf(in, address.Address)+"."+first.Name), address)
				addPorts(ports, slice, first.Name)
			}
		}
	}
	sortAddresses(leftOut)
	sortAddresses(all.Addresses)
	a.path.DNS = &DNS{Names: slices.Concat([]Name{all}, sorted(own), sorted(ports)), LeftOut: leftOut}
	if len(leftOut) > 0 && len(all.Addresses) > 0 {
		a.apiFinding(explain.NotReadyNotInDNS, explain.Info, map[string]string{"name": first.Name, "count": fmt.Sprint(len(leftOut)), "pods": someOf(owners(leftOut))}, "EndpointSlices: conditions.ready false")
	}
	if len(all.Addresses) == 0 {
		a.apiFinding(explain.HeadlessWithoutAddress, explain.Error, map[string]string{"name": first.Name, "reason": a.whyNoAddress()}, "EndpointSlices: no ready endpoint",
			"kubectl -n "+a.svc.Namespace+" get endpointslices -l kubernetes.io/service-name="+a.svc.Name+" -o yaml")
	}
}

// whyNoAddress looks at the Pods, where they could be read.
func (a *analysis) whyNoAddress() string {
	pods, selector := a.matching(), labels.Set(a.svc.Spec.Selector).String()
	switch {
	case selector == "":
		return "it has no selector, and no EndpointSlice lists a ready endpoint"
	case len(pods) > 0:
		return "none of its Pods is ready: " + listed(pods)
	case a.podsUnknown():
		return "no EndpointSlice lists one"
	default:
		return "no Pod has the labels of its selector (" + selector + ")"
	}
}

// headlessPorts is for a named targetPort: DNS has no SRV record of a Pod without it.
func (a *analysis) headlessPorts(pods []*corev1.Pod) {
	for _, port := range a.svc.Spec.Ports {
		if len(pods) > 0 {
			a.targetPort(port, pods)
		}
	}
}

func owners(list []Address) []string {
	var out []string
	for _, a := range list {
		_, name, _ := strings.Cut(a.Pod, "/")
		out = append(out, or(name, a.Address))
	}
	return out
}

// addressesOf are the addresses of an endpoint with what is known of them. CoreDNS takes
// all that an endpoint lists.
func (a *analysis) addressesOf(slice discoveryv1.EndpointSlice, in discoveryv1.Endpoint) []Address {
	var out []Address
	if slice.AddressType == discoveryv1.AddressTypeFQDN {
		return nil
	}
	for _, ip := range in.Addresses {
		e := Address{Address: ip, State: state(kubeproxy.ConditionsOf(in))}
		if in.NodeName != nil {
			e.Node = *in.NodeName
		}
		if ref := in.TargetRef; ref != nil && ref.Kind == "Pod" {
			e.Pod = ref.Namespace + "/" + ref.Name
		} else if pod := a.s.PodWithIP(ip); pod != nil {
			e.Pod = pod.Namespace + "/" + pod.Name
		}
		out = append(out, e)
	}
	return out
}

// hostOf is the first label of an endpoint's own name (plugin/kubernetes/kubernetes.go
// endpointHostname; with the option endpoint_pod_names it is the Pod's name instead of
// the address).
func hostOf(in discoveryv1.Endpoint, address string) string {
	if in.Hostname != nil && *in.Hostname != "" {
		return *in.Hostname
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(address)
}

func named(all map[string]*Name, name string) *Name {
	if all[name] == nil {
		all[name] = &Name{Name: name}
	}
	return all[name]
}

func addAddress(n *Name, address Address) {
	if !slices.ContainsFunc(n.Addresses, func(have Address) bool { return have.Address == address.Address }) {
		n.Addresses = append(n.Addresses, address)
	}
}

// addPorts adds the names of SRV records, which named ports have.
func addPorts(all map[string]*Name, slice discoveryv1.EndpointSlice, service string) {
	for _, p := range slice.Ports {
		if p.Name == nil || *p.Name == "" || p.Port == nil || p.Protocol == nil {
			continue
		}
		n := named(all, fmt.Sprintf("_%s._%s.%s", *p.Name, strings.ToLower(string(*p.Protocol)), service))
		if !slices.Contains(n.Ports, *p.Port) {
			n.Ports = append(n.Ports, *p.Port)
			slices.Sort(n.Ports)
		}
	}
}

func sorted(all map[string]*Name) []Name {
	var out []Name
	for _, n := range all {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b Name) int { return strings.Compare(a.Name, b.Name) })
	for i := range out {
		sortAddresses(out[i].Addresses)
	}
	return out
}

func sortAddresses(list []Address) {
	slices.SortFunc(list, func(a, b Address) int { return strings.Compare(a.Address, b.Address) })
}
