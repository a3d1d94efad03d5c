package main

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// machine is an installation for a home of its own, whose PATH has kubectl-kk in a folder
// that can be written or not.
func machine(t *testing.T, pathFolders ...string) (i *installation, home string, said *[]string) {
	t.Helper()
	home = t.TempDir()
	var path []string
	for _, folder := range pathFolders {
		path = append(path, filepath.Join(home, folder))
		if err := os.MkdirAll(path[len(path)-1], 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if len(path) > 0 {
		put(t, filepath.Join(path[0], "kubectl-kk"), "#!/bin/sh\n", 0o700)
	}
	t.Setenv("PATH", strings.Join(path, string(os.PathListSeparator)))
	said = &[]string{}
	getenv := func(name string) string {
		if name == "PATH" {
			return os.Getenv("PATH")
		}
		return ""
	}
	return &installation{home: home, getenv: getenv, say: func(text string) { *said = append(*said, text) }}, home, said
}

func put(t *testing.T, file, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// TestInstallAndRemove: what is written is said, a second time changes nothing, and
// nothing of it is left after --remove.
func TestInstallAndRemove(t *testing.T) {
	i, home, said := machine(t, "krew/bin")
	const zshrc = "alias k=kubectl\nlast line without an end"
	put(t, filepath.Join(home, ".zshrc"), zshrc, 0o600)
	before := files(t, home)
	shells := []string{"bash", "zsh", "fish", "powershell"}
	if err := i.install(shells); err != nil {
		t.Fatal(err)
	}
	once := files(t, home)
	for name := range once {
		if _, old := before[name]; !old && !strings.Contains(strings.Join(*said, "\n"), name) {
			t.Errorf("%s was written and not said", name)
		}
	}
	if target, err := os.Readlink(filepath.Join(home, "krew/bin", completerName)); err != nil || target != "kubectl-kk" {
		t.Errorf("%v, %q", err, target)
	}
	if err := i.install(shells); err != nil {
		t.Fatal(err)
	}
	if again := files(t, home); len(again) != len(once) || again[filepath.Join(home, ".zshrc")] != once[filepath.Join(home, ".zshrc")] {
		t.Errorf("a second install changes files: %q", again[filepath.Join(home, ".zshrc")])
	}
	if err := i.remove(shells); err != nil {
		t.Fatal(err)
	}
	if err := i.remove(shells[:3]); err != nil || (*said)[len(*said)-1] != "nothing of kk's completion is there to remove" {
		t.Errorf("%v, %q", err, *said)
	}
	if after := files(t, home); !maps.Equal(after, before) {
		t.Errorf("--remove leaves %q", after)
	}
	if left, err := os.ReadDir(home); err != nil || len(left) != 2 {
		t.Errorf("--remove leaves the folders %v, %v", left, err)
	}
	if info, err := os.Stat(filepath.Join(home, ".zshrc")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode of .zshrc is %v, %v", info.Mode(), err)
	}
}

// TestInstallLeavesOthersAlone: files that kk did not write are neither written over nor removed.
func TestInstallLeavesOthersAlone(t *testing.T) {
	i, home, _ := machine(t, "bin")
	foreign := filepath.Join(home, "bin", completerName)
	put(t, foreign, "#!/bin/sh\n# somebody else's\n", 0o700)
	script := filepath.Join(home, ".local/share/bash-completion/completions/kk")
	if err := i.install([]string{"bash"}); err == nil || !strings.Contains(err.Error(), "not from kk") {
		t.Errorf("%v", err)
	}
	if err := i.remove([]string{"bash"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(foreign); err != nil {
		t.Errorf("it was removed: %v", err)
	}
	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(script), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, script, "complete -F _mine kk\n", 0o600)
	if err := i.install([]string{"bash"}); err == nil || !strings.Contains(err.Error(), script) {
		t.Errorf("%v", err)
	}
	if err := i.remove([]string{"bash"}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(script); err != nil {
		t.Errorf("it was removed: %v", err)
	}
}

// TestInstallLeavesZshrcAlone: one that may not be written, and a link to one that is not there now.
func TestInstallLeavesZshrcAlone(t *testing.T) {
	i, home, _ := machine(t, "bin")
	zshrc := filepath.Join(home, ".zshrc")
	put(t, zshrc, "alias k=kubectl\n", 0o400)
	if err := i.install([]string{"zsh"}); err == nil || !strings.Contains(err.Error(), zshrc+" may not be written") {
		t.Errorf("%v", err)
	}
	if text, err := os.ReadFile(zshrc); err != nil || string(text) != "alias k=kubectl\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := os.Remove(zshrc); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(home, "not", "there"), zshrc); err != nil {
		t.Fatal(err)
	}
	if err := i.install([]string{"zsh"}); err == nil {
		t.Error("a link to nowhere was written over")
	}
	if _, err := os.Readlink(zshrc); err != nil {
		t.Errorf("the link is gone: %v", err)
	}
}

// TestInstallFindsAFolder: a folder of PATH that cannot be written is not the end.
func TestInstallFindsAFolder(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root may write everywhere: a file stands for the folder that cannot be written")
	}
	i, home, _ := machine(t, "closed", "own")
	outside := t.TempDir()
	put(t, filepath.Join(outside, "kubectl-kk"), "#!/bin/sh\n", 0o700)
	t.Setenv("PATH", strings.Join([]string{outside, filepath.Join(home, "missing"), filepath.Join(home, "own")}, string(os.PathListSeparator)))
	if got := i.folders(outside); len(got) != 3 || got[0] != outside || got[2] != filepath.Join(home, "own") {
		t.Errorf("%v", got)
	}
	file, err := i.writeCompleter(filepath.Join(home, "own"), filepath.Join(outside, "kubectl-kk"))
	if err != nil {
		t.Fatal(err)
	}
	if target, _ := os.Readlink(file); target != filepath.Join(outside, "kubectl-kk") {
		t.Errorf("it links to %q", target)
	}
	t.Setenv("PATH", home)
	if err := i.install([]string{"bash"}); err == nil || !strings.Contains(err.Error(), "kubectl-kk is not on PATH") {
		t.Errorf("%v", err)
	}
	if err := i.install([]string{"tcsh"}); err == nil || !strings.Contains(err.Error(), `"tcsh" is none of`) {
		t.Errorf("%v", err)
	}
}

// TestInstallOnWindows writes a program in place of a link, which takes a right there.
func TestInstallOnWindows(t *testing.T) {
	i, home, _ := machine(t, "bin")
	i.windows = true
	file, err := i.writeCompleter(filepath.Join(home, "bin"), `C:\krew\bin\kubectl-kk.exe`)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || filepath.Ext(file) != ".cmd" || !strings.Contains(string(data), `@"C:\krew\bin\kubectl-kk.exe" __complete %*`) || !i.ours(file) {
		t.Errorf("%v, %s: %q", err, file, data)
	}
}
