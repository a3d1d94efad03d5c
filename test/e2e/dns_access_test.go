//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// refusedTo are the resources that an answer says were refused by RBAC.
func refusedTo(r *dns.Resolution) []string {
	out := []string{}
	for _, m := range r.NotChecked {
		if m.Allow != nil {
			out = append(out, m.Allow.Resources...)
		}
	}
	return out
}

// TestDNSExactRBAC runs dns as a user who may do what plugins.yaml says and nothing else,
// and then without each single rule.
func TestDNSExactRBAC(t *testing.T) {
	args := []string{"dns", "curl", "hellok8s", "-o", "json"}
	got := as(t, user(t, "dns-exact", rolesFor(t, "dns")), args...)
	if r := resolutionFrom(t, 0, got); got.stderr != "" || len(r.NotChecked) != 0 || r.Lookups[0].FoundAs != "hellok8s.default.svc.cluster.local" || r.Nameservers[0].Ready == 0 {
		t.Errorf("not checked %v, warnings %q, %+v", r.NotChecked, got.stderr, r)
	}
	for _, resource := range []string{"services", "endpointslices", "networkpolicies"} {
		got := as(t, user(t, "dns-no-"+resource, lacking(rolesFor(t, "dns"), resource)), args...)
		r := resolutionFrom(t, 0, got)
		if !slices.Contains(refusedTo(r), resource) || !strings.Contains(got.stderr, resource) {
			t.Errorf("without %s: not checked %+v, %q", resource, r.NotChecked, got.stderr)
		}
		if found := r.Lookups[0].Result != ""; found == (resource == "services") {
			t.Errorf("without %s: %+v", resource, r.Lookups[0])
		}
	}
	for _, resource := range []string{"pods", "nothing"} {
		roles := lacking(rolesFor(t, "dns"), resource)
		if resource == "nothing" {
			roles = nil
		}
		got := as(t, user(t, "dns-no-"+resource, roles), args...)
		if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, `cannot get resource "pods"`) {
			t.Errorf("without %s: exit %d, %q, %q", resource, got.exit, got.stdout, got.stderr)
		}
	}
}

// TestDNSWays: a container without a shell is read by a debug pod, by an ephemeral
// container, and where both are refused its file is computed, and that is said.
func TestDNSWays(t *testing.T) {
	running(t, dnsPod("kk-dns-ways", "kk-go:1", func(s *corev1.PodSpec) {
		yes, user := true, int64(65532)
		s.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: &yes, RunAsUser: &user}
	}))
	file := strings.TrimSpace(kubectl(t, "exec", "curl", "--", "cat", "/etc/resolv.conf"))
	debug := user(t, "dns-debug", rolesFor(t, "dns", "--via debug"))
	neither := user(t, "dns-neither", rolesFor(t, "dns", "the kubelet's configuration"))
	ephemeral := user(t, "dns-ephemeral", rolesFor(t, "dns", "--allow-ephemeral"))
	for _, c := range []struct {
		as, says string
		flags    []string
		computed bool
	}{
		{debug, "read by a debug pod", nil, false},
		{debug, "read by a debug pod", []string{"--via", "debug"}, false},
		{ephemeral, "read by an ephemeral one", []string{"--allow-ephemeral"}, false},
		{neither, "/configz of the kubelet", nil, true},
		{neither, "/configz of the kubelet", []string{"--via", "none"}, true},
	} {
		r := resolutionFrom(t, 0, as(t, c.as, append([]string{"dns", "kk-dns-ways", "hellok8s", "-o", "json"}, c.flags...)...))
		var lines []string
		for _, l := range r.Lines {
			lines = append(lines, l.Text)
		}
		if diff := cmp.Diff(file, strings.Join(lines, "\n")); diff != "" || !strings.Contains(r.Source, c.says) || (r.NotRead != "") != c.computed {
			t.Errorf("%v: from %q, %q (-cat +kk)\n%s", c.flags, r.Source, r.NotRead, diff)
		}
		if !c.computed && r.Config.Libc != dns.Go {
			t.Errorf("%v: %s, %s", c.flags, r.Config.Libc, r.LibcBecause)
		}
	}
	got := as(t, user(t, "dns-bare", rolesFor(t, "dns")), "dns", "kk-dns-ways")
	if got.exit != 1 || strings.Count(got.stderr, "\n") > 2 || !strings.Contains(got.stderr, "nodes/proxy") {
		t.Errorf("exit %d: %s", got.exit, got.stderr)
	}
	if left := debugPods(t); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestDNSRequests counts what one run asks of the API server.
func TestDNSRequests(t *testing.T) {
	counted := &recorder{}
	config := counted.inFrontOfAPI(t)
	for _, names := range [][]string{nil, {"hellok8s"}, lookups} {
		counted.requests = nil
		if got := as(t, config, append([]string{"dns", "curl"}, names...)...); got.exit != 0 && got.exit != 2 {
			t.Errorf("exit %d: %s", got.exit, got.stderr)
		}
		if len(counted.requests) > 6 || len(counted.requests) < 3 {
			t.Errorf("%v: %d requests, want 6 at most:\n%s", names, len(counted.requests), strings.Join(counted.requests, "\n"))
		}
		for _, request := range counted.requests {
			if strings.HasSuffix(request, "/services") || strings.HasSuffix(request, "/endpointslices") {
				t.Errorf("a whole list: %s", request)
			}
		}
	}
}
