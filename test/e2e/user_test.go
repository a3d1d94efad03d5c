//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	kk8s "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/registry"
)

// user makes a ServiceAccount with exactly the given roles and returns the file of a
// kubeconfig that acts as it.
func user(t *testing.T, name string, roles []registry.Access) (kubeconfig string) {
	t.Helper()
	return userIn(t, "default", name, roles)
}

// userIn is a user who lives in a namespace, which is the target of the roles.
func userIn(t *testing.T, namespace, name string, roles []registry.Access) (kubeconfig string) {
	t.Helper()
	objects := []any{map[string]any{
		"apiVersion": "v1", "kind": "ServiceAccount", "metadata": map[string]string{"name": name, "namespace": namespace},
	}}
	subject := []rbacv1.Subject{{Kind: "ServiceAccount", Name: name, Namespace: namespace}}
	for i, role := range roles {
		meta := metav1.ObjectMeta{Name: fmt.Sprintf("%s-%d", name, i), Namespace: role.Namespace}
		if role.Namespace == "target" {
			meta.Namespace = namespace
		}
		kind := "ClusterRole"
		if meta.Namespace != "" {
			kind = "Role"
		}
		api := "rbac.authorization.k8s.io/v1"
		objects = append(objects,
			rbacv1.ClusterRole{TypeMeta: metav1.TypeMeta{APIVersion: api, Kind: kind}, ObjectMeta: meta, Rules: role.Rules},
			rbacv1.ClusterRoleBinding{
				TypeMeta: metav1.TypeMeta{APIVersion: api, Kind: kind + "Binding"}, ObjectMeta: meta, Subjects: subject,
				RoleRef: rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: kind, Name: meta.Name},
			})
	}
	list, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	if err != nil {
		t.Fatal(err)
	}
	apply(t, string(list))
	return tokenConfig(t, strings.TrimSpace(kubectl(t, "-n", namespace, "create", "token", name)))
}

// tokenConfig is the administrator's kubeconfig with a token in place of the certificate,
// which would win over it.
func tokenConfig(t *testing.T, token string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	for name := range config.AuthInfos {
		config.AuthInfos[name] = &clientcmdapi.AuthInfo{Token: token}
	}
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// rolesOf are the roles that plugins.yaml gives svcpath, for one way of reading a node.
func rolesOf(t *testing.T, way string) []registry.Access {
	t.Helper()
	return rolesFor(t, "svcpath", way)
}

// rolesFor are the roles that plugins.yaml gives a command, for what every way needs and
// for the ways that are named.
func rolesFor(t *testing.T, name string, ways ...string) []registry.Access {
	t.Helper()
	all, err := kk8s.Registry()
	if err != nil {
		t.Fatal(err)
	}
	var out []registry.Access
	for _, command := range all.Commands {
		for _, role := range command.RBAC {
			if command.Name == name && (role.Way == "" || slices.Contains(ways, role.Way)) {
				out = append(out, role)
			}
		}
	}
	if len(out) == 0 {
		t.Fatalf("plugins.yaml has no roles for %s", name)
	}
	return out
}

// as runs kubectl-kk with a kubeconfig.
func as(t *testing.T, kubeconfig string, args ...string) result {
	t.Helper()
	return run(t, nil, os.Getenv("KK_BIN"), append(args, "--kubeconfig="+kubeconfig)...)
}
