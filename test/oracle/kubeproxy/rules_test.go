// Package kubeproxy holds pkg/kubeproxy against the kube-proxy of Kubernetes 1.37.
package kubeproxy

import (
	"flag"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

var (
	seed    = flag.Uint64("seed", 1, "where the random objects start")
	batches = flag.Int("batches", 1000, "how many sets of random objects, each for both families")
)

const servicesPerBatch = 20

// TestRules has the real proxier program random Services, and expects of it rule by rule
// what pkg/kubeproxy says: which chains there are and what they are called, which endpoints
// are in them in which order, and what is refused or dropped.
func TestRules(t *testing.T) {
	var n tally
	for batch := range *batches {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(batch)))}
		node := kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...), Zone: oneOf(m, append(zoneNames, "")...)}
		var services []*corev1.Service
		var all []discoveryv1.EndpointSlice
		for i := range servicesPerBatch {
			services = append(services, m.service(i))
			all = append(all, m.slices(services[i])...)
		}
		for _, family := range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			got := parseRules(realRules(t, family, node, services, all))
			want := rules{}
			for _, svc := range services {
				for _, p := range kubeproxy.ServicePorts(svc) {
					if other(p, family) {
						continue
					}
					u := kubeproxy.UsedEndpoints(p, kubeproxy.Endpoints(p, all), node)
					expected{want, p, u}.servicePort()
					n.count(p, u)
				}
			}
			if diff := difference(comparable(got), comparable(want)); diff != "" {
				t.Fatalf("-seed %d, batch %d, %s, node %+v: (-kube-proxy +ours)\n%s\n%s", *seed, batch, family, node, diff, objectsOf(diff, services, all))
			}
		}
	}
	n.report(t)
}

// difference shows the chains that differ, and no others.
func difference(got, want rules) string {
	maps.DeleteFunc(got, func(chain string, lines []string) bool {
		same, ok := want[chain]
		if ok && slices.Equal(lines, same) {
			delete(want, chain)
			return true
		}
		return false
	})
	return cmp.Diff(got, want)
}

// comparable leaves the rules that depend on Services, and sorts them where kube-proxy's
// order is that of a map.
func comparable(all rules) rules {
	kept := rules{}
	for chain, lines := range all {
		switch _, name, _ := strings.Cut(chain, " "); name {
		case "KUBE-POSTROUTING", "KUBE-MARK-MASQ", "KUBE-FORWARD", "KUBE-FIREWALL":
			continue
		case "KUBE-SERVICES", "KUBE-EXTERNAL-SERVICES", "KUBE-NODEPORTS", "KUBE-PROXY-FIREWALL":
			lines = slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.HasSuffix(l, "-j KUBE-NODEPORTS") })
			slices.Sort(lines)
			if len(lines) == 0 {
				continue
			}
		}
		kept[chain] = lines
	}
	return kept
}

// objectsOf prints the first Service that a difference speaks of, with its slices.
func objectsOf(diff string, services []*corev1.Service, all []discoveryv1.EndpointSlice) string {
	for _, svc := range services {
		if !strings.Contains(diff, svc.Namespace+"/"+svc.Name+":") && !strings.Contains(diff, svc.Namespace+"/"+svc.Name+" ") {
			continue
		}
		objects := []any{svc}
		for i := range all {
			if strings.HasPrefix(all[i].Name, svc.Name+"-") {
				objects = append(objects, &all[i])
			}
		}
		text, err := yaml.Marshal(objects)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	return ""
}
