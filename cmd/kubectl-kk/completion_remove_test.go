package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestRemoveGivesZshrcBack: byte for byte, also where there was none, where the shells come and
// go one by one, and with lines that the user added after the install.
func TestRemoveGivesZshrcBack(t *testing.T) {
	none := "no file"
	for _, c := range []struct{ before, added, after string }{
		{none, "", none}, {"", "", ""}, {"\n", "", "\n"}, {"a\n", "", "a\n"}, {"a", "", "a"}, {"a\n\n", "", "a\n\n"}, {"a\r\nb", "", "a\r\nb"},
		{none, "b\n", "b\n"}, {"", "b", "b"}, {"a", "b\n", "a\nb\n"}, {"a\n", "b", "a\nb"},
	} {
		i, home, _ := machine(t, "bin")
		file := filepath.Join(home, ".zshrc")
		if c.before != none {
			put(t, file, c.before, 0o600)
		}
		for _, shells := range [][]string{{"zsh"}, {"bash"}, {"zsh", "fish"}} {
			if err := i.install(shells); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(file)
		if err != nil || strings.Count(string(text), zshBegin) != 1 {
			t.Fatalf("%v: %q", err, text)
		}
		put(t, file, string(text)+c.added, 0o600)
		if err := i.remove([]string{"bash", "zsh", "fish"}); err != nil {
			t.Fatal(err)
		}
		got := none
		if text, err := os.ReadFile(file); err == nil {
			got = string(text)
		}
		if got != c.after {
			t.Errorf("%q and %q added: it is %q, want %q", c.before, c.added, got, c.after)
		}
		for _, folder := range []string{".local", ".config"} {
			if !isMissing(filepath.Join(home, folder)) {
				t.Errorf("%s was not there before, and stays", folder)
			}
		}
	}
}

// TestRemoveLeavesFolders: those that were there, and those that have something else by now.
func TestRemoveLeavesFolders(t *testing.T) {
	i, home, _ := machine(t, "bin")
	if err := os.MkdirAll(filepath.Join(home, ".local/share"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := i.install([]string{"bash", "fish"}); err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(home, ".config/fish/config.fish")
	put(t, other, "", 0o600)
	if err := i.remove([]string{"bash", "fish"}); err != nil {
		t.Fatal(err)
	}
	for folder, gone := range map[string]bool{".local/share": false, ".local/share/bash-completion": true, ".config/fish/completions": true, ".config/fish/config.fish": false} {
		if isMissing(filepath.Join(home, folder)) != gone {
			t.Errorf("%s: gone %v, want %v", folder, !gone, gone)
		}
	}
}

// TestZshrcThatIsBroken: lines of kk without their end are not guessed at.
func TestZshrcThatIsBroken(t *testing.T) {
	i, home, _ := machine(t, "bin")
	text := "a\n" + zshBegin + "source x\nb\n"
	put(t, filepath.Join(home, ".zshrc"), text, 0o600)
	if err := i.installScript("zsh"); err == nil || !strings.Contains(err.Error(), "correct it by hand") {
		t.Errorf("%v", err)
	}
	if data, _ := os.ReadFile(filepath.Join(home, ".zshrc")); string(data) != text {
		t.Errorf("it is %q now", data)
	}
}
