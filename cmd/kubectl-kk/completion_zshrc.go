package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// The lines that .zshrc gets stand between these.
const zshBegin, zshEnd = "# >>> kubectl kk completion >>>\n", "# <<< kubectl kk completion <<<\n"

// What has to be known to give .zshrc back as it was stands among the lines of kk.
const (
	zshNew      = "# --remove removes this file: it was not there\n"
	zshUnclosed = "# --remove takes the end from the line above: it had none\n"
)

// zshrc is the user's .zshrc without the lines of kk.
type zshrc struct {
	file string
	// now is what the file holds, the lines of kk included.
	now, text string
	// there is false where the file is kk's own, or not there.
	there bool
}

// addToZshrc ends .zshrc with the lines that load a script.
func (i *installation) addToZshrc(script string) error {
	z, err := i.readZshrc()
	if err != nil {
		return err
	}
	text, note := z.text, ""
	switch {
	case !z.there:
		note = zshNew
	case text != "" && !strings.HasSuffix(text, "\n"):
		text, note = text+"\n", zshUnclosed
	}
	text += zshBegin + note + "(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }\nsource " + quoted(script) + "\n" + zshEnd
	return i.writeZshrc(z, text, "wrote     lines at the end of ")
}

// takeFromZshrc leaves .zshrc as it was before kk, and none where there was none.
func (i *installation) takeFromZshrc() error {
	z, err := i.readZshrc()
	if err != nil {
		return err
	}
	if !z.there && z.now != "" {
		if err := os.Remove(z.file); err != nil {
			return err
		}
		i.say("removed   " + z.file)
		return nil
	}
	return i.writeZshrc(z, z.text, "removed   the lines of kk from ")
}

func (i *installation) readZshrc() (*zshrc, error) {
	file, data, err := readToEdit(filepath.Join(i.folder("ZDOTDIR", "."), ".zshrc"))
	if err != nil {
		return nil, err
	}
	z := &zshrc{file: file, now: string(data), text: string(data), there: data != nil}
	before, rest, found := strings.Cut(z.now, zshBegin)
	if !found {
		return z, nil
	}
	lines, after, ended := strings.Cut(rest, zshEnd)
	if !ended {
		return nil, fmt.Errorf("%s has the line %q and not %q; correct it by hand", file, strings.TrimSpace(zshBegin), strings.TrimSpace(zshEnd))
	}
	if strings.HasPrefix(lines, zshUnclosed) && after == "" {
		before = strings.TrimSuffix(before, "\n")
	}
	z.text = before + after
	z.there = z.text != "" || !strings.HasPrefix(lines, zshNew)
	return z, nil
}

func (i *installation) writeZshrc(z *zshrc, text, done string) error {
	if text == z.now {
		return nil
	}
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(z.file); err == nil {
		mode = info.Mode().Perm()
	}
	// Written beside and moved: a .zshrc that is half there is worse than none.
	beside := z.file + ".kk-new"
	if err := os.WriteFile(beside, []byte(text), mode); err != nil {
		return err
	}
	if err := os.Rename(beside, z.file); err != nil {
		return errors.Join(err, os.Remove(beside))
	}
	i.say(done + z.file)
	return nil
}

// readToEdit reads a file that is to be moved over, and says where it really is: a link
// stays a link. One that may not be written stays as it is, as an editor would leave it.
// One that is not there has no data.
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

// quoted is a word as a shell reads it, whatever is in it.
func quoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }
