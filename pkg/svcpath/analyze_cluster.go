package svcpath

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// cluster judges what the API alone tells: does the Service have Pods, are they
// ready, do they have the port.
func (a *analysis) cluster() {
	if a.svc.Spec.Type == corev1.ServiceTypeExternalName {
		return
	}
	a.loadBalancer()
	a.slicesByHand()
	if len(a.svc.Spec.Selector) == 0 {
		if len(a.s.SlicesOf(a.svc.Namespace, a.svc.Name)) == 0 {
			a.apiFinding(explain.NoSelectorNoSlices, explain.Error, nil, "spec.selector: <none>; no EndpointSlice has the label kubernetes.io/service-name="+a.svc.Name)
		}
		return
	}
	if a.podsUnknown() {
		return
	}
	pods := a.matching()
	selector := labels.Set(a.svc.Spec.Selector).String()
	if kubeproxy.Skipped(a.svc) == kubeproxy.SkippedHeadless {
		a.headlessPorts(pods)
		return
	}
	if len(pods) == 0 {
		a.apiFinding(explain.SelectorMatchesNoPod, explain.Error, map[string]string{"selector": selector}, "spec.selector: "+selector,
			"kubectl -n "+a.svc.Namespace+" get pods --show-labels")
		return
	}
	a.readiness(pods)
	for _, port := range a.svc.Spec.Ports {
		a.targetPort(port, pods)
	}
}

// podsUnknown says whether the Pods of the Service's namespace could not be listed:
// then none in the snapshot does not mean none in the cluster.
func (a *analysis) podsUnknown() bool {
	for _, m := range a.s.Missing {
		if m.What == "list pods in namespace "+a.svc.Namespace {
			return true
		}
	}
	return false
}

func (a *analysis) readiness(pods []*corev1.Pod) {
	var not []*corev1.Pod
	for _, pod := range pods {
		if !isReady(pod) {
			not = append(not, pod)
		}
	}
	// With publishNotReadyAddresses, Pods get connections whether ready or not.
	if len(not) == 0 || a.svc.Spec.PublishNotReadyAddresses {
		return
	}
	next := "kubectl -n " + a.svc.Namespace + " describe pod " + not[0].Name
	if len(not) == len(pods) {
		a.apiFinding(explain.NoMatchingPodReady, explain.Error, map[string]string{"count": fmt.Sprint(len(pods)), "pods": listed(not)}, conditionOf(not[0]), next)
		return
	}
	a.apiFinding(explain.SomePodsNotReady, explain.Info, map[string]string{"count": fmt.Sprint(len(not)), "total": fmt.Sprint(len(pods)), "pods": listed(not)}, conditionOf(not[0]), next)
}

func conditionOf(pod *corev1.Pod) string {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return strings.TrimSuffix(fmt.Sprintf("Pod %s: condition Ready is %s (%s): %s", pod.Name, c.Status, c.Reason, c.Message), ": ")
		}
	}
	return "Pod " + pod.Name + ": no condition Ready"
}

// targetPort reports a named targetPort that no Pod of the Service has. A Pod
// without it is left out of the EndpointSlices of that port.
func (a *analysis) targetPort(port corev1.ServicePort, pods []*corev1.Pod) {
	if port.TargetPort.Type != intstr.String || !a.req.wanted(port.Name, port.Port) {
		return
	}
	var names []string
	for _, pod := range pods {
		if !hasPort(pod, port.TargetPort.StrVal, port.Protocol) {
			names = append(names, pod.Name)
		}
	}
	if len(names) < len(pods) {
		a.somePodsWithoutPort(port, names, len(pods))
		return
	}
	if len(names) > maxListed {
		names = append(names[:maxListed], "…")
	}
	a.apiFinding(explain.TargetPortNameMissing, explain.Error,
		map[string]string{"port": portWord(port.Port, port.Protocol), "targetPort": port.TargetPort.StrVal, "pods": strings.Join(names, ", ")},
		fmt.Sprintf("spec.ports: targetPort %s; %s", port.TargetPort.StrVal, portsOf(pods[0])),
		"kubectl -n "+a.svc.Namespace+" get pod "+names[0]+" -o jsonpath={.spec.containers[*].ports}")
}

// hasPort looks where the slice controller does: in the containers, and in the
// init containers that stay as sidecars (endpointslice/utils.go FindPort).
func hasPort(pod *corev1.Pod, name string, protocol corev1.Protocol) bool {
	for _, c := range portContainers(pod) {
		for _, p := range c.Ports {
			same := p.Protocol == protocol || (p.Protocol == "" && protocol == corev1.ProtocolTCP)
			if p.Name == name && same {
				return true
			}
		}
	}
	return false
}

func portContainers(pod *corev1.Pod) []corev1.Container {
	all := slices.Clone(pod.Spec.Containers)
	for _, c := range pod.Spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			all = append(all, c)
		}
	}
	return all
}

func portsOf(pod *corev1.Pod) string {
	var have []string
	for _, c := range portContainers(pod) {
		for _, p := range c.Ports {
			have = append(have, strings.TrimPrefix(fmt.Sprintf("%s=%d", p.Name, p.ContainerPort), "="))
		}
	}
	if len(have) == 0 {
		return "Pod " + pod.Name + " has no ports"
	}
	return "ports of Pod " + pod.Name + ": " + strings.Join(have, ", ")
}

// skipped words the Services for which kube-proxy makes no rules on any node.
func (a *analysis) skipped(why string) {
	a.path.Agreement = NoRules
	a.names(why)
	switch why {
	case kubeproxy.SkippedExternalName:
		if a.path.DNS.Names[0].CNAME == "" {
			return
		}
		a.apiFinding(explain.ExternalNameNoRules, explain.Info, map[string]string{"target": a.svc.Spec.ExternalName}, "spec.externalName: "+a.svc.Spec.ExternalName)
	case kubeproxy.SkippedHeadless:
		a.apiFinding(explain.HeadlessNoRules, explain.Info, nil, "spec.clusterIP: None")
	default:
		label := kubeproxy.ProxyNameLabel
		a.apiFinding(explain.IgnoredByKubeProxy, explain.Warning, map[string]string{"proxy": a.svc.Labels[label]}, "metadata.labels: "+label+"="+a.svc.Labels[label])
	}
}

// apiFinding is a finding about the Service that the API server's word proves.
func (a *analysis) apiFinding(code string, severity explain.Severity, args map[string]string, what string, next ...string) {
	all := map[string]string{"service": a.name()}
	for k, v := range args {
		all[k] = v
	}
	a.find(explain.Finding{
		Code: code, Severity: severity, Proof: explain.ProofAPI, Args: all, Next: next,
		Evidence: []explain.Evidence{{Where: "Service " + a.name(), What: what}},
	})
}

func portWord(number int32, protocol corev1.Protocol) string {
	if protocol == "" {
		protocol = corev1.ProtocolTCP
	}
	return fmt.Sprintf("%d/%s", number, strings.ToLower(string(protocol)))
}
