package dns

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// maxRequests bounds what is asked about names, so that a run has at most six requests:
// of names beyond that nothing is known.
const maxRequests = 4

// records finds out what the API says of the names that the lookups would try: whether
// the Service is there, and what CoreDNS answers for it
// (github.com/coredns/coredns, plugin/kubernetes, and the DNS specification of Kubernetes).
func (g *gathering) records(ctx context.Context) {
	asked := map[string]*corev1.Service{}
	var known []string
	for _, lookup := range Analyze(*g.f).Lookups {
		for _, round := range lookup.Rounds {
			if slices.Contains(known, round.Name) || ctx.Err() != nil {
				continue
			}
			known = append(known, round.Name)
			if record, ok := g.record(ctx, round, asked); ok {
				g.f.Records = append(g.f.Records, record)
			}
		}
	}
}

// record is what a full name has. False where that is not known.
func (g *gathering) record(ctx context.Context, round LookupRound, asked map[string]*corev1.Service) (Record, bool) {
	m := round.Means
	switch m.Kind {
	case MeansNothing:
		return g.noName(round.Name)
	case MeansService, MeansPod:
	default:
		return Record{}, false
	}
	key := m.Namespace + "/" + m.Service
	svc, seen := asked[key]
	if !seen {
		if !g.mayAsk() {
			return Record{}, false
		}
		found, err := g.Client.CoreV1().Services(m.Namespace).Get(ctx, m.Service, metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
		case err != nil:
			g.missing("get service "+key, err, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"services"}, Verbs: []string{"get"}})
			return Record{}, false
		default:
			svc = found
		}
		asked[key] = svc
	}
	return g.ofService(ctx, round.Name, m, svc)
}

func (g *gathering) mayAsk() bool {
	g.requests++
	return g.requests <= maxRequests
}

// noName is a name below the cluster's domain of a form that no object has. The names of
// a namespace, and svc itself, have no records of their own but exist.
func (g *gathering) noName(name string) (Record, bool) {
	cluster := Analyze(Facts{File: g.f.File, Libc: g.f.Libc}).Cluster
	if cluster == nil {
		return Record{}, false
	}
	labels := strings.Split(strings.TrimSuffix(name, "."+cluster.Domain), ".")
	if last := labels[len(labels)-1]; len(labels) < 3 && (last == "svc" || last == "pod") {
		return Record{}, false
	}
	return Record{Name: name, A: NXDomain, AAAA: NXDomain}, true
}

// ofService is what CoreDNS answers for a Service, or for a Pod of a headless one.
func (g *gathering) ofService(ctx context.Context, name string, m Meaning, svc *corev1.Service) (Record, bool) {
	none := Record{Name: name, A: NXDomain, AAAA: NXDomain}
	switch {
	case svc == nil:
		return none, true
	case svc.Spec.Type == corev1.ServiceTypeExternalName:
		// What the name behind the CNAME has, only its own servers know.
		return Record{}, false
	case svc.Spec.ClusterIP == corev1.ClusterIPNone:
		return g.headless(ctx, name, m, svc)
	case m.Kind == MeansPod:
		return none, true
	}
	return byFamily(name, svc.Spec.ClusterIPs), true
}

// headless has the addresses of its endpoints; a name in front is that of one of them.
func (g *gathering) headless(ctx context.Context, name string, m Meaning, svc *corev1.Service) (Record, bool) {
	if !g.mayAsk() {
		return Record{}, false
	}
	list, err := g.Client.DiscoveryV1().EndpointSlices(svc.Namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + svc.Name})
	if err != nil {
		g.missing(fmt.Sprintf("list endpointslices of service %s/%s", svc.Namespace, svc.Name), err,
			rbacv1.PolicyRule{APIGroups: []string{"discovery.k8s.io"}, Resources: []string{"endpointslices"}, Verbs: []string{"list"}})
		return Record{}, false
	}
	var addresses []string
	for _, slice := range list.Items {
		for _, e := range slice.Endpoints {
			ready := e.Conditions.Ready == nil || *e.Conditions.Ready
			named := m.Kind == MeansService || e.Hostname != nil && strings.EqualFold(*e.Hostname, m.Host)
			if ready && named {
				addresses = append(addresses, e.Addresses...)
			}
		}
	}
	// What a DNS server says of a headless Service without addresses is its own affair.
	return byFamily(name, addresses), len(addresses) > 0
}

func byFamily(name string, addresses []string) Record {
	r := Record{Name: name, A: NoData, AAAA: NoData}
	for _, address := range addresses {
		if strings.Contains(address, ":") {
			r.AAAA = Addresses
		} else {
			r.A = Addresses
		}
	}
	return r
}
