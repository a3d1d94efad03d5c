package access

import (
	"fmt"
	"slices"
	"strings"

	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
)

// Roles are the RBAC objects that give a command what it needs and nothing else, as YAML
// for kubectl apply: what it needs of the whole cluster, of the namespace of the object it
// is asked about, and of others. namespace is that object's; "" makes a ClusterRole of its
// part, to be bound in as many namespaces as is wanted. "" where it needs nothing.
func Roles(c registry.Command, namespace string) (string, error) {
	var out strings.Builder
	var done []string
	for _, access := range c.RBAC {
		if slices.Contains(done, access.Namespace) {
			continue
		}
		if len(done) > 0 {
			out.WriteString("---\n")
		}
		done = append(done, access.Namespace)
		head(&out, c.Name, access.Namespace, namespace)
		for _, same := range c.RBAC {
			if same.Namespace != access.Namespace {
				continue
			}
			if err := rules(&out, same); err != nil {
				return "", err
			}
		}
	}
	return out.String(), nil
}

// head writes a role up to its rules.
func head(out *strings.Builder, command, where, namespace string) {
	kind, name, in := "Role", "kubectl-kk-"+command, where
	switch {
	case where == registry.WholeCluster:
		kind = "ClusterRole"
		fmt.Fprintf(out, "# For the whole cluster: bind it by a ClusterRoleBinding.\n")
	case where == registry.Target && namespace == "":
		kind, name, in = "ClusterRole", name+"-target", ""
		fmt.Fprintf(out, "# For the namespaces of the objects: bind it by a RoleBinding in each.\n")
	case where == registry.Target:
		name, in = name+"-target", namespace
		fmt.Fprintf(out, "# For the namespace of the object: bind it by a RoleBinding there.\n")
	default:
		fmt.Fprintf(out, "# For the namespace %s: bind it by a RoleBinding there.\n", where)
	}
	fmt.Fprintf(out, "apiVersion: %s\nkind: %s\nmetadata:\n  name: %s\n", rbacv1.SchemeGroupVersion, kind, name)
	if in != "" {
		fmt.Fprintf(out, "  namespace: %s\n", in)
	}
	fmt.Fprintf(out, "rules:\n")
}

// rules writes what one way needs, under its name: who does not use the way can leave it out.
func rules(out *strings.Builder, access registry.Access) error {
	if access.Way != "" {
		fmt.Fprintf(out, "# %s\n", access.Way)
	}
	text, err := yaml.Marshal(access.Rules)
	if err != nil {
		return err
	}
	out.Write(text)
	return nil
}
