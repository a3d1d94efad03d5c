package main

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// foldersMade begins the last line of a script: how many folders above it install made.
const foldersMade = "# folders made for it: "

func (i *installation) installScript(shell string) error {
	file := i.scriptFile(shell)
	old, err := os.ReadFile(file)
	if err == nil && !bytes.Contains(old, []byte(written)) {
		return fmt.Errorf("%s is there and not from kk; it is left as it is", file)
	}
	var script bytes.Buffer
	if err := writeScript(&script, shell); err != nil {
		return err
	}
	made := len(foldersOf(file, old))
	for folder := filepath.Dir(file); isMissing(folder); folder = filepath.Dir(folder) {
		made++
	}
	fmt.Fprintf(&script, "\n%s\n%s%d\n", written, foldersMade, made)
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
	return i.addToZshrc(file)
}

func isMissing(folder string) bool {
	_, err := os.Lstat(folder)
	return os.IsNotExist(err)
}

// foldersOf are the folders above a script that install made for it, by the script's own word.
func foldersOf(file string, script []byte) []string {
	_, word, _ := bytes.Cut(script, []byte("\n"+foldersMade))
	n, _ := strconv.Atoi(strings.TrimSpace(string(word)))
	var out []string
	for folder := filepath.Dir(file); len(out) < n && folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		out = append(out, folder)
	}
	return out
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
	var folders []string
	for _, shell := range shells {
		if shell == "powershell" {
			i.say("powershell  take the line of kk out of the file $PROFILE")
			continue
		}
		made, err := i.removeScript(shell)
		if err != nil {
			return fmt.Errorf("completion install --remove: %w", err)
		}
		folders = append(folders, made...)
	}
	// The innermost first; one that something else is in by now stays.
	slices.SortFunc(folders, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, folder := range folders {
		_ = os.Remove(folder)
	}
	if !removed {
		i.say("nothing of kk's completion is there to remove")
	}
	return nil
}

// removeScript returns the folders that install made for it.
func (i *installation) removeScript(shell string) (folders []string, err error) {
	file := i.scriptFile(shell)
	if data, err := os.ReadFile(file); err == nil && bytes.Contains(data, []byte(written)) {
		if err := os.Remove(file); err != nil {
			return nil, err
		}
		folders = foldersOf(file, data)
		i.say("removed   " + file)
	}
	if shell != "zsh" {
		return folders, nil
	}
	return folders, i.takeFromZshrc()
}
