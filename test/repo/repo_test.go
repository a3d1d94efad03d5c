// Package repo holds the repository to its own rules.
package repo

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/kubectl-kk/kubectl-kk"

// goFiles are the Go files that git knows, below the repository's root.
func goFiles(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(tracked(t), func(file string) bool { return !strings.HasSuffix(file, ".go") })
}

func tracked(t *testing.T) []string {
	t.Helper()
	cmd := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("list the files that git knows: %v", err)
	}
	files := strings.Fields(string(out))
	if len(files) < 50 {
		t.Fatalf("git lists %d files", len(files))
	}
	return slices.DeleteFunc(files, func(file string) bool {
		_, err := os.Stat("../../" + file)
		return err != nil
	})
}

// TestImports holds the direction in which packages know each other.
func TestImports(t *testing.T) {
	layer := func(path string) int {
		switch rel := strings.TrimPrefix(strings.TrimPrefix(path, module), "/"); {
		case strings.HasPrefix(rel, "cmd/"):
			return 4
		case rel == "pkg/svcpath", rel == "pkg/downward", rel == "pkg/dns", rel == "pkg/svcenv", rel == "pkg/rollout", rel == "pkg/access", rel == "pkg/walk":
			return 3
		case strings.HasPrefix(rel, "pkg/"):
			return 2
		case strings.HasPrefix(rel, "internal/"):
			return 1
		default:
			return 0
		}
	}
	only := map[string][]string{ // package → folders or files that may import it
		"github.com/spf13/cobra":            {"cmd/"},
		"github.com/spf13/pflag":            {"cmd/"},
		"github.com/olekukonko/tablewriter": {"internal/render/"},
		"k8s.io/client-go":                  {"cmd/", "internal/kube/", "pkg/node/", "pkg/svcpath/gather", "pkg/downward/gather", "pkg/dns/gather", "pkg/svcenv/gather", "pkg/rollout/gather", "pkg/access/gather", "test/e2e/"},
		"net/http":                          {"pkg/node/", "internal/kube/", "cmd/"},
		"os":                                {"cmd/", "internal/", "pkg/node/", "hack/", "test/"},
		"k8s.io/api/core/v1":                {"cmd/", "internal/", "pkg/dns/", "pkg/kubeproxy/", "pkg/node/", "pkg/snapshot/", "pkg/svcpath/", "pkg/downward/", "pkg/svcenv/", "pkg/rollout/", "hack/", "test/"},
		module + "/internal/kube": {
			"cmd/", "pkg/node/", "pkg/svcpath/gather", "pkg/downward/gather", "pkg/downward/request.go", "pkg/downward/snippet.go",
			"pkg/dns/gather", "pkg/dns/request.go", "pkg/svcenv/gather", "pkg/svcenv/request.go",
			"pkg/rollout/gather", "pkg/rollout/request.go", "pkg/access/gather",
		},
		module + "/pkg/netfilter": {"pkg/netfilter/", "pkg/node/", "pkg/svcpath/", "pkg/walk/"},
	}
	for file, imports := range productImports(t) {
		mine := layer(module + "/" + filepath.Dir(file))
		for _, path := range imports {
			if strings.HasPrefix(path, module) && mine > 0 && layer(path) > mine {
				t.Errorf("%s imports %s, which stands above it", file, path)
			}
			for restricted, allowed := range only {
				in := path == restricted || strings.HasPrefix(path, restricted+"/")
				if in && !slices.ContainsFunc(allowed, func(prefix string) bool { return strings.HasPrefix(file, prefix) }) {
					t.Errorf("%s imports %s; only %v may", file, path, allowed)
				}
			}
		}
	}
}

// productImports are the imports of each file of the root module that is no test.
func productImports(t *testing.T) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for _, file := range goFiles(t) {
		if strings.HasSuffix(file, "_test.go") || strings.HasPrefix(file, "test/") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), "../../"+file, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			out[file] = append(out[file], strings.Trim(spec.Path.Value, `"`))
		}
	}
	if len(out) < 30 {
		t.Fatalf("only %d files were looked at", len(out))
	}
	return out
}

// TestSizes holds files to 250 lines and functions to 45. A table of cases is not long
// in the way a function is: tests are measured by file only.
func TestSizes(t *testing.T) {
	for _, file := range goFiles(t) {
		data, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		if lines := bytes.Count(data, []byte("\n")); lines > 250 {
			t.Errorf("%s has %d lines", file, lines)
		}
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		parsed, err := parser.ParseFile(set, file, data, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok {
				if lines := set.Position(f.End()).Line - set.Position(f.Pos()).Line + 1; lines > 45 {
					t.Errorf("%s: %s has %d lines", file, f.Name.Name, lines)
				}
			}
		}
	}
}

// TestNothingOfTheMachine: no file names a path that exists on one machine only.
func TestNothingOfTheMachine(t *testing.T) {
	private := regexp.MustCompile(`/(work|home)/[a-z]+/|/root/[a-z.]|/tmp/[a-z]`)
	for _, file := range tracked(t) {
		data, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		if found := private.Find(data); found != nil && file != "test/repo/repo_test.go" {
			t.Errorf("%s names %s", file, found)
		}
	}
}

// TestOneModuleFewDependencies: each direct dependency was chosen.
func TestOneModuleFewDependencies(t *testing.T) {
	cmd := exec.Command("go", "list", "-m", "-json", "all")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	chosen := []string{
		"k8s.io/", "sigs.k8s.io/yaml", "github.com/spf13/cobra", "github.com/spf13/pflag", "github.com/olekukonko/tablewriter",
		"github.com/google/go-cmp", "github.com/google/jsonschema-go", "github.com/rogpeppe/go-internal", "github.com/mattn/go-runewidth",
		"golang.org/x/sys", "golang.org/x/term", "golang.org/x/text",
	}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct {
			Path           string
			Main, Indirect bool
		}
		if err := decoder.Decode(&m); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		if !m.Main && !m.Indirect && !slices.ContainsFunc(chosen, func(prefix string) bool { return strings.HasPrefix(m.Path, prefix) }) {
			t.Errorf("go.mod requires %s directly", m.Path)
		}
	}
}

// TestExample: docs show what the program says, word for word.
func TestExample(t *testing.T) {
	for page, goldens := range map[string][]string{
		"docs/downward.md": {"pkg/downward/testdata/demo-downward.golden.txt"},
		"docs/dns.md":      {"pkg/dns/testdata/recordings/live.golden.txt", "pkg/dns/testdata/recordings/pod.golden.txt"},
		"docs/rollout.md":  {"pkg/rollout/testdata/crash.golden.txt"},
		"docs/nodes.md":    {"pkg/svcpath/testdata/nodes/stale.golden.txt", "pkg/svcpath/testdata/connections/gone.golden.txt"},
		"docs/svcpath.md": {
			"pkg/svcpath/testdata/field-lb.golden.txt", "pkg/svcpath/testdata/field-close.golden.txt",
			"pkg/svcpath/testdata/field-names.golden.txt", "pkg/svcpath/testdata/field-claims-a.golden.txt",
		},
		"docs/walk.md": {
			"pkg/walk/testdata/clusterip-nft.golden.txt", "pkg/walk/testdata/sticky.golden.txt", "pkg/walk/testdata/unknown.golden.txt",
		},
	} {
		text, err := os.ReadFile("../../" + page)
		if err != nil {
			t.Fatal(err)
		}
		for _, golden := range goldens {
			example, err := os.ReadFile("../../" + golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Contains(text, example) {
				t.Errorf("%s does not show %s; run make generate", page, golden)
			}
		}
	}
}
