package main

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/access"
)

// generated holds a folder to the files that follow from the commands and plugins.yaml.
// hack/generate-docs.sh writes them anew.
func generated(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		file := filepath.Join(folder, entry.Name())
		switch _, wanted := files[entry.Name()]; {
		case wanted:
		case golden.Updating():
			if err := os.Remove(file); err != nil {
				t.Fatal(err)
			}
		default:
			t.Errorf("%s belongs to no command; run hack/generate-docs.sh", file)
		}
	}
	for name, text := range files {
		golden.Compare(t, filepath.Join(folder, name), text)
	}
}

// TestGeneratedRoles holds rbac/ to plugins.yaml.
func TestGeneratedRoles(t *testing.T) {
	files := map[string]string{}
	for _, command := range described(t) {
		roles, err := access.Roles(command, "")
		if err != nil {
			t.Fatal(err)
		}
		if roles != "" {
			files[command.Name+".yaml"] = "# What kubectl kk " + command.Name + " needs, and nothing else. From plugins.yaml, by kubectl kk access " + command.Name +
				" -o yaml.\n# What stands under a flag is for who uses it.\n" + roles
		}
	}
	generated(t, "../../rbac", files)
}

// TestEveryRightSaysWithout: a user who lacks a right is told what that costs.
func TestEveryRightSaysWithout(t *testing.T) {
	for _, c := range access.Needs(described(t), "shop") {
		for _, right := range c.Rights {
			if right.Without == "" {
				t.Errorf("plugins.yaml: %s: without says nothing of %s %s%s", c.Name, right.Verb, right.Resource, right.URL)
			}
		}
	}
	for _, command := range described(t) {
		for _, a := range command.RBAC {
			for key := range a.Without {
				if !slices.ContainsFunc(access.Needs([]registry.Command{{RBAC: []registry.Access{a}}}, "shop")[0].Rights, func(r access.Right) bool {
					return key == "*" || key == r.Resource+r.URL || key == r.Verb+" "+r.Resource
				}) {
					t.Errorf("plugins.yaml: %s: without speaks of %q, which is no right there", command.Name, key)
				}
			}
		}
	}
}

func described(t *testing.T) []registry.Command {
	t.Helper()
	all, err := kk.Registry()
	if err != nil {
		t.Fatal(err)
	}
	return all.Commands
}
