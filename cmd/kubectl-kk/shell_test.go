package main

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shellHome is a home of its own whose PATH begins with links to the program under test
// and a kubectl that answers from a file.
func shellHome(t *testing.T) (home string) {
	t.Helper()
	self, err := exec.LookPath("kk") // one of those that testscript.Main made
	if err != nil {
		t.Fatal(err)
	}
	home = t.TempDir()
	bin := filepath.Join(home, ".local", "bin")
	if err := os.MkdirAll(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kk", "kubectl-kk"} {
		if err := os.Symlink(filepath.Join(filepath.Dir(self), name), filepath.Join(bin, name)); err != nil {
			t.Skipf("this system makes no links: %v", err)
		}
	}
	kubectl := "#!/bin/sh\nexec '" + filepath.Join(filepath.Dir(self), "fake-kubectl") + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(bin, "kubectl"), []byte(kubectl), 0o700); err != nil { //nolint:gosec // it is a program
		t.Fatal(err)
	}
	t.Setenv("PATH", strings.Join([]string{bin, "/usr/local/bin", "/usr/bin", "/bin"}, string(os.PathListSeparator)))
	for name, value := range map[string]string{"HOME": home, "XDG_DATA_HOME": "", "XDG_CONFIG_HOME": "", "ZDOTDIR": "", "BASH_COMPLETION_USER_DIR": ""} {
		t.Setenv(name, value)
	}
	return home
}

// press presses TAB at the end of a line in a shell, and returns what the shell offers; of
// zsh, what the line has become.
func press(t *testing.T, shell, line string) []string {
	t.Helper()
	program := map[string][]string{
		"bash": {"bash", "--norc", "testdata/shell/bash.sh"}, "zsh": {"zsh", "-f", "testdata/shell/zsh.sh"}, "fish": {"fish", "testdata/shell/fish.sh"},
	}[shell]
	if _, err := exec.LookPath(shell); err != nil {
		t.Skipf("%s is not installed; hack/packages.sh does it", shell)
	}
	if _, err := os.Stat("/usr/share/bash-completion/bash_completion"); err != nil && shell == "bash" {
		t.Skip("bash-completion is not installed; hack/packages.sh does it")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, program[0], append(program[1:], line)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		t.Fatalf("%s: %v: %s%s", shell, err, out, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	var offers []string
	for text := range strings.Lines(string(out)) {
		word, _, _ := strings.Cut(strings.TrimRight(text, "\r\n"), "\t")
		word, _, _ = strings.Cut(word, "  (") // what it is, in bash
		offers = append(offers, strings.TrimRight(word, " "))
	}
	return offers
}

// tabs are lines, what the shells offer there, and what zsh makes of the line.
var tabs = []struct{ line, offers, zsh string }{
	{"kk svcp", "svcpath", "kk svcpath"},
	{"kk ge", "get", "kk get"},
	{"kk svcpath he", "hellok8s", "kk svcpath hellok8s"},
	{"kk svcpath svc/h", "svc/hellok8s", "kk svcpath svc/hellok8s"},
	{"kk svcpath hellok8s --node ", "node-1 node-2", "kk svcpath hellok8s --node node-"},
	{"kk svcpath hellok8s --port h", "http", "kk svcpath hellok8s --port http"},
	{"kk env web-1 -c s", "sidecar", "kk env web-1 -c sidecar"},
	{"kk -n sh", "shop", "kk -n shop"},
	{"kk explain KK-NODE-101", "KK-NODE-101", "kk explain KK-NODE-101"},
	{"kk get po", "pods", "kk get pods"},
	{"kk svcpath hellok8s -o js", "json", "kk svcpath hellok8s -o json"},
}

// TestTab presses TAB in real shells.
func TestTab(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(offering))
	defer server.Close()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			shellHome(t)
			clusterOf(t, server.URL)
			pressAll(t, shell, map[string]int{"bash": len(tabs), "zsh": 7, "fish": len(tabs)}[shell])
		})
	}
}

// pressAll presses TAB at the end of the first lines.
func pressAll(t *testing.T, shell string, first int) {
	t.Helper()
	for _, tab := range tabs[:first] {
		want := tab.offers
		if shell == "zsh" {
			want = tab.zsh
		}
		if got := strings.Join(press(t, shell, tab.line), " "); got != want {
			t.Errorf("%s: %q<TAB>: %q, want %q", shell, tab.line, got, want)
		}
	}
}

// TestTabInstalled presses TAB in shells that found by themselves what completion install
// wrote, and looks at what --remove leaves.
func TestTabInstalled(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(offering))
	defer server.Close()
	for _, shell := range []string{"bash", "zsh", "fish"} {
		t.Run(shell, func(t *testing.T) {
			home := shellHome(t)
			clusterOf(t, server.URL)
			before := files(t, home)
			installCompletion(t, shell)
			t.Setenv("INSTALLED", "1")
			pressAll(t, shell, 3)
			installCompletion(t, shell, "--remove")
			for name, text := range files(t, home) {
				if old, was := before[name]; (!was || old != text) && !strings.Contains(name, "fish_") && !strings.Contains(name, ".zcompdump") {
					t.Errorf("--remove leaves %s: %q", name, text)
				}
			}
		})
	}
}

func installCompletion(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.Command("kubectl-kk", append([]string{"completion", "install"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("completion install %v: %v: %s", args, err, out)
	}
}

// files are those below a folder, with their text.
func files(t *testing.T, folder string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		out[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
