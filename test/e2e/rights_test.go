//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

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

// rightsCases are runs, and the ways of plugins.yaml that they take.
var rightsCases = []struct {
	name string
	args []string
	ways []string
	// unasked are the rights that this run does not use, by "VERB RESOURCE".
	unasked []string
}{
	{"svcpath debug", []string{"svcpath", "web"}, []string{"--via debug", "--via exec"}, []string{"list services", "list nodes", "get pods/exec", "create pods/exec"}},
	{"svcpath exec", []string{"svcpath", "web", "--via", "exec"}, []string{"--via exec"}, []string{"list services", "list nodes"}},
	{"svcpath of no Service", []string{"svcpath", "wbe"}, nil, nil},
	{"downward", []string{"downward", "POD"}, []string{"--via exec"}, nil},
	{"downward of a Deployment", []string{"downward", "deploy/web"}, []string{"--via exec", "TYPE/NAME"}, []string{"get pods"}},
	{"dns", []string{"dns", "POD", "web"}, []string{"NAME"}, []string{"list endpointslices"}},
	{"dns of a Deployment", []string{"dns", "deploy/web"}, []string{"TYPE/NAME"}, []string{"get pods"}},
	{"env", []string{"env", "POD"}, []string{"--via exec"}, nil},
	{"env of a Deployment", []string{"env", "deploy/web"}, []string{"--via exec", "TYPE/NAME"}, []string{"get pods"}},
}

// others are the types of TYPE/NAME besides the Deployment: which one is asked for is
// chosen by the argument.
var others = map[string]string{
	"replicasets": "rs/none", "statefulsets": "sts/none", "daemonsets": "ds/none", "jobs": "job/none", "replicationcontrollers": "rc/none",
}

// TestEachRight runs the commands as a user who has exactly their rights, and then without
// each single one: it is as without of plugins.yaml says, and what is missing is named.
func TestEachRight(t *testing.T) {
	apply(t, rightsObjects)
	kubectl(t, "-n", rightsNamespace, "rollout", "status", "deployment/web", "--timeout=60s")
	pod := kubectl(t, "-n", rightsNamespace, "get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].metadata.name}")
	for i, c := range rightsCases {
		args := append(slices.Clone(c.args), "-n", rightsNamespace)
		for j, arg := range args {
			if arg == "POD" {
				args[j] = pod
			}
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
						taken(roles, k, right), right, args, c.unasked)
				}
			}
		})
	}
}

// withoutRight runs a command without one right.
func withoutRight(t *testing.T, name string, roles []registry.Access, right access.Right, args, unasked []string) {
	what := right.Verb + " " + right.Resource
	word, _, _ := strings.Cut(right.Resource, "/")
	t.Run("without "+what+" in "+right.Namespace, func(t *testing.T) {
		if target, other := others[right.Resource]; other {
			args = []string{args[0], target, "-n", rightsNamespace}
		}
		got := as(t, userIn(t, rightsNamespace, name, roles), args...)
		switch {
		case slices.Contains(unasked, what) || right.Resource == "pods" && right.Namespace == "":
			if got.exit != 0 || got.stderr != "" {
				t.Errorf("exit %d, %s; this run does not ask for it", got.exit, got.stderr)
			}
		case what == "list services" && args[1] == "wbe":
			if got.exit != 1 || !strings.HasSuffix(got.stderr, "not found\n") {
				t.Errorf("exit %d, %s", got.exit, got.stderr)
			}
		case args[1] == "wbe":
		case strings.HasPrefix(right.Without, registry.NoAnswer):
			if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, word) || !strings.Contains(got.stderr, "cannot") {
				t.Errorf("exit %d, %q, %q; want one line that names %s", got.exit, got.stdout, got.stderr, word)
			}
		default:
			if got.exit == 1 || got.stdout == "" || !strings.Contains(got.stdout+got.stderr, word) {
				t.Errorf("exit %d; want an answer that names %s\n%s%s", got.exit, word, got.stdout, got.stderr)
			}
		}
	})
}

// taken are the roles without one right of one of them.
func taken(roles []registry.Access, from int, right access.Right) []registry.Access {
	out := slices.Clone(roles)
	out[from].Rules = nil
	for _, rule := range roles[from].Rules {
		if !slices.Contains(rule.Resources, right.Resource) || !slices.Contains(rule.Verbs, right.Verb) {
			out[from].Rules = append(out[from].Rules, rule)
			continue
		}
		// The others of its resources keep all verbs, this one those that are left.
		rest, same := rule, rule
		rest.Resources = slices.DeleteFunc(slices.Clone(rule.Resources), func(r string) bool { return r == right.Resource })
		same.Resources = []string{right.Resource}
		same.Verbs = slices.DeleteFunc(slices.Clone(rule.Verbs), func(v string) bool { return v == right.Verb })
		if len(rest.Resources) > 0 {
			out[from].Rules = append(out[from].Rules, rest)
		}
		if len(same.Verbs) > 0 {
			out[from].Rules = append(out[from].Rules, same)
		}
	}
	return out
}
