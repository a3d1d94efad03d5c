package svcpath

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// Setting is a field of the Service that changes its path and is not as most Services
// have it.
type Setting struct {
	// Field is its path, such as "spec.externalTrafficPolicy".
	Field string `json:"field"`
	Value string `json:"value"`
}

// HealthCheck is what kube-proxy's own server on the node tells a load balancer. It is
// computed, and that of a kube-proxy that works.
type HealthCheck struct {
	Family   string `json:"family"`
	NodePort int32  `json:"nodePort"`
	// LocalEndpoints counts ready endpoints on the node, each address once.
	LocalEndpoints int `json:"localEndpoints"`
	// Status is the HTTP status: 200, or 503 where there is none.
	Status int `json:"status"`
}

// settings lists the fields that differ from what most Services have.
func settings(svc *corev1.Service) []Setting {
	var out []Setting
	add := func(field, value, usual string) {
		if value != usual {
			out = append(out, Setting{"spec." + field, value})
		}
	}
	spec := &svc.Spec
	add("internalTrafficPolicy", fieldOr(spec.InternalTrafficPolicy, "Cluster"), "Cluster")
	add("externalTrafficPolicy", or(string(spec.ExternalTrafficPolicy), "Cluster"), "Cluster")
	add("trafficDistribution", fieldOr(spec.TrafficDistribution, ""), "")
	if spec.SessionAffinity == corev1.ServiceAffinityClientIP {
		seconds := fmt.Sprint(corev1.DefaultClientIPServiceAffinitySeconds)
		if c := spec.SessionAffinityConfig; c != nil && c.ClientIP != nil && c.ClientIP.TimeoutSeconds != nil {
			seconds = fmt.Sprint(*c.ClientIP.TimeoutSeconds)
		}
		add("sessionAffinity", "ClientIP for "+seconds+" s", "")
	}
	add("publishNotReadyAddresses", fmt.Sprint(spec.PublishNotReadyAddresses), "false")
	add("externalIPs", strings.Join(spec.ExternalIPs, ", "), "")
	add("loadBalancerSourceRanges", strings.Join(spec.LoadBalancerSourceRanges, ", "), "")
	if spec.AllocateLoadBalancerNodePorts != nil {
		add("allocateLoadBalancerNodePorts", fmt.Sprint(*spec.AllocateLoadBalancerNodePorts), "true")
	}
	add("healthCheckNodePort", portNumber(spec.HealthCheckNodePort), "0")
	return out
}

func fieldOr[T ~string](field *T, unset string) string {
	if field == nil {
		return unset
	}
	return string(*field)
}

// healthChecks computes what the node answers at the healthCheckNodePort, of which
// kube-proxy has a server for each IP family.
func (a *analysis) healthChecks() {
	byFamily := map[corev1.IPFamily][]kubeproxy.ServicePort{}
	var order []corev1.IPFamily
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		if p.HealthCheckNodePort != 0 && a.path.Node != nil {
			byFamily[p.Family] = append(byFamily[p.Family], p)
			if !slices.Contains(order, p.Family) {
				order = append(order, p.Family)
			}
		}
	}
	for _, family := range order {
		h := kubeproxy.HealthOf(byFamily[family], a.s.SlicesOf(a.svc.Namespace, a.svc.Name), a.info)
		a.path.HealthChecks = append(a.path.HealthChecks, HealthCheck{
			Family: string(family), NodePort: a.svc.Spec.HealthCheckNodePort, LocalEndpoints: h.LocalEndpoints, Status: h.Status,
		})
		a.find(explain.Finding{
			Code: explain.HealthCheckAnswer, Severity: explain.Info, Proof: explain.ProofComputed,
			Args: map[string]string{
				"service": a.name(), "node": a.info.Name, "nodePort": portNumber(a.svc.Spec.HealthCheckNodePort),
				"status": fmt.Sprint(h.Status), "count": fmt.Sprint(h.LocalEndpoints),
			},
			Evidence: []explain.Evidence{{Where: "Service " + a.name(), What: fmt.Sprintf("spec.healthCheckNodePort: %d", a.svc.Spec.HealthCheckNodePort)}},
			Next:     []string{fmt.Sprintf("curl -i http://%s:%d/", a.info.Name, a.svc.Spec.HealthCheckNodePort)},
		})
	}
}

