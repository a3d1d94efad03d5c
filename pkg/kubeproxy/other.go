package kubeproxy

import "strings"

// Other is a component that can answer for Services in kube-proxy's place.
type Other struct {
	Name string
	// Tool shows what it does with them; "" where none is known here.
	Tool string
}

// others are known by how the chains begin that they make in iptables. That a component
// is there does not say that it replaces kube-proxy: all of them run beside it too.
var others = []struct {
	prefix string
	Other
}{
	// docs.cilium.io, "Kubernetes Without kube-proxy", cilium-dbg service list
	{"CILIUM_", Other{"Cilium", "kubectl -n kube-system exec ds/cilium -- cilium-dbg service list"}},
	{"OVN-KUBE-", Other{"OVN-Kubernetes", ""}},
	{"ANTREA-", Other{"Antrea", ""}},
	{"KUBE-ROUTER-", Other{"kube-router", ""}},
	{"cali-", Other{"Calico", ""}},
}

// Others lists the components whose chains are among these, in a fixed order.
func Others(chains []string) []Other {
	var out []Other
	for _, o := range others {
		for _, c := range chains {
			if strings.HasPrefix(c, o.prefix) {
				out = append(out, o.Other)
				break
			}
		}
	}
	return out
}
