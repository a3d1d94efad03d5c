package svcpath

import (
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// targets reads the Pods that slices by hand name: no controller keeps these names right.
// Of many, the first maxAsked are asked for.
func (g *gathering) targets(ctx context.Context, svc *corev1.Service) {
	var asked []string
	for _, slice := range g.s.SlicesOf(svc.Namespace, svc.Name) {
		for i := range slice.Endpoints {
			ref := slice.Endpoints[i].TargetRef
			if !byHand(svc, &slice) || !namesPod(ref, svc.Namespace) || slices.Contains(asked, ref.Name) || g.s.Pod(svc.Namespace, ref.Name) != nil {
				continue
			}
			if asked = append(asked, ref.Name); len(asked) > maxAsked || !g.target(ctx, svc.Namespace, ref.Name) {
				return
			}
		}
	}
}

// target reads a Pod, and says whether the next question makes sense.
func (g *gathering) target(ctx context.Context, namespace, name string) bool {
	list, err := g.Client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String(),
	})
	if err != nil {
		g.missing(err, "list pods in namespace "+namespace, "pods")
		return false
	}
	found := slices.DeleteFunc(list.Items, func(p corev1.Pod) bool { return p.Name != name })
	if len(found) == 0 {
		g.s.Absent = add(g.s.Absent, absentPod(namespace, name))
	}
	g.keep(found)
	return true
}

func absentPod(namespace, name string) string { return "Pod " + namespace + "/" + name }

// byHand says whether no selector keeps a slice right.
func byHand(svc *corev1.Service, slice *discoveryv1.EndpointSlice) bool {
	return slice.Labels[discoveryv1.LabelManagedBy] != managerPods && svc.Namespace+"/"+svc.Name != apiServer
}

func namesPod(ref *corev1.ObjectReference, namespace string) bool {
	return ref != nil && ref.Kind == "Pod" && ref.Name != "" && (ref.Namespace == "" || ref.Namespace == namespace)
}

// wrongTarget says why an address is not the one of the Pod that its slice names, "" where
// it is, or where that is not known.
func (a *analysis) wrongTarget(ref *corev1.ObjectReference, address string) string {
	if !namesPod(ref, a.svc.Namespace) {
		return ""
	}
	pod := a.s.Pod(a.svc.Namespace, ref.Name)
	switch {
	case pod == nil && slices.Contains(a.s.Absent, absentPod(a.svc.Namespace, ref.Name)):
		return "there is no such Pod"
	case pod == nil || podHas(pod, address):
		return ""
	case len(pod.Status.PodIPs) == 0:
		return "the Pod has no address"
	}
	var has []string
	for _, ip := range pod.Status.PodIPs {
		has = append(has, ip.IP)
	}
	return "the Pod has " + strings.Join(has, ", ")
}

// targetsByHand reports endpoints whose slice names a Pod that does not have their address.
func (a *analysis) targetsByHand(list []discoveryv1.EndpointSlice) {
	for i := range list {
		var pods, reasons []string
		for _, ep := range list[i].Endpoints {
			for _, address := range ep.Addresses[:min(len(ep.Addresses), 1)] {
				if why := a.wrongTarget(ep.TargetRef, address); why != "" {
					pods, reasons = append(pods, fmt.Sprintf("%s as %s", address, ep.TargetRef.Name)), add(reasons, ep.TargetRef.Name+": "+why)
				}
			}
		}
		if pods != nil && kubeproxy.Skipped(a.svc) != kubeproxy.SkippedExternalName {
			a.sliceFinding(explain.SliceTargetWrong, explain.Warning, &list[i], "targetRef: "+someOf(reasons),
				"endpoints", someOf(pods), "reason", someOf(reasons))
		}
	}
}
