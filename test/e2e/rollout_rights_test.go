//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/access"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// rolloutParts are the resources that a watch of each kind reads besides the workload, each
// with the finding that it is missing, if there is one.
var rolloutParts = map[string]map[string]string{
	"deployments":  {"replicasets": explain.RevisionsNotRead, "pods": explain.PodsNotRead, "events": explain.EventsNotRead, "poddisruptionbudgets": ""},
	"replicasets":  {"pods": explain.PodsNotRead, "events": explain.EventsNotRead, "poddisruptionbudgets": "", "deployments": ""},
	"statefulsets": {"controllerrevisions": explain.RevisionsNotRead, "pods": explain.PodsNotRead, "events": explain.EventsNotRead, "poddisruptionbudgets": ""},
	"daemonsets":   {"controllerrevisions": explain.RevisionsNotRead, "pods": explain.PodsNotRead, "events": explain.EventsNotRead, "poddisruptionbudgets": "", "nodes": ""},
}

// TestRolloutEachRight watches a workload of each kind as a user who has exactly the rights
// of plugins.yaml, and then without each single one.
func TestRolloutEachRight(t *testing.T) {
	s := newStage(t)
	for kind, spec := range map[string]string{"Deployment": "replicas: 1", "StatefulSet": "replicas: 1\nserviceName: web", "DaemonSet": "minReadySeconds: 0"} {
		s.create(kind, spec, firstVersion)
		s.settled(strings.ToLower(kind) + "/web")
	}
	set := s.kubectl("get", "replicasets", "-o", "jsonpath={.items[0].metadata.name}")
	for resource, c := range map[string]struct{ ref, way string }{
		"deployments": {"deploy/web", ""}, "replicasets": {"rs/" + set, "rs/NAME"}, "statefulsets": {"sts/web", ""}, "daemonsets": {"ds/web", "ds/NAME"},
	} {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			r := rightsOf{s: s, resource: resource, ref: c.ref}
			r.roles = inStage(s, rolesFor(t, "rollout-watch", c.way))
			r.all(t)
			for i, right := range r.list() {
				r.without(t, i, right)
			}
		})
	}
}

// rightsOf are those for a workload of one kind.
type rightsOf struct {
	s             *stage
	resource, ref string
	roles         []registry.Access
}

func (r *rightsOf) list() []access.Right {
	var out []access.Right
	for _, role := range r.roles {
		out = append(out, access.Needs([]registry.Command{{RBAC: []registry.Access{role}}}, r.s.ns)[0].Rights...)
	}
	return out
}

func (r *rightsOf) run(t *testing.T, name string, roles []registry.Access, args ...string) result {
	t.Helper()
	config := user(t, "rollout-"+r.resource+"-"+name+"-"+r.s.ns[len(r.s.ns)-5:], roles)
	return as(t, config, append([]string{"rollout-watch", r.ref, "-n", r.s.ns}, args...)...)
}

// all: nothing is missing, neither at the start nor while it watches.
func (r *rightsOf) all(t *testing.T) {
	t.Helper()
	once := r.run(t, "once", r.roles, "--watch=false")
	if once.exit != 0 || once.stderr != "" || strings.Contains(once.stdout, "not checked") {
		t.Errorf("exit %d\n%s%s", once.exit, once.stdout, once.stderr)
	}
	watched := r.run(t, "watched", r.roles, "--stable-for", "1h", "--timeout", "4s", "-o", "lines")
	if watched.exit != 1 || strings.Contains(watched.stderr, "forbidden") || strings.Contains(watched.stdout, "reconnecting") {
		t.Errorf("exit %d\n%s%s", watched.exit, watched.stdout, watched.stderr)
	}
}

