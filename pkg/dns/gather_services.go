package dns

import (
	"context"
	"net/netip"
	"slices"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// services reads what the records of the names are made of, one object after the other,
// until nothing is missing: an ExternalName may lead to further Services.
func (g *gathering) services(ctx context.Context) {
	for ctx.Err() == nil {
		f, err := FactsOf(g.s, g.req)
		f.needs = slices.DeleteFunc(f.needs, func(n need) bool { return g.asked(n.what()) })
		if err != nil || len(f.needs) == 0 {
			return
		}
		for _, n := range f.needs {
			if n.slices {
				g.slices(ctx, n)
			} else {
				g.service(ctx, n)
			}
		}
	}
}

func (g *gathering) service(ctx context.Context, n need) {
	if !g.mayAsk(n.what()) {
		return
	}
	svc, err := g.Client.CoreV1().Services(n.namespace).Get(ctx, n.name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		g.s.Absent = append(g.s.Absent, n.object())
	case err != nil:
		g.missing(n.what(), err, "", "services", "get")
	default:
		g.s.Services = append(g.s.Services, snapshot.SlimService(svc))
	}
}

func (g *gathering) slices(ctx context.Context, n need) {
	if !g.mayAsk(n.what()) {
		return
	}
	list, err := g.Client.DiscoveryV1().EndpointSlices(n.namespace).List(ctx, metav1.ListOptions{LabelSelector: discoveryv1.LabelServiceName + "=" + n.name})
	if err != nil {
		g.missing(n.what(), err, "discovery.k8s.io", "endpointslices", "list")
		return
	}
	if len(list.Items) == 0 {
		g.s.Absent = append(g.s.Absent, n.object())
	}
	for i := range list.Items {
		g.s.EndpointSlices = append(g.s.EndpointSlices, snapshot.SlimSlice(&list.Items[i]))
	}
}

// elsewhere looks for the Services of other namespaces that have a name which this one
// has not. The API server looks for the name, so that no list is sent.
func (g *gathering) elsewhere(ctx context.Context) {
	f, err := FactsOf(g.s, g.req)
	if err != nil {
		return
	}
	for _, l := range Analyze(f).Lookups {
		if !l.lacksService() {
			continue
		}
		what := "find Services of the name " + l.Name + " in all namespaces"
		if !g.mayAsk(what) {
			return
		}
		list, err := g.Client.CoreV1().Services("").List(ctx, metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("metadata.name", l.Name).String()})
		if err != nil {
			g.missing(what, err, "", "services", "list")
			return
		}
		for i := range list.Items {
			g.s.Services = append(g.s.Services, snapshot.SlimService(&list.Items[i]))
		}
	}
}

// servers are the nameservers that are asked.
func (g *gathering) servers() []string {
	f, err := FactsOf(g.s, g.req)
	if err != nil {
		return nil
	}
	return Analyze(f).Config.Servers
}

// nameservers finds the Service of each nameserver by its address, and its endpoints.
func (g *gathering) nameservers(ctx context.Context, addresses []string) {
	for _, address := range addresses {
		if ip, err := netip.ParseAddr(address); err != nil || ip.IsLoopback() || ip.IsLinkLocalUnicast() {
			continue
		}
		svc := g.serviceAt(ctx, address)
		if svc == nil {
			continue
		}
		if n := (need{svc.Namespace, svc.Name, true}); len(g.s.SlicesOf(n.namespace, n.name)) == 0 {
			g.slices(ctx, n)
		}
	}
}

// serviceAt is the Service that has an address as its first clusterIP, nil where there is
// none or that is not known. The API server looks for it (field selector spec.clusterIP,
// pkg/apis/core/v1/conversion.go), so that no list is sent.
func (g *gathering) serviceAt(ctx context.Context, address string) *corev1.Service {
	if svc := withClusterIP(g.s, address); svc != nil {
		return svc
	}
	if what := findByIP(address); g.mayAsk(what) {
		list, err := g.Client.CoreV1().Services("").List(ctx, metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector("spec.clusterIP", address).String()})
		if err != nil {
			g.missing(what, err, "", "services", "list")
			return nil
		}
		g.s.Absent = append(g.s.Absent, "Service with clusterIP "+address)
		for i := range list.Items {
			g.s.Services = append(g.s.Services, snapshot.SlimService(&list.Items[i]))
		}
	}
	return withClusterIP(g.s, address)
}

func findByIP(address string) string { return "find the Service with clusterIP " + address }
