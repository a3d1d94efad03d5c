//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

const dnsPolicies = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: kk-closed, namespace: default}
spec: {podSelector: {matchLabels: {kk-policy: "yes"}}, policyTypes: [Egress]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: kk-other, namespace: default}
spec: {podSelector: {matchLabels: {kk-policy: other}}, policyTypes: [Egress]}
`

const dnsAllowed = `
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: kk-dns-udp, namespace: default}
spec:
  podSelector: {matchLabels: {kk-policy: "yes"}}
  policyTypes: [Egress]
  egress:
  - to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}, podSelector: {matchLabels: {k8s-app: kube-dns}}}]
    ports: [{protocol: UDP, port: 53}]
`

// TestDNSPolicies: a policy that closes DNS, one that opens it by UDP, one that is not
// about the Pod.
func TestDNSPolicies(t *testing.T) {
	pod := dnsPod("kk-dns-policy", "curl:1", nil)
	pod.Labels = map[string]string{"kk-policy": "yes"}
	running(t, pod)
	if got := dnsCodes(resolution(t, 0, "kk-dns-policy")); len(got) != 0 {
		t.Errorf("without policies: %v", got)
	}
	apply(t, dnsPolicies)
	r := resolution(t, 2, "kk-dns-policy")
	if diff := cmp.Diff([]string{"KK-DNS-152"}, dnsCodes(r)); diff != "" || r.Findings[0].Args["policies"] != "kk-closed" {
		t.Errorf("findings (-want +got)\n%s%+v", diff, r.Findings)
	}
	apply(t, dnsAllowed)
	if diff := cmp.Diff([]string{"KK-DNS-153"}, dnsCodes(resolution(t, 0, "kk-dns-policy"))); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
}

// TestDNSPodsThatDoNotRun: of a Pod that cannot be read it is said what it should have.
func TestDNSPodsThatDoNotRun(t *testing.T) {
	waiting := dnsPod("kk-dns-waiting", "kk.test/absent:1", func(s *corev1.PodSpec) { s.Containers[0].ImagePullPolicy = corev1.PullNever })
	nowhere := dnsPod("kk-dns-nowhere", "curl:1", func(s *corev1.PodSpec) { s.NodeSelector = map[string]string{"kk": "nowhere"} })
	none := dnsPod("kk-dns-none", "curl:1", func(s *corev1.PodSpec) {
		policies["none"](s)
		s.NodeSelector = map[string]string{"kk": "nowhere"}
	})
	windows := dnsPod("kk-dns-windows", "curl:1", func(s *corev1.PodSpec) {
		s.OS, s.NodeSelector = &corev1.PodOS{Name: corev1.Windows}, map[string]string{"kubernetes.io/os": "windows"}
	})
	done := dnsPod("kk-dns-done", "curl:1", func(s *corev1.PodSpec) {
		s.RestartPolicy = corev1.RestartPolicyNever
		s.Containers[0].Command = []string{"sh", "-c", ":"}
	})
	for _, pod := range []*corev1.Pod{waiting, nowhere, none, windows, done} {
		created(t, pod)
	}
	eventually(t, 30*second, "one waits for its image, and one is done", func() bool {
		return strings.Contains(kubectl(t, "get", "pod", "kk-dns-waiting"), "ErrImageNeverPull") && strings.Contains(kubectl(t, "get", "pod", "kk-dns-done"), "Completed")
	})
	for _, name := range []string{"kk-dns-waiting", "kk-dns-done"} {
		r := resolution(t, 0, name, "hellok8s")
		if r.NotRead == "" || r.Lookups[0].FoundAs != "hellok8s.default.svc.cluster.local" || !r.LibcAssumed {
			t.Errorf("%s: %q, %+v", name, r.NotRead, r.Lookups[0])
		}
	}
	if r := resolution(t, 0, "kk-dns-none"); r.Config.Ndots != 2 || r.NotRead == "" {
		t.Errorf("%+v, %q", r.Config, r.NotRead)
	}
	got := kk(t, "dns", "kk-dns-nowhere")
	if got.exit != 1 || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, "the Pod is Pending") {
		t.Errorf("exit %d: %s", got.exit, got.stderr)
	}
	if diff := cmp.Diff([]string{"KK-DNS-146"}, dnsCodes(resolution(t, 0, "kk-dns-windows", "hellok8s"))); diff != "" {
		t.Errorf("findings (-want +got)\n%s", diff)
	}
}

// TestDNSRecording: a recording gives the same answer, without a cluster.
func TestDNSRecording(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dns.json")
	args := []string{"dns", "deploy/hellok8s-go-http", "hellok8s", "absent", "-o", "json", "--live"}
	live := kk(t, append(args, "--record", file)...)
	again := run(t, []string{"KUBECONFIG=/nonexistent"}, os.Getenv("KK_BIN"), append(args, "--replay", file)...)
	if diff := cmp.Diff(live.stdout, again.stdout); diff != "" || live.exit != 2 || again.exit != 2 {
		t.Errorf("exit %d and %d (-live +replay)\n%s", live.exit, again.exit, diff)
	}
	var r dns.Resolution
	if err := json.Unmarshal([]byte(live.stdout), &r); err != nil || r.Lookups[0].Rounds[0].Queries[0].Live == nil {
		t.Errorf("%v, %s", err, live.stdout)
	}
}

// TestDNSFileOfKubelet: what the kubelet has written is what kk says it writes, entry by
// entry, for each policy.
func TestDNSFileOfKubelet(t *testing.T) {
	for policy, set := range policies {
		name := "kk-dns-should-" + policy
		running(t, dnsPod(name, "curl:1", func(s *corev1.PodSpec) {
			set(s)
			s.DNSConfig = &corev1.PodDNSConfig{Nameservers: []string{"20.1.0.10", "192.0.2.53"}, Searches: []string{"kk.test"}}
		}))
		r := resolution(t, 0, name)
		for _, f := range r.Findings {
			if f.Code == "KK-DNS-141" {
				t.Errorf("%s: %v", name, f.Args)
			}
		}
		origins := map[string]dns.Origin{}
		for _, e := range r.Origins {
			origins[e.Value] = e.From
		}
		if origins["kk.test"] != dns.FromPod || origins["192.0.2.53"] != dns.FromPod {
			t.Errorf("%s: %v", name, origins)
		}
		for _, line := range strings.Split(strings.TrimSpace(kubectl(t, "exec", name, "--", "cat", "/etc/resolv.conf")), "\n") {
			for _, word := range strings.Fields(line)[1:] {
				if _, known := origins[word]; !known {
					t.Errorf("%s: no origin of %s, %v", name, word, origins)
				}
			}
		}
	}
}
