package svcpath

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// Managers of EndpointSlices in their label endpointslice.kubernetes.io/managed-by
// (k8s.io/endpointslice/reconciler.go, pkg/controller/endpointslicemirroring).
const (
	managerPods   = "endpointslice-controller.k8s.io"
	managerMirror = "endpointslicemirroring-controller.k8s.io"
)

// apiServer is the Service whose slices the API servers themselves write
// (pkg/controlplane/reconcilers/endpointsadapter.go).
const apiServer = metav1.NamespaceDefault + "/kubernetes"

// slicesByHand judges EndpointSlices that no selector keeps right: where they come from,
// and what in them kube-proxy passes over.
func (a *analysis) slicesByHand() {
	var list []discoveryv1.EndpointSlice
	var made, mirrored []string
	for _, slice := range a.s.SlicesOf(a.svc.Namespace, a.svc.Name) {
		switch {
		case !byHand(a.svc, &slice) || len(slice.Endpoints) == 0:
			continue
		case slice.Labels[discoveryv1.LabelManagedBy] == managerMirror:
			mirrored = append(mirrored, slice.Name)
		default:
			made = append(made, slice.Name)
		}
		list = append(list, slice)
	}
	a.unselected(made, mirrored)
	a.targetsByHand(list)
	if kubeproxy.Skipped(a.svc) == "" && list != nil {
		a.slicesUnused(list)
	}
}

// unselected says where the endpoints of a Service without a selector come from.
func (a *analysis) unselected(made, mirrored []string) {
	if len(a.svc.Spec.Selector) > 0 {
		return
	}
	if mirrored != nil {
		a.apiFinding(explain.EndpointsMirrored, explain.Info, map[string]string{"slices": someOf(mirrored)}, "EndpointSlices managed by "+managerMirror+": "+someOf(mirrored))
	}
	if made != nil {
		a.path.Service.Settings = append(a.path.Service.Settings, Setting{"spec.selector", "<none>, EndpointSlices by hand: " + someOf(made)})
	}
}

// slicesUnused reports slices that kube-proxy cannot use: of a family that the Service
// does not have, or without a port of the name that a port of the Service has.
func (a *analysis) slicesUnused(list []discoveryv1.EndpointSlice) {
	families := map[discoveryv1.AddressType]bool{}
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		families[discoveryv1.AddressType(p.Family)] = true
	}
	for i := range list {
		if s := &list[i]; !families[s.AddressType] {
			a.sliceFinding(explain.SliceFamilyUnused, explain.Warning, s, "addressType: "+string(s.AddressType),
				"addressType", string(s.AddressType), "families", familyWords(a.svc))
		}
	}
	all := a.s.SlicesOf(a.svc.Namespace, a.svc.Name)
	for _, p := range kubeproxy.ServicePorts(a.svc) {
		if !a.req.wanted(p.Port, p.Number) || len(kubeproxy.Endpoints(p, all)) > 0 {
			continue
		}
		for i := range list {
			if s := &list[i]; s.AddressType == discoveryv1.AddressType(p.Family) {
				a.sliceFinding(explain.SlicePortUnmatched, explain.Error, s, "ports: "+portsWords(s),
					"port", portWord(p.Number, corev1.Protocol(strings.ToUpper(p.Protocol))), "name", nameWords(p.Port), "has", portsWords(s))
			}
		}
	}
}

func familyWords(svc *corev1.Service) string {
	var words []string
	for _, p := range kubeproxy.ServicePorts(svc) {
		words = append(words, string(p.Family))
	}
	slices.Sort(words)
	return strings.Join(slices.Compact(words), ", ")
}

// nameWords is a port's name, which may be empty.
func nameWords(name string) string { return fmt.Sprintf("%q", name) }

// portsWords lists the ports of a slice as kube-proxy sees them.
func portsWords(slice *discoveryv1.EndpointSlice) string {
	var words []string
	for _, p := range slice.Ports {
		name, number, protocol := "", "no number", corev1.ProtocolTCP
		if p.Name != nil {
			name = *p.Name
		}
		if p.Protocol != nil {
			protocol = *p.Protocol
		}
		if p.Port != nil {
			number = portNumber(*p.Port)
		}
		words = append(words, fmt.Sprintf("%s %s/%s", nameWords(name), number, strings.ToLower(string(protocol))))
	}
	return or(strings.Join(words, ", "), "<none>")
}

func (a *analysis) sliceFinding(code string, severity explain.Severity, slice *discoveryv1.EndpointSlice, what string, more ...string) {
	args := map[string]string{"service": a.name(), "slice": slice.Name}
	for i := 0; i+1 < len(more); i += 2 {
		args[more[i]] = more[i+1]
	}
	a.find(explain.Finding{
		Code: code, Severity: severity, Proof: explain.ProofAPI, Args: args,
		Evidence: []explain.Evidence{{Where: "EndpointSlice " + slice.Namespace + "/" + slice.Name, What: what}},
		Next:     []string{"kubectl -n " + slice.Namespace + " get endpointslice " + slice.Name + " -o yaml"},
	})
}

// somePodsWithoutPort is for a named targetPort that other Pods have: these are left out of
// the port, and nothing complains.
func (a *analysis) somePodsWithoutPort(port corev1.ServicePort, names []string, total int) {
	if len(names) == 0 {
		return
	}
	a.apiFinding(explain.SomePodsWithoutPort, explain.Warning, map[string]string{
		"port": portWord(port.Port, port.Protocol), "targetPort": port.TargetPort.StrVal, "pods": someOf(names),
		"count": fmt.Sprint(len(names)), "total": fmt.Sprint(total),
	}, "spec.ports: targetPort "+port.TargetPort.StrVal, "kubectl -n "+a.svc.Namespace+" get pod "+names[0]+" -o jsonpath={.spec.containers[*].ports}")
}
