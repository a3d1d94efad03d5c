//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/access"
)

// rightsNamespace has what the commands of this test look at.
const rightsNamespace = "product-access"

const rightsObjects = `apiVersion: v1
kind: Namespace
metadata: {name: product-access}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: product-access}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {kubernetes.io/hostname: k8s-node1}
      containers:
      - name: app
        image: curl:1
        command: [sleep, "86400"]
        env:
        - {name: MODE, valueFrom: {configMapKeyRef: {name: settings, key: mode}}}
        - {name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: product-access}
data: {mode: fast}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: product-access}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
`

// TestEachRight runs the commands as a user who has exactly their rights, and then without
// each single one: it is as without of plugins.yaml says, and what is missing is named.
func TestEachRight(t *testing.T) {
	apply(t, rightsObjects)
	kubectl(t, "-n", rightsNamespace, "rollout", "status", "deployment/web", "--timeout=60s")
	pod := kubectl(t, "-n", rightsNamespace, "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}")
	for i, c := range rightsCases {
		args := append(slices.Clone(c.args), "-n", rightsNamespace)
		for j, arg := range args {
			args[j] = strings.Replace(arg, "POD", pod, 1)
		}
		roles := rolesFor(t, args[0], c.ways...)
		t.Run(c.name, func(t *testing.T) {
			config := userIn(t, rightsNamespace, fmt.Sprintf("product-rights-%d", i), roles)
			got := as(t, config, args...)
			if c.name == "svcpath of no Service" {
				if got.exit != 1 || !strings.Contains(got.stderr, "services in "+rightsNamespace+": web") {
					t.Errorf("exit %d, %s", got.exit, got.stderr)
				}
			} else if got.exit != 0 || got.stderr != "" || strings.Contains(got.stdout, "not checked") {
				t.Fatalf("exit %d; the rights should allow all of it\n%s%s", got.exit, got.stdout, got.stderr)
			}
			for k, role := range roles {
				for _, right := range access.Needs([]registry.Command{{RBAC: []registry.Access{role}}}, rightsNamespace)[0].Rights {
					withoutRight(t, fmt.Sprintf("product-rights-%d-%d-%s", i, k, strings.NewReplacer("/", "-", " ", "-").Replace(right.Verb+"-"+right.Resource)),
						taken(roles, right), right, args, c.unasked, c.refused)
				}
			}
		})
	}
}

// withoutRight runs a command without one right.
func withoutRight(t *testing.T, name string, roles []registry.Access, right access.Right, args, unasked, refused []string) {
	what := right.Verb + " " + right.Resource
	word, _, _ := strings.Cut(right.Resource, "/")
	t.Run("without "+what+" in "+right.Namespace, func(t *testing.T) {
		t.Parallel()
		if target, other := others[right.Resource]; other {
			args = []string{args[0], target, "-n", rightsNamespace}
		}
		got := as(t, userIn(t, rightsNamespace, name, roles), args...)
		switch {
		case what == "list services" && args[1] == "wbe":
			if got.exit != 1 || !strings.HasSuffix(got.stderr, "not found\n") {
				t.Errorf("exit %d, %s", got.exit, got.stderr)
			}
		case args[1] == "wbe":
		case slices.Contains(refused, what+" in "+right.Namespace):
			// What is missing besides may be warned of first.
			if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "error: ") != 1 || !strings.Contains(got.stderr, word) || !strings.Contains(got.stderr, "cannot") {
				t.Errorf("exit %d, %q, %q; want one error that names %s", got.exit, got.stdout, got.stderr, word)
			}
		case slices.Contains(unasked, what), what == "get pods/exec", what == "list pods" && right.Namespace == "" && len(right.Way) == 0:
			if got.exit != 0 || got.stderr != "" {
				t.Errorf("exit %d, %s; this run does without", got.exit, got.stderr)
			}
		case strings.HasPrefix(right.Without, registry.NoAnswer):
			if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, word) || !strings.Contains(got.stderr, "cannot") {
				t.Errorf("exit %d, %q, %q; want one line that names %s", got.exit, got.stdout, got.stderr, word)
			}
		default:
			if said := got.stdout + got.stderr; got.exit == 1 || got.stdout == "" || !strings.Contains(said, `resource "`+word) && !strings.Contains(said, what+" in namespace ") {
				t.Errorf("exit %d; want an answer that names %s\n%s%s", got.exit, word, got.stdout, got.stderr)
			}
		}
	})
}

// taken are the roles without one right, wherever one of them gives it.
func taken(roles []registry.Access, right access.Right) []registry.Access {
	var out []registry.Access
	for _, role := range roles {
		where := role.Namespace
		if where == registry.Target {
			where = rightsNamespace
		}
		if where == "" || where == right.Namespace {
			role.Rules = lessened(role.Rules, right)
		}
		if len(role.Rules) > 0 {
			out = append(out, role)
		}
	}
	return out
}

