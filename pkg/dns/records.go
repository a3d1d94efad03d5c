package dns

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// need is an object that the record of a name is made of and that was not read.
type need struct {
	namespace, name string
	// slices asks for the EndpointSlices of the Service, not for itself.
	slices bool
}

// object is how it is noted as absent, what how it is noted as missing.
func (n need) object() string {
	if n.slices {
		return fmt.Sprintf("EndpointSlices of Service %s/%s", n.namespace, n.name)
	}
	return fmt.Sprintf("Service %s/%s", n.namespace, n.name)
}

func (n need) what() string {
	if n.slices {
		return fmt.Sprintf("list endpointslices of service %s/%s", n.namespace, n.name)
	}
	return fmt.Sprintf("get service %s/%s", n.namespace, n.name)
}

// zone answers as CoreDNS does for the cluster's domain, from what was read of the API:
// plugin/kubernetes (Services, findServices) and plugin/backend_lookup.go (A) of
// github.com/coredns/coredns.
type zone struct {
	s       *snapshot.Snapshot
	cluster *Cluster
	needs   []need
}

// record is what a full name has. False where that is not known.
func (z *zone) record(name string, visited ...string) (Record, bool) {
	name = strings.ToLower(name)
	m := z.cluster.meaning(name)
	none := Record{Name: name, A: NXDomain, AAAA: NXDomain}
	switch m.Kind {
	case MeansNothing:
		return none, !z.hasItsOwn(name)
	case MeansService, MeansPod:
	default:
		return Record{}, false
	}
	svc, known := z.service(m.Namespace, m.Service)
	switch {
	case !known:
		return Record{}, false
	case svc == nil:
		return none, true
	case svc.Spec.Type == corev1.ServiceTypeExternalName && m.Kind == MeansService:
		return z.alias(name, svc.Spec.ExternalName, visited)
	case svc.Spec.Type == corev1.ServiceTypeExternalName:
		return none, true
	case m.Kind == MeansService && svc.Spec.ClusterIP != corev1.ClusterIPNone:
		return byFamily(name, svc.Spec.ClusterIPs), true
	}
	return z.endpoints(name, m, svc)
}

// hasItsOwn says whether a name is one that CoreDNS knows without an object: the zone
// itself, a namespace, all Services or Pods, its own name server (ns.go, isDefaultNS).
func (z *zone) hasItsOwn(name string) bool {
	domain := strings.ToLower(z.cluster.Domain)
	if name == domain || strings.HasPrefix(name, "ns.dns."+domain) {
		return true
	}
	labels := strings.Split(strings.TrimSuffix(name, "."+domain), ".")
	last := labels[len(labels)-1]
	return len(labels) < 3 && (last == "svc" || last == "pod")
}

// service is a Service that was read, nil where it is known not to exist.
func (z *zone) service(namespace, name string) (*corev1.Service, bool) {
	if svc := z.s.Service(namespace, name); svc != nil {
		return svc, true
	}
	return nil, z.isAbsent(need{namespace, name, false})
}

// isAbsent says whether an object is known not to exist; what was not asked for is noted.
func (z *zone) isAbsent(n need) bool {
	if slices.Contains(z.s.Absent, n.object()) {
		return true
	}
	refused := slices.ContainsFunc(z.s.Missing, func(m snapshot.Missing) bool { return m.What == n.what() })
	if !refused && !slices.Contains(z.needs, n) {
		z.needs = append(z.needs, n)
	}
	return false
}

// maxAliases is how far CoreDNS follows an alias inside of its zone: so many aliases may
// be in front of one (plugin/backend_lookup.go, maxCnameChainLength).
const maxAliases = 10

// alias is the record of an ExternalName. An address in it is not served: CoreDNS makes
// CNAMEs only. A target in the zone that has nothing, and one that was met before, leave
// the name without data.
func (z *zone) alias(name, target string, visited []string) (Record, bool) {
	target = strings.ToLower(strings.TrimSuffix(target, "."))
	empty := Record{Name: name, A: NoData, AAAA: NoData, External: target}
	switch {
	case isAddress(target):
		return Record{Name: name, A: NXDomain, AAAA: NXDomain, External: target}, true
	case strings.EqualFold(target, name), slices.Contains(visited, target), len(visited) > maxAliases:
		empty.Nowhere = true
		return empty, true
	case !strings.HasSuffix(target, "."+strings.ToLower(z.cluster.Domain)):
		return Record{Name: name, Aliases: []string{target}, External: target, Partial: true}, true
	}
	behind, known := z.record(target, append(visited, strings.ToLower(name))...)
	if !known {
		return Record{}, false
	}
	r := Record{
		Name: name, A: behind.A, AAAA: behind.AAAA, Aliases: append([]string{target}, behind.Aliases...),
		Addresses: behind.Addresses, External: target, Nowhere: behind.Nowhere, Partial: behind.Partial,
	}
	if behind.A == NXDomain {
		empty.Nowhere = true
		return empty, true
	}
	return r, true
}

// endpoints is what a headless Service has, and what an endpoint of any Service has by
// its hostname, or by its address with dashes where it has no hostname.
func (z *zone) endpoints(name string, m Meaning, svc *corev1.Service) (Record, bool) {
	list := z.s.SlicesOf(svc.Namespace, svc.Name)
	if len(list) == 0 && !z.isAbsent(need{svc.Namespace, svc.Name, true}) {
		return Record{}, false
	}
	var addresses []string
	for _, slice := range list {
		if slice.AddressType == discoveryv1.AddressTypeFQDN {
			// Names as endpoints become aliases, whose ends only their own servers know.
			return Record{}, false
		}
		for _, e := range slice.Endpoints {
			if e.Conditions.Ready != nil && !*e.Conditions.Ready {
				continue
			}
			for _, address := range e.Addresses {
				if m.Kind == MeansService || strings.EqualFold(endpointName(e.Hostname, address), m.Host) {
					addresses = append(addresses, address)
				}
			}
		}
	}
	if len(addresses) == 0 {
		return Record{Name: name, A: NXDomain, AAAA: NXDomain}, true
	}
	slices.Sort(addresses)
	return byFamily(name, slices.Compact(addresses)), true
}

func endpointName(hostname *string, address string) string {
	if hostname != nil && *hostname != "" {
		return *hostname
	}
	return strings.NewReplacer(".", "-", ":", "-").Replace(address)
}

func byFamily(name string, addresses []string) Record {
	r := Record{Name: name, A: NoData, AAAA: NoData, Addresses: addresses}
	for _, address := range addresses {
		if strings.Contains(address, ":") {
			r.AAAA = Addresses
		} else {
			r.A = Addresses
		}
	}
	return r
}
