// Package svcenv holds the environment that kubectl-kk predicts against the kubelet's code.
package svcenv

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/kubernetes/pkg/kubelet/envvars"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

// names are of the forms that a Service may have, and of some that it may not.
var names = []string{
	"redis", "redis-service", "my-db-2", "a", "1abc", "42", "x--y", "kubernetes", "redis-port", "redis-port-80-tcp",
	strings.Repeat("n", 63), "with.dots", "UPPER", "under_score",
}

// aService is a Service of every form: ports with and without names, of each protocol and
// of none, addresses of both families, headless ones and those of no address.
func aService(r *rand.Rand, namespace string) corev1.Service {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	svc := corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: names[r.IntN(len(names))]}}
	svc.Spec.ClusterIP = pick("10.0.0.1", "10.96.255.254", "fd00::1", "2001:db8::ffff:1", "None", "", "10.0.0.1", "fd00::1")
	svc.Spec.Type = corev1.ServiceType(pick("ClusterIP", "NodePort", "LoadBalancer"))
	if svc.Spec.ClusterIP == "" {
		svc.Spec.Type = corev1.ServiceTypeExternalName
	}
	svc.Spec.ClusterIPs = []string{svc.Spec.ClusterIP, "fd00::99"}
	for i := range 1 + r.IntN(4) {
		p := corev1.ServicePort{Port: int32(1 + r.IntN(65535)), Protocol: corev1.Protocol(pick("TCP", "UDP", "SCTP", ""))}
		p.TargetPort.IntVal, p.NodePort = int32(r.IntN(65536)), int32(r.IntN(32768))
		if i > 0 || r.IntN(2) == 0 {
			p.Name = pick("http", "my-port", "p", "https-alt", "1st", "UDP")
		}
		svc.Spec.Ports = append(svc.Spec.Ports, p)
	}
	return svc
}

// TestLinks: the variables of a Service are those of envvars.FromServices, in its order.
func TestLinks(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 1))
	withAddress := 0
	for range 2000 {
		svc := aService(r, "shop")
		var got, want []string
		for _, v := range envvars.FromServices([]*corev1.Service{&svc}) {
			want = append(want, v.Name+"="+v.Value)
		}
		for _, linked := range svcenv.Linked([]corev1.Service{svc}, "shop", true) {
			withAddress++
			for _, l := range svcenv.Links(linked) {
				got = append(got, l.Name+"="+l.Value)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("%+v (-kubelet +kk):\n%s", svc, diff)
		}
	}
	if withAddress < 1000 {
		t.Errorf("only %d Services with an address", withAddress)
	}
}

// mapped is what getServiceEnvVarMap (kubelet_pods.go) does with a list of Services, which
// is not exported: the choice of Services line by line, and FromServices itself.
func mapped(services []corev1.Service, namespace string, links bool) map[string][]string {
	chosen := map[string]*corev1.Service{}
	for i := range services {
		svc := &services[i]
		if svc.Spec.ClusterIP == "" || svc.Spec.ClusterIP == corev1.ClusterIPNone {
			continue
		}
		if svc.Namespace == metav1.NamespaceDefault && svc.Name == "kubernetes" {
			if _, exists := chosen[svc.Name]; !exists {
				chosen[svc.Name] = svc
			}
		} else if svc.Namespace == namespace && links {
			chosen[svc.Name] = svc
		}
	}
	out := map[string][]string{}
	for _, svc := range chosen {
		// Within a Service the last value of a name stays; between Services the order is random.
		own := map[string]string{}
		for _, v := range envvars.FromServices([]*corev1.Service{svc}) {
			own[v.Name] = v.Value
		}
		for name, value := range own {
			out[name] = append(out[name], value)
		}
	}
	return out
}

// TestEnvironment: a container with nothing of its own would get exactly the variables that
// the kubelet maps; where two Services give one name, a value of either.
func TestEnvironment(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 9))
	variables, collisions := 0, 0
	for i := range 300 {
		links := r.IntN(4) > 0
		namespace := []string{"shop", "default"}[r.IntN(2)]
		var services []corev1.Service
		for range r.IntN(9) {
			svc := aService(r, []string{"shop", "default", "other"}[r.IntN(3)])
			if !slices.ContainsFunc(services, func(s corev1.Service) bool { return s.Name == svc.Name && s.Namespace == svc.Namespace }) {
				services = append(services, svc)
			}
		}
		want := mapped(services, namespace, links)
		got := gets(t, services, namespace, links)
		for name, values := range want {
			variables++
			if len(slices.Compact(slices.Sorted(slices.Values(values)))) > 1 {
				collisions++
			}
			if !slices.Contains(values, got[name]) {
				t.Errorf("%d: %s is %q, the kubelet's %q", i, name, got[name], values)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%d: %d variables, the kubelet has %d", i, len(got), len(want))
		}
	}
	t.Logf("%d variables, %d of two Services", variables, collisions)
	if variables < 3000 || collisions == 0 {
		t.Error(fmt.Sprint("too few: ", variables, collisions))
	}
}