// lessened are the rules without one right.
func lessened(rules []rbacv1.PolicyRule, right access.Right) []rbacv1.PolicyRule {
	var out []rbacv1.PolicyRule
	for _, rule := range rules {
		if !slices.Contains(rule.Resources, right.Resource) || !slices.Contains(rule.Verbs, right.Verb) {
			out = append(out, rule)
			continue
		}
		// The others of its resources keep all verbs, this one those that are left.
		rest, same := rule, rule
		rest.Resources = slices.DeleteFunc(slices.Clone(rule.Resources), func(r string) bool { return r == right.Resource })
		same.Resources = []string{right.Resource}
		same.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(v string) bool { return v == right.Verb })
		if len(rest.Resources) > 0 {
			out = append(out, rest)
		}
		if len(same.Verbs) > 0 {
			out = append(out, same)
		}
	}
	return out
}

// TestAccess asks as a user with the roles that access -o yaml prints, and without one.
func TestAccess(t *testing.T) {
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+rightsNamespace+"}\n")
	got := kk(t, "access", "downward", "-n", rightsNamespace, "-o", "yaml")
	if got.exit != 0 {
		t.Fatal(got.stderr)
	}
	apply(t, got.stdout)
	const name = "product-access-printed"
	config := userIn(t, rightsNamespace, name, nil)
	subject := "--serviceaccount=" + rightsNamespace + ":" + name
	t.Cleanup(func() { kubectl(t, "delete", "clusterrolebinding", name, "--ignore-not-found") })
	kubectl(t, "create", "clusterrolebinding", name, "--clusterrole=kubectl-kk-downward", subject)
	kubectl(t, "-n", rightsNamespace, "create", "rolebinding", name, "--role=kubectl-kk-downward-target", subject)
	asked := func(args ...string) result {
		t.Helper()
		return as(t, config, append([]string{"access", "-n", rightsNamespace}, args...)...)
	}
	if got := asked("downward"); got.exit != 0 || !strings.HasPrefix(got.stdout, "downward has all the rights") {
		t.Errorf("exit %d\n%s%s", got.exit, got.stdout, got.stderr)
	}
	if got := asked("svcpath"); got.exit != 2 || !strings.HasPrefix(got.stdout, "svcpath cannot answer") {
		t.Errorf("exit %d\n%s%s", got.exit, got.stdout, got.stderr)
	}
	kubectl(t, "delete", "clusterrolebinding", name)
	eventually(t, 10*second, "the right is gone", func() bool {
		got := asked("downward")
		return got.exit == 0 && strings.HasPrefix(got.stdout, "downward answers") && strings.Contains(got.stdout, "what falls back on the node")
	})
	got = asked("-o", "json")
	var v access.View
	if err := json.Unmarshal([]byte(got.stdout), &v); err != nil || got.exit != 2 || len(v.Commands) < 9 {
		t.Errorf("exit %d, %v, %d commands", got.exit, err, len(v.Commands))
	}
}

// TestCleanupRights leaves a pod behind and removes it: with all rights, and before that
// without each.
func TestCleanupRights(t *testing.T) {
	apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+rightsNamespace+"}\n")
	roles := rolesFor(t, "cleanup", "--debug-namespace")
	for i := range roles {
		roles[i].Namespace = registry.Target
	}
	pods := func(verb string) access.Right {
		return access.Right{Namespace: rightsNamespace, Verb: verb, Resource: "pods"}
	}
	noList := userIn(t, rightsNamespace, "product-cleanup-list", taken(roles, pods("list")))
	noDelete := userIn(t, rightsNamespace, "product-cleanup-delete", taken(roles, pods("delete")))
	all := userIn(t, rightsNamespace, "product-cleanup", roles)
	kubectl(t, "-n", rightsNamespace, "run", "left", "--image=curl:1", "--image-pull-policy=IfNotPresent", "--labels=app.kubernetes.io/managed-by=kubectl-kk", "--overrides={\"spec\":{\"terminationGracePeriodSeconds\":0}}")
	args := []string{"cleanup", "--debug-namespace", rightsNamespace}
	if got := as(t, noList, args...); got.exit != 1 || !strings.Contains(got.stderr, "list debug pods in namespace "+rightsNamespace) {
		t.Errorf("without list: exit %d, %s", got.exit, got.stderr)
	}
	if got := as(t, noDelete, args...); got.exit != 1 || !strings.Contains(got.stderr, "delete pod "+rightsNamespace+"/left") {
		t.Errorf("without delete: exit %d, %s", got.exit, got.stderr)
	}
	if got := as(t, all, args...); got.exit != 0 || !strings.Contains(got.stdout, "pod "+rightsNamespace+"/left deleted") {
		t.Errorf("with both: exit %d, %s%s", got.exit, got.stdout, got.stderr)
	}
}