// fields words what single fields of the Service do for this port on this node.
func (v *view) fields() {
	v.numbers()
	if v.path.Node == nil || len(v.eps) == 0 {
		return
	}
	v.externalDropped()
	v.hints()
	v.published()
}

// numbers words a named targetPort that is not the same number on all Pods.
func (v *view) numbers() {
	pods := map[uint16][]string{}
	var order []uint16
	for _, e := range v.out.Endpoints {
		at, err := netip.ParseAddrPort(e.Address)
		if err != nil || !e.InAPI {
			continue
		}
		if _, have := pods[at.Port()]; !have {
			order = append(order, at.Port())
		}
		pods[at.Port()] = append(pods[at.Port()], strings.TrimPrefix(or(e.Pod, at.Addr().String()), v.svc.Namespace+"/"))
	}
	if len(order) < 2 {
		return
	}
	slices.Sort(order)
	var words []string
	for _, number := range order {
		words = append(words, fmt.Sprintf("%d on %s", number, someOf(pods[number])))
	}
	v.policy(explain.TargetPortNumbersDiffer, explain.Info, "spec.ports: targetPort "+v.p.TargetPort.String(),
		"targetPort", v.p.TargetPort.String(), "numbers", strings.Join(words, "; "))
}

// externalDropped is for the policy Local at addresses that are no NodePort.
func (v *view) externalDropped() {
	var addresses []string
	for _, ip := range slices.Concat(v.p.ExternalIPs, v.p.LoadBalancerIPs) {
		addresses = append(addresses, ip.String())
	}
	if addresses != nil && v.p.ExternalVerdict(v.used) == kubeproxy.VerdictDrop {
		v.policy(explain.ExternalAddressDropped, explain.Warning, "spec.externalTrafficPolicy: Local; no endpoint on "+v.info.Name,
			"addresses", strings.Join(addresses, ", "))
	}
}

// unfollowed words why hints do nothing on a node.
var unfollowed = map[kubeproxy.HintState]string{
	kubeproxy.HintsAbsent:     "no ready endpoint has a hint",
	kubeproxy.HintsIncomplete: "a ready endpoint has no hint",
	kubeproxy.HintsElsewhere:  "no hint names this node or its zone",
	kubeproxy.HintsNoZone:     "the node has no label " + corev1.LabelTopologyZone,
	kubeproxy.HintsDisabled:   "this kube-proxy wants the annotation " + corev1.AnnotationTopologyMode,
}

// hints says where a wish for near endpoints has no effect.
func (v *view) hints() {
	wish := fieldOr(v.svc.Spec.TrafficDistribution, "")
	reason, not := unfollowed[v.used.Hints]
	ready := slices.ContainsFunc(v.eps, func(ep kubeproxy.Endpoint) bool { return ep.Ready })
	if wish != "" && not && ready && v.p.UsesCluster() {
		v.policy(explain.HintsNotFollowed, explain.Info, "spec.trafficDistribution: "+wish, "mode", wish, "reason", reason)
	}
}

// published names the endpoints that are used though their Pods are not ready.
func (v *view) published() {
	var list []string
	for _, e := range v.out.Endpoints {
		if strings.HasPrefix(e.State, "published, ") {
			list = append(list, strings.TrimPrefix(or(e.Pod, e.Address), v.svc.Namespace+"/"))
		}
	}
	if list != nil {
		v.policy(explain.NotReadyPublished, explain.Warning, "spec.publishNotReadyAddresses: true", "count", fmt.Sprint(len(list)), "pods", someOf(list))
	}
}

// whyUnused is "" for an endpoint that the node should use, and where no node is known.
func (v *view) whyUnused(ep kubeproxy.Endpoint) string {
	for _, u := range v.used.Unused {
		if u.Address == ep.Address && v.path.Node != nil {
			return string(u.Reason)
		}
	}
	return ""
}
