//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package kube

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesScript runs the script in shells that are here, on files whose names and
// contents would mean something to a shell or to the parser.
func TestFilesScript(t *testing.T) {
	dir := t.TempDir()
	contents := map[string]string{
		"plain": "a line\n", "no end": "no line break", "empty": "", "$(touch pwned)": "\x00\x01\n\n",
		"-n": "kk-mark >\nkk-mark <\n", "new\nline": "x", "zero": "A=1\x00B=2\x00",
	}
	var paths []string
	for name, text := range contents {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, file)
	}
	absent := filepath.Join(dir, "absent")
	paths = append(paths, absent, "-n")
	cmd := exec.Command("/bin/sh", append([]string{"-c", readScript, "kk", "kk-secret"}, paths...)...)
	cmd.Dir = dir
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil || complaints.Len() > 0 {
		t.Fatalf("%v: %s", err, complaints.String())
	}
	files, err := ParseFiles(out.Bytes(), "kk-secret", paths)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if f.Path == absent {
			if !strings.Contains(f.Complaint, "No such file") {
				t.Errorf("complaint %q", f.Complaint)
			}
			continue
		}
		if want := contents[filepath.Base(f.Path)]; string(f.Data) != want || f.Complaint != "" {
			t.Errorf("%q holds %q (%s), want %q", f.Path, f.Data, f.Complaint, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "pwned")); err == nil {
		t.Error("a file name was evaluated")
	}
	for cut := range out.Len() - len("kk-secret end\n") {
		if _, err := ParseFiles(out.Bytes()[:cut], "kk-secret", paths); err == nil {
			t.Fatalf("an output cut at byte %d of %d is taken for whole", cut, out.Len())
		}
	}
}
