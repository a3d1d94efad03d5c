//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// inStage moves roles for the target's namespace into that of a stage.
func inStage(s *stage, roles []registry.Access) []registry.Access {
	out := slices.Clone(roles)
	for i := range out {
		if out[i].Namespace == "target" {
			out[i].Namespace = s.ns
		}
	}
	return out
}

// TestRolloutExactRBAC watches rollouts as a user who may do what plugins.yaml says and
// nothing else, and then without each part of it.
func TestRolloutExactRBAC(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 3", problemVersion)
	all := inStage(s, rolesFor(t, "rollout-watch"))
	name := "rollout-exact-" + s.ns[len(s.ns)-5:]
	config := user(t, name, all)
	eventually(t, 60*time.Second, "the last line of the log", func() bool {
		got := as(t, config, "rollout-watch", web, "-n", s.ns, "--watch=false")
		if got.stderr != "" || strings.Contains(got.stdout, "not checked") || strings.Contains(got.stdout, "log not read") {
			t.Errorf("%q\n%s", got.stderr, got.stdout)
		}
		return strings.Contains(got.stdout, "its last line: ")
	})
	got := as(t, config, "rollout-watch", web, "-n", s.ns, "--timeout", "4s", "-o", "lines")
	if got.exit != 1 || !strings.Contains(got.stderr, "not complete after 4s") || strings.Contains(got.stderr, "forbidden") {
		t.Errorf("exit %d, %s", got.exit, got.stderr)
	}
	for _, c := range []struct{ resource, says, code string }{
		{"pods", "list and watch pods in namespace", explain.PodsNotRead}, {"events", "list and watch events in namespace", explain.EventsNotRead},
		{"poddisruptionbudgets", "list poddisruptionbudgets", ""}, {"pods/log", "", ""},
	} {
		config := user(t, name+"-"+strings.ReplaceAll(c.resource, "/", "-"), withoutResource(all, c.resource))
		eventually(t, 60*time.Second, "an answer without "+c.resource+" that says so", func() bool {
			got := as(t, config, "rollout-watch", web, "-n", s.ns, "--watch=false")
			if got.exit == 1 || !strings.Contains(got.stdout, "Deployment web") {
				t.Fatalf("exit %d\n%s%s", got.exit, got.stdout, got.stderr)
			}
			if c.resource == "pods/log" {
				return strings.Contains(got.stdout, "log not read: ") && strings.Contains(got.stdout, "pods/log")
			}
			return strings.Contains(got.stdout, "not checked: "+c.says) && strings.Contains(got.stderr, c.says) && strings.Contains(got.stdout, c.code)
		})
	}
	nobody := as(t, user(t, name+"-nobody", nil), "rollout-watch", web, "-n", s.ns)
	if nobody.exit != 1 || strings.Count(nobody.stderr, "\n") != 1 || !strings.Contains(nobody.stderr, "cannot list resource") {
		t.Errorf("exit %d, %q", nobody.exit, nobody.stderr)
	}
}

// withoutResource takes one resource out of the rules.
func withoutResource(roles []registry.Access, resource string) []registry.Access {
	out := slices.Clone(roles)
	for i := range out {
		out[i].Rules = slices.Clone(out[i].Rules)
		for j := range out[i].Rules {
			rule := &out[i].Rules[j]
			rule.Resources = slices.DeleteFunc(slices.Clone(rule.Resources), func(r string) bool { return r == resource })
		}
		for j := len(out[i].Rules) - 1; j >= 0; j-- {
			if len(out[i].Rules[j].Resources) == 0 {
				out[i].Rules = slices.Delete(out[i].Rules, j, j+1)
			}
		}
	}
	return out
}

// TestRolloutRequests counts what a watch asks of the API server: a few to start, and none
// while things change.
func TestRolloutRequests(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2", firstVersion)
	s.settled(web)
	s.create("DaemonSet", "minReadySeconds: 0", firstVersion)
	s.settled("daemonset/web")
	for _, ref := range []string{web, "ds/web"} {
		counted := &recorder{}
		config := counted.inFrontOfAPI(t)
		cmd := exec.Command(os.Getenv("KK_BIN"), "rollout-watch", ref, "-n", s.ns, "--kubeconfig", config, "--stable-for", "1h", "-o", "lines")
		var out lockedBuffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		count := func() int {
			counted.mu.Lock()
			defer counted.mu.Unlock()
			return len(counted.requests)
		}
		time.Sleep(3 * time.Second) // whatever it asks at its start, it has asked
		start := count()
		if start == 0 || start > 12 {
			t.Errorf("%s: %d requests to start:\n%s", ref, start, strings.Join(counted.requests, "\n"))
		}
		s.kubectl("rollout", "restart", ref)
		s.settled(ref)
		eventually(t, 20*time.Second, "the end of the rollout is shown", func() bool { return strings.Contains(out.String(), "revision 2 is complete") })
		if after := count(); after != start {
			t.Errorf("%s: %d requests more during a rollout:\n%s", ref, after-start, strings.Join(counted.requests, "\n"))
		}
		t.Logf("%s: %d requests\n%s", ref, start, strings.Join(counted.requests, "\n"))
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
}

// TestRolloutNothingChanges: a watch changes no object.
func TestRolloutNothingChanges(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1", firstVersion)
	s.settled(web)
	before := s.kubectl("get", "deployments,replicasets,pods", "-o", `jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}`)
	s.watch(web).end(0)
	if after := s.kubectl("get", "deployments,replicasets,pods", "-o", `jsonpath={range .items[*]}{.metadata.name} {.metadata.resourceVersion}{"\n"}{end}`); after != before {
		t.Errorf("before\n%safter\n%s", before, after)
	}
}

// TestRolloutBadInput: one line says what is wrong.
func TestRolloutBadInput(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 0", firstVersion)
	s.settled(web)
	for want, args := range map[string][]string{
		"get deployment " + s.ns + "/wob: not found; deployments in " + s.ns + ": web": {"deploy/wob"},
		"--revision=7: deployment " + s.ns + "/web has no such revision; it has 1":     {"deploy/web", "--revision", "7"},
		"get statefulset " + s.ns + "/web: not found; there are no statefulsets in":    {"sts/web"},
	} {
		got := kk(t, append([]string{"rollout-watch", "-n", s.ns}, args...)...)
		if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, want) {
			t.Errorf("%v: exit %d, %q", args, got.exit, got.stderr)
		}
	}
	all := s.watch(web).end(0)
	if final := all[len(all)-1]; final.Verdict != rollout.Complete || final.Workload.Desired != 0 {
		t.Errorf("%+v", final.Workload)
	}
	template := kk(t, "rollout-watch", web, "-n", s.ns, "--revision", "1")
	if template.exit != 0 || !strings.Contains(template.stdout, "image: hellok8s:v1") {
		t.Errorf("exit %d\n%s%s", template.exit, template.stdout, template.stderr)
	}
}
