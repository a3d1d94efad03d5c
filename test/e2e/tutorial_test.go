//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
)

// localImages stand in for the images that a cluster with a registry pulls.
var localImages = strings.NewReplacer("leigg/hellok8s:v3", "hellok8s:v3", "busybox:1.36", "curl:1")

// block is a fenced block of a page.
type block struct{ language, text string }

// TestTutorial runs each page of the tutorial, and compares what it shows.
func TestTutorial(t *testing.T) {
	links(t)
	root := t.TempDir()
	examples, err := filepath.Glob("../../docs/examples/*.yaml")
	if err != nil || len(examples) < 6 {
		t.Fatalf("%d examples (%v)", len(examples), err)
	}
	if err := os.MkdirAll(filepath.Join(root, "docs/examples"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "docs/examples", filepath.Base(file)), []byte(localImages.Replace(string(data))), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pages, err := filepath.Glob("../../docs/tutorial/[0-9]*.md")
	if err != nil || len(pages) != 8 {
		t.Fatalf("%d pages (%v)", len(pages), err)
	}
	for _, page := range pages {
		name := strings.TrimSuffix(filepath.Base(page), ".md")
		t.Run(name, func(t *testing.T) {
			namespace := "product-tutorial-" + name
			apply(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: "+namespace+"}\n")
			eventually(t, 20*second, "the namespace is ready", func() bool {
				return run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "-n", namespace, "get", "serviceaccount", "default").exit == 0
			})
			runPage(t, page, root, inNamespace(t, namespace))
		})
	}
}

// inNamespace is the administrator's kubeconfig with another namespace.
func inNamespace(t *testing.T, namespace string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.Contexts[config.CurrentContext].Namespace = namespace
	file := filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, file); err != nil {
		t.Fatal(err)
	}
	return file
}

// runPage runs the blocks that are called sh, and holds what they print to the block
// behind each that is called text: its lines are there, in their order.
func runPage(t *testing.T, page, root, kubeconfig string) {
	data, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	// An error that kk finds is an answer too, and its exit status 2.
	const answers = "set -e\ncd \"$1\"\nkubectl() { command kubectl \"$@\" || [ $? = 2 ]; }\n"
	printed := ""
	for _, b := range blocks(string(data)) {
		switch b.language {
		case "sh":
			got := run(t, []string{"KUBECONFIG=" + kubeconfig, "LC_ALL=C"}, "bash", "-c", answers+localImages.Replace(b.text), "page", root)
			if printed = got.stdout + got.stderr; got.exit != 0 {
				t.Fatalf("exit %d of\n%s\n%s", got.exit, b.text, printed)
			}
			if strings.Contains(printed, "not-to-be-seen") {
				t.Errorf("the value of the Secret is shown by\n%s", b.text)
			}
		case "text":
			rest := printed
			for line := range strings.Lines(b.text) {
				at := shown(line).FindStringIndex(rest)
				if at == nil {
					t.Errorf("%q is not shown, or not there, by\n%s", strings.TrimSpace(line), printed)
					break
				}
				rest = rest[at[1]:]
			}
		}
	}
}

// shown is a line of a page as a pattern: an ellipsis is for what differs, blanks for as many.
func shown(line string) *regexp.Regexp {
	var words []string
	for _, word := range strings.Fields(line) {
		words = append(words, strings.ReplaceAll(regexp.QuoteMeta(word), "…", "[^\\n]*"))
	}
	return regexp.MustCompile("(?m)" + strings.Join(words, "[ \\t]*"))
}

func blocks(text string) []block {
	var out []block
	inside := false
	for line := range strings.Lines(text) {
		language, fence := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fence && !inside:
			out, inside = append(out, block{language: language}), true
		case fence:
			inside = false
		case inside:
			out[len(out)-1].text += line
		}
	}
	return out
}
