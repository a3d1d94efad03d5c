package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoKubectl: a command that is kubectl's, and no kubectl to give it to.
func TestNoKubectl(t *testing.T) {
	empty, itself := t.TempDir(), t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, filepath.Join(itself, "kubectl")); err != nil {
		t.Skipf("this system makes no links: %v", err)
	}
	t.Chdir(itself)
	for path, want := range map[string]string{empty: "there is no kubectl on PATH", itself: "is kk itself", ".": "of the current folder"} {
		t.Setenv("PATH", path)
		var out, complaints bytes.Buffer
		status := start([]string{"/somewhere/kk", "get", "pods"}, nil, &out, &complaints)
		said := complaints.String()
		if status != exitFailed || out.Len() != 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, want) || !strings.Contains(said, `"get"`) {
			t.Errorf("status %d, %q, %q; want one line with %q", status, out.String(), said, want)
		}
	}
}

// TestKubectlThatComesBack: a script that is called kubectl and runs kk. It ends, with one
// sentence, and TAB offers what the suite has.
func TestKubectlThatComesBack(t *testing.T) {
	home := shellHome(t)
	for _, script := range []string{"exec kk \"$@\"", "kk \"$@\""} {
		put(t, filepath.Join(home, ".local/bin/kubectl"), "#!/bin/sh\n"+script+"\n", 0o700)
		out, err := exec.Command("kk", "get", "pods").CombinedOutput()
		if err == nil || strings.Count(string(out), "\n") != 1 || !strings.Contains(string(out), home+"/.local/bin/kubectl, gave it back to kk 10 times; put the real one before it") {
			t.Errorf("%s: %v, %q", script, err, out)
		}
		if out, err := exec.Command("kk", "__complete", "svcp").Output(); err != nil || !strings.HasPrefix(string(out), "svcpath\t") {
			t.Errorf("%s: TAB: %v, %q", script, err, out)
		}
	}
}

func TestCalledAs(t *testing.T) {
	for argv0, want := range map[string]string{
		"kk": shortName, "/usr/local/bin/kk": shortName, "kk.exe": shortName, "./kk.EXE": shortName,
		"kubectl-kk": pluginName, "/x/kubectl-kk": pluginName, "kk-v1": pluginName, "": pluginName, "kubectl": pluginName,
		"kubectl_complete-kk": completerName, "/x/kubectl_complete-kk.exe": completerName,
	} {
		if got := calledAs(argv0); got != want {
			t.Errorf("%q is %q, want %q", argv0, got, want)
		}
	}
}

// TestSignalsAreUntouched: a signal that ends a program ends the one that kk becomes, though
// the suite itself ignores or catches it.
func TestSignalsAreUntouched(t *testing.T) {
	home := shellHome(t)
	for _, signal := range []string{"PIPE", "INT", "HUP", "TERM"} {
		script := "#!/bin/sh\nkill -" + signal + " $$\necho alive\n"
		if err := os.WriteFile(filepath.Join(home, ".local/bin/kubectl"), []byte(script), 0o700); err != nil { //nolint:gosec // it is a program
			t.Fatal(err)
		}
		out, err := exec.Command("kk", "get", "pods").CombinedOutput()
		if err == nil || !strings.HasPrefix(err.Error(), "signal: ") || len(out) != 0 {
			t.Errorf("%s: %v, %q; want an end by the signal", signal, err, out)
		}
	}
}
