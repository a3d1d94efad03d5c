package kubeproxy

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Other is a component that can answer for Services in kube-proxy's place.
type Other struct {
	Name string
	// prefix is how the chains begin that it makes in iptables.
	prefix string
	// key and value are the label of its Pod on each node.
	key, value string
	// where names the Pods for kubectl, where none of them is known.
	where string
	// containers are the names of the container that has the program, one for each way in
	// which the component is installed.
	containers []string
	// command shows what it does with Services.
	command string
	// condition asks whether it does answer for Services; "" where it does in any case.
	condition string
}

// others are in a fixed order. That one of them is there does not say that it replaces
// kube-proxy: all of them run beside it too.
var others = []Other{
	{
		// docs.cilium.io, "Kubernetes Without kube-proxy", cilium-dbg service list
		Name: "Cilium", prefix: "CILIUM_", key: "k8s-app", value: "cilium", where: "-n kube-system exec ds/cilium", containers: []string{"cilium-agent"},
		command:   "cilium-dbg service list",
		condition: "kubectl -n kube-system get configmap cilium-config -o jsonpath={.data.kube-proxy-replacement}",
	},
	{
		// ovn-kubernetes.io, OVN-Kubernetes Architecture; OpenShift names its container nbdb
		Name: "OVN-Kubernetes", prefix: "OVN-KUBE-", key: "app", value: "ovnkube-node", where: "-n ovn-kubernetes exec ds/ovnkube-node", containers: []string{"nb-ovsdb", "nbdb"},
		command: "ovn-nbctl lb-list",
	},
	{
		// antrea.io, antctl, "Dumping OVS flows"
		Name: "Antrea", prefix: "ANTREA-", key: "component", value: "antrea-agent", where: "-n kube-system exec ds/antrea-agent", containers: []string{"antrea-agent"},
		command:   "antctl get ovsflows -S SERVICE -n NAMESPACE",
		condition: "kubectl -n kube-system get configmap antrea-config -o yaml | grep proxyAll",
	},
	{
		// kube-router.io, "Pod Toolbox"
		Name: "kube-router", prefix: "KUBE-ROUTER-", key: "k8s-app", value: "kube-router", where: "-n kube-system exec ds/kube-router", containers: []string{"kube-router"},
		command:   "ipvsadm -Ln",
		condition: "kubectl -n kube-system get ds kube-router -o yaml | grep run-service-proxy",
	},
	{
		// docs.tigera.io, "Troubleshoot eBPF mode"
		Name: "Calico", prefix: "cali-", key: "k8s-app", value: "calico-node", where: "-n calico-system exec ds/calico-node", containers: []string{"calico-node"},
		command:   "calico-node -bpf nat dump",
		condition: "kubectl get felixconfiguration default -o jsonpath={.spec.bpfEnabled}",
	},
}

// Tool is the command that shows what the component does with Services, on any node.
func (o Other) Tool() string { return "kubectl " + o.where + " -- " + o.command }

// Next are the commands that show what the component does with a Service on the node of
// its Pod, and whether it answers for Services at all.
func (o Other) Next(pod *corev1.Pod, namespace, service string) []string {
	exec := "kubectl -n " + pod.Namespace + " exec " + pod.Name
	for _, c := range pod.Spec.Containers {
		if slices.Contains(o.containers, c.Name) {
			exec += " -c " + c.Name
		}
	}
	next := []string{exec + " -- " + strings.NewReplacer("NAMESPACE", namespace, "SERVICE", service).Replace(o.command)}
	if o.condition != "" {
		next = append(next, o.condition)
	}
	return next
}

// Label is by which its Pods are known, as a selector of labels.
func (o Other) Label() string { return o.key + "=" + o.value }

// Others lists the components whose chains are among these, in a fixed order.
func Others(chains []string) []Other {
	var out []Other
	for _, o := range others {
		if slices.ContainsFunc(chains, func(c string) bool { return strings.HasPrefix(c, o.prefix) }) {
			out = append(out, o)
		}
	}
	return out
}

// OtherOf returns the component that a Pod is of. ok is false where it is of none.
func OtherOf(pod *corev1.Pod) (other Other, ok bool) {
	i := slices.IndexFunc(others, func(o Other) bool { return pod.Labels[o.key] == o.value })
	if i < 0 {
		return Other{}, false
	}
	return others[i], true
}

// OtherSelectors are the selectors of labels that together match the Pods of every
// component, one for each key of a label.
func OtherSelectors() []string {
	var keys []string
	values := map[string][]string{}
	for _, o := range others {
		if values[o.key] == nil {
			keys = append(keys, o.key)
		}
		values[o.key] = append(values[o.key], o.value)
	}
	var out []string
	for _, key := range keys {
		out = append(out, key+" in ("+strings.Join(values[key], ",")+")")
	}
	return out
}
