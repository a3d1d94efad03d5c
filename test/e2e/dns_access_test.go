//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// TestDNSExactRBAC runs dns as a user who may do what plugins.yaml says and nothing else,
// and then without what it needs for names, and without exec.
func TestDNSExactRBAC(t *testing.T) {
	args := []string{"dns", "curl", "hellok8s", "-o", "json"}
	read := func(got result) *dns.Resolution {
		var r dns.Resolution
		if err := json.Unmarshal([]byte(got.stdout), &r); err != nil || got.exit != 0 {
			t.Fatalf("exit %d, %v\n%s", got.exit, err, got.stderr)
		}
		return &r
	}
	got := as(t, user(t, "dns-exact", rolesFor(t, "dns", "NAME")), args...)
	if r := read(got); got.stderr != "" || len(r.NotChecked) != 0 || r.Lookups[0].FoundAs != "hellok8s.default.svc.cluster.local" {
		t.Errorf("not checked %v, warnings %q, %+v", r.NotChecked, got.stderr, r.Lookups[0])
	}
	got = as(t, user(t, "dns-no-services", rolesFor(t, "dns")), args...)
	if r := read(got); len(r.NotChecked) != 1 || r.NotChecked[0].Allow.Resources[0] != "services" || r.Lookups[0].Result != "" || !strings.Contains(got.stderr, "services") {
		t.Errorf("not checked %+v, %q, %+v", r.NotChecked, got.stderr, r.Lookups[0])
	}
	got = as(t, user(t, "dns-nobody", nil), args...)
	if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, `cannot get resource "pods"`) {
		t.Errorf("exit %d, %q, %q", got.exit, got.stdout, got.stderr)
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
		if len(counted.requests) > 6 {
			t.Errorf("%v: %d requests, want 6 at most:\n%s", names, len(counted.requests), strings.Join(counted.requests, "\n"))
		}
	}
}