func (r *rightsOf) without(t *testing.T, i int, right access.Right) {
	code, part := rolloutParts[r.resource][right.Resource]
	if right.Resource == "pods/log" || !part && right.Resource != r.resource || r.resource == "replicasets" && right.Resource == "deployments" && right.Verb != "get" {
		return
	}
	t.Run("without "+right.Verb+" "+right.Resource, func(t *testing.T) {
		args := []string{"--watch=false"}
		if right.Verb == "watch" {
			args = []string{"--stable-for", "1h", "--timeout", "4s", "-o", "json"}
		}
		got := r.run(t, fmt.Sprint(i), taken(r.roles, right), args...)
		cannot := fmt.Sprintf("cannot %s resource %q", right.Verb, right.Resource)
		said := got.stdout + got.stderr
		switch {
		case right.Resource == r.resource && right.Verb == "list":
			if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, cannot) {
				t.Errorf("exit %d, %q, %q", got.exit, got.stdout, got.stderr)
			}
		case right.Resource == r.resource:
			if got.exit != 1 || !strings.Contains(got.stdout, `"lost":{`) || !strings.Contains(strings.ReplaceAll(said, `\"`, `"`), cannot) || strings.Contains(said, `"gone"`) {
				t.Errorf("exit %d\n%s", got.exit, said)
			}
		default:
			if !strings.Contains(strings.ReplaceAll(said, `\"`, `"`), cannot) || !strings.Contains(said, code) || strings.Contains(said, "not made yet") || strings.Contains(said, "no Pods") {
				t.Errorf("exit %d\n%s", got.exit, said)
			}
			if want := map[bool]int{true: 0, false: 1}[right.Verb != "watch"]; got.exit != want {
				t.Errorf("exit %d, want %d\n%s", got.exit, want, said)
			}
		}
	})
}

// TestRolloutLogRight: of a container that crashes, the last line of its log is shown with the right
// to read it, and without it that it was not read; for a workload of each kind.
func TestRolloutLogRight(t *testing.T) {
	s := newStage(t)
	kinds := map[string]struct{ spec, way string }{
		"Deployment": {"replicas: 1", ""}, "StatefulSet": {"replicas: 1\nserviceName: web", ""}, "DaemonSet": {"minReadySeconds: 0", "ds/NAME"},
	}
	for kind, c := range kinds {
		s.create(kind, c.spec, problemVersion)
	}
	for kind, c := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			ref, roles := strings.ToLower(kind)+"/web", inStage(s, rolesFor(t, "rollout-watch", c.way))
			name := "rollout-log-" + strings.ToLower(kind) + "-" + s.ns[len(s.ns)-5:]
			with, without := user(t, name, roles), user(t, name+"-none", withoutResource(roles, "pods/log"))
			eventually(t, 60*time.Second, "the last line of the log, and without the right that it was not read", func() bool {
				read := as(t, with, "rollout-watch", ref, "-n", s.ns, "--watch=false")
				not := as(t, without, "rollout-watch", ref, "-n", s.ns, "--watch=false")
				if strings.Contains(read.stdout, "log not read") || strings.Contains(not.stdout, "its last line: ") || read.exit == 1 || not.exit == 1 {
					t.Fatalf("exit %d\n%s%s\nexit %d\n%s%s", read.exit, read.stdout, read.stderr, not.exit, not.stdout, not.stderr)
				}
				return strings.Contains(read.stdout, "its last line: ") && strings.Contains(not.stdout, "log not read: ") && strings.Contains(not.stdout, "pods/log")
			})
		})
	}
}

// TestRolloutRightTakenAway: the right to read the workload is taken away in the middle of a
// watch, whose connection then breaks.
func TestRolloutRightTakenAway(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 40", firstVersion)
	name := "rollout-away-" + s.ns[len(s.ns)-5:]
	roles := inStage(s, rolesFor(t, "rollout-watch"))
	admin := os.Getenv("KUBECONFIG")
	t.Setenv("KUBECONFIG", user(t, name, roles))
	cable, config := newCable(t)
	t.Setenv("KUBECONFIG", admin)
	w := s.watch(web, "--kubeconfig", config)
	for i := range roles {
		s.try("delete", "rolebinding", fmt.Sprintf("%s-%d", name, i))
	}
	address := cable.l.Addr().String()
	cable.pull()
	cable.plug(address)
	w.until(20*time.Second, "it says that it cannot read, and shows what was", func(st *rollout.State) bool {
		return st.Lost != nil && strings.Contains(st.Lost.Why, `resource "deployments"`) && st.Verdict == rollout.Progressing
	})
	for _, st := range w.interrupt() {
		if st.Verdict == rollout.Gone {
			t.Error("a workload that may not be read is called gone")
		}
	}
}
