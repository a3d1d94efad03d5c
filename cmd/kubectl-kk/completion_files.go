package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func (i *installation) installScript(shell string) error {
	file := i.scriptFile(shell)
	if old, err := os.ReadFile(file); err == nil && !bytes.Contains(old, []byte(written)) {
		return fmt.Errorf("%s is there and not from kk; it is left as it is", file)
	}
	var script bytes.Buffer
	if err := writeScript(&script, shell); err != nil {
		return err
	}
	script.WriteString("\n" + written + "\n")
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(file, script.Bytes(), 0o644); err != nil { //nolint:gosec // a script that everyone may read
		return err
	}
	i.say("wrote     " + file)
	if shell != "zsh" {
		return nil
	}
	return i.editZshrc(func(before string) string {
		return before + strings.Join([]string{
			zshBegin, "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }", "source " + quoted(file), zshEnd, "",
		}, "\n")
	}, "wrote     lines at the end of ")
}

// quoted is a word as a shell reads it, whatever is in it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

// editZshrc changes what .zshrc has besides the lines of kk, which it first takes out.
func (i *installation) editZshrc(edit func(string) string, done string) error {
	file, data, err := readToEdit(filepath.Join(i.folder("ZDOTDIR", "."), ".zshrc"))
	if err != nil {
		return err
	}
	text := string(data)
	if before, rest, found := strings.Cut(text, zshBegin+"\n"); found {
		_, after, ended := strings.Cut(rest, zshEnd+"\n")
		if !ended {
			return fmt.Errorf("%s has the line %q and not %q; correct it by hand", file, zshBegin, zshEnd)
		}
		text = before + after
	} else if text != "" && !strings.HasSuffix(text, "\n") {
		text += "\n"
	}
	if text = edit(text); text == string(data) {
		return nil
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(file); err == nil {
		mode = info.Mode().Perm()
	}
	// Written beside and moved: a .zshrc that is half there is worse than none.
	beside := file + ".kk-new"
	if err := os.WriteFile(beside, []byte(text), mode); err != nil {
		return err
	}
	if err := os.Rename(beside, file); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	i.say(done + file)
	return nil
}

// readToEdit reads a file that is to be moved over, and says where it really is: a link
// stays a link. One that may not be written stays as it is, as an editor would leave it.
func readToEdit(file string) (target string, data []byte, err error) {
	info, err := os.Lstat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return file, nil, nil
	case err != nil:
		return "", nil, err
	case info.Mode()&fs.ModeSymlink != 0:
		if file, err = filepath.EvalSymlinks(file); err != nil {
			return "", nil, err
		}
	}
	if info, err = os.Stat(file); err == nil && info.Mode().Perm()&0o200 == 0 {
		return "", nil, fmt.Errorf("%s may not be written (%s); it is left as it is", file, info.Mode())
	}
	data, err = os.ReadFile(file)
	return file, data, err
}

// remove undoes install, and leaves what is not from it.
func (i *installation) remove(shells []string) error {
	if err := i.known(shells); err != nil {
		return err
	}
	removed, say := false, i.say
	i.say = func(text string) { removed = true; say(text) }
	if have, err := exec.LookPath(completerName); err == nil && i.ours(have) {
		if err := os.Remove(have); err != nil {
			return fmt.Errorf("completion install --remove: %w", err)
		}
		i.say("removed   " + have)
	}
	for _, shell := range shells {
		if shell == "powershell" {
			i.say("powershell  take the line of kk out of the file $PROFILE")
			continue
		}
		if err := i.removeScript(shell); err != nil {
			return fmt.Errorf("completion install --remove: %w", err)
		}
	}
	if !removed {
		i.say("nothing of kk's completion is there to remove")
	}
	return nil
}

func (i *installation) removeScript(shell string) error {
	file := i.scriptFile(shell)
	if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte(written)) {
		if err := os.Remove(file); err != nil {
			return err
		}
		i.say("removed   " + file)
	}
	if shell != "zsh" {
		return nil
	}
	_ = os.Remove(filepath.Dir(file)) // kk's own, unless something else is in it
	return i.editZshrc(func(before string) string { return before }, "removed   the lines of kk from ")
}
