package kubeproxy

import (
	"slices"
	"testing"
)

func TestOthers(t *testing.T) {
	names := func(chains ...string) (out []string) {
		for _, o := range Others(chains) {
			out = append(out, o.Name)
		}
		return out
	}
	for _, c := range []struct{ chains, want []string }{
		{[]string{"PREROUTING", "KUBE-SERVICES", "KUBE-SVC-X"}, nil},
		{[]string{"CILIUM_PRE_nat", "CILIUM_POST_nat", "PREROUTING"}, []string{"Cilium"}},
		{[]string{"cali-nat-outgoing", "OVN-KUBE-NODEPORT"}, []string{"OVN-Kubernetes", "Calico"}},
	} {
		if got := names(c.chains...); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.chains, got, c.want)
		}
	}
}
