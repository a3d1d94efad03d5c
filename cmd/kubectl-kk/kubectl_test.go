package main

import (
	"bytes"
	"os"
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
	for path, want := range map[string]string{empty: "there is no kubectl on PATH", itself: "is kk itself"} {
		t.Setenv("PATH", path)
		var out, complaints bytes.Buffer
		status := start([]string{"/somewhere/kk", "get", "pods"}, nil, &out, &complaints)
		said := complaints.String()
		if status != exitFailed || out.Len() != 0 || strings.Count(said, "\n") != 1 || !strings.Contains(said, want) || !strings.Contains(said, `"get"`) {
			t.Errorf("status %d, %q, %q; want one line with %q", status, out.String(), said, want)
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
