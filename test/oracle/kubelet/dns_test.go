// Package kubelet holds what kubectl-kk says of a Pod's resolv.conf against the
// kubelet's own code.
package kubelet

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	kubeletdns "k8s.io/kubernetes/pkg/kubelet/network/dns"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

const random = 20000

func TestPodDNS(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	count := map[string]int{}
	for range random {
		pod, k := objects(r)
		want, err := kubelet(t, pod, k)
		if err != nil {
			continue // a node's file that the kubelet refuses
		}
		s := dns.Expect(pod, k)
		got := shape{values(s.Servers), values(s.Search), values(s.Options)}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("dnsPolicy %s, hostNetwork %v, dnsConfig %v, kubelet %+v (-kubelet +kk):\n%s", pod.Spec.DNSPolicy, pod.Spec.HostNetwork, pod.Spec.DNSConfig, k, diff)
		}
		count[string(s.Policy)]++
		if len(s.Cut) > 0 {
			count["cut"]++
		}
		if s.NoClusterDNS {
			count["no cluster DNS"]++
		}
	}
	t.Log(count)
	for _, what := range []string{"ClusterFirst", "ClusterFirstWithHostNet", "Default", "None", "cut", "no cluster DNS"} {
		if count[what] < random/100 {
			t.Errorf("%s came up only %d times", what, count[what])
		}
	}
}

type shape struct{ Servers, Search, Options []string }

func values(list []dns.Entry) []string {
	out := []string{}
	for _, e := range list {
		out = append(out, e.Value)
	}
	return out
}

func kubelet(t *testing.T, pod *corev1.Pod, k dns.Kubelet) (shape, error) {
	t.Helper()
	file := ""
	if !k.NoResolvConf {
		file = filepath.Join(t.TempDir(), "resolv.conf")
		if err := os.WriteFile(file, []byte(*k.ResolvConf), 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(file)
	}
	ips := func(list []string) []net.IP {
		var out []net.IP
		for _, s := range list {
			out = append(out, net.ParseIP(s))
		}
		return out
	}
	c := kubeletdns.NewConfigurer(record.NewFakeRecorder(100), &corev1.ObjectReference{}, ips(k.NodeIPs), ips(k.ClusterDNS), k.ClusterDomain, file)
	config, err := c.GetPodDNS(klog.NewContext(t.Context(), logr.Discard()), pod)
	if err != nil {
		return shape{}, err
	}
	slices.Sort(config.Options)
	return shape{notNil(config.Servers), notNil(config.Searches), notNil(config.Options)}, nil
}

func notNil(list []string) []string { return append([]string{}, list...) }

func objects(r *rand.Rand) (*corev1.Pod, dns.Kubelet) {
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	pod := &corev1.Pod{}
	pod.Namespace = pick("default", "shop", "a")
	pod.Spec.DNSPolicy = corev1.DNSPolicy(pick("ClusterFirst", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None", "Other"))
	pod.Spec.HostNetwork = r.IntN(3) == 0
	if r.IntN(2) == 0 {
		c := &corev1.PodDNSConfig{}
		for range r.IntN(4) {
			c.Nameservers = append(c.Nameservers, pick("10.96.0.10", "10.96.0.11", "1.1.1.1", "fd00::1"))
		}
		for range r.IntN(4) * r.IntN(12) {
			c.Searches = append(c.Searches, pick("a.test", "b.test.", ".", "svc.cluster.local", strings.Repeat("x", r.IntN(270)), fmt.Sprint(r.IntN(40))))
		}
		for range r.IntN(4) {
			o := corev1.PodDNSConfigOption{Name: pick("ndots", "edns0", "timeout", "ndots")}
			if value := pick("", "2", "x"); value != "" {
				o.Value = &value
			}
			c.Options = append(c.Options, o)
		}
		pod.Spec.DNSConfig = c
	}
	var text strings.Builder
	for range r.IntN(7) {
		text.WriteString(pick("", "  ", "# ", ";", "\t") + pick("nameserver 8.8.8.8", "nameserver 9.9.9.9", "nameserver", "search a.test b.test", "search . c.test.", "search", "options ndots:2 edns0", "options ndots:3", "domain d.test", "search "+strings.Repeat("long.test ", r.IntN(40))) + pick("\n", "\r\n"))
	}
	file := text.String()
	k := dns.Kubelet{ClusterDomain: pick("cluster.local", "cluster.local", "k8s.example", ""), NoResolvConf: r.IntN(6) == 0}
	if !k.NoResolvConf {
		k.ResolvConf = &file
	}
	for range r.IntN(3) {
		k.ClusterDNS = append(k.ClusterDNS, pick("10.96.0.10", "169.254.20.10", "fd00::10"))
	}
	for range r.IntN(3) {
		k.NodeIPs = append(k.NodeIPs, pick("192.168.0.1", "fd00::99"))
	}
	return pod, k
}
