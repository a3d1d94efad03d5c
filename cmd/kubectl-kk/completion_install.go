package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// written marks a file as one that install wrote and that remove may remove.
const written = "# written by: kubectl kk completion install"

// installation is what is needed of the machine to write the files of completion.
type installation struct {
	home    string
	getenv  func(string) string
	windows bool
	say     func(string)
}

func (i *installation) install(shells []string) error {
	if err := i.known(shells); err != nil {
		return err
	}
	if err := i.installCompleter(); err != nil {
		return err
	}
	for _, shell := range shells {
		if shell == "powershell" {
			i.say("powershell  add this line to the file $PROFILE: kubectl kk completion powershell | Out-String | Invoke-Expression")
			continue
		}
		if err := i.installScript(shell); err != nil {
			return fmt.Errorf("completion install: %w", err)
		}
	}
	i.say("kubectl kk <TAB> works where kubectl's own completion is on: kubectl completion --help; open a new shell to use it")
	return nil
}

func (i *installation) known(asked []string) error {
	for _, shell := range asked {
		if !slices.Contains(shells, shell) {
			return fmt.Errorf("completion install: %q is none of %s; name the shells to write for", shell, strings.Join(shells, ", "))
		}
	}
	return nil
}

// installCompleter writes the program that kubectl asks, where kubectl looks for it: in a
// folder of PATH. krew makes one link per plugin, which is kubectl-kk (krew#812).
func (i *installation) installCompleter() error {
	plugin, err := exec.LookPath("kubectl-kk")
	if err != nil {
		return errors.New("completion install: kubectl-kk is not on PATH, so kubectl does not find it either; put it there first")
	}
	if plugin, err = filepath.Abs(plugin); err != nil {
		return fmt.Errorf("completion install: %w", err)
	}
	if have, err := exec.LookPath(completerName); err == nil {
		if i.ours(have) {
			i.say("is there  " + have)
			return nil
		}
		return fmt.Errorf("completion install: %s is there and not from kk; it is left as it is", have)
	}
	var failed error
	for _, folder := range i.folders(filepath.Dir(plugin)) {
		file, err := i.writeCompleter(folder, plugin)
		if err == nil {
			i.say("wrote     " + file)
			return nil
		}
		failed = errors.Join(failed, err)
	}
	return fmt.Errorf("completion install: no folder of PATH that holds kubectl-kk or is below your home can be written: %w", failed)
}

// folders are those to try: the plugin's own, then those of PATH that are the user's.
func (i *installation) folders(first string) []string {
	out := []string{first}
	for _, folder := range filepath.SplitList(i.getenv("PATH")) {
		if rel, err := filepath.Rel(i.home, folder); err == nil && filepath.IsLocal(rel) && !slices.Contains(out, folder) {
			out = append(out, folder)
		}
	}
	return out
}

func (i *installation) writeCompleter(folder, plugin string) (string, error) {
	if i.windows { // making a link takes a right there that users seldom have
		file := filepath.Join(folder, completerName+".cmd")
		return file, os.WriteFile(file, []byte("@rem "+written+"\r\n@\""+plugin+"\" __complete %*\r\n"), 0o600)
	}
	target := plugin
	if filepath.Dir(plugin) == folder {
		target = filepath.Base(plugin)
	}
	file := filepath.Join(folder, completerName)
	return file, os.Symlink(target, file)
}

// ours says whether a kubectl_complete-kk is a link to kubectl-kk, or a file that says so.
func (i *installation) ours(file string) bool {
	if target, err := os.Readlink(file); err == nil {
		return calledAs(target) != completerName && strings.HasPrefix(filepath.Base(target), "kubectl-kk")
	}
	data, err := os.ReadFile(file)
	return err == nil && len(data) < 4096 && bytes.Contains(data, []byte(written))
}

// scriptFile is where a shell looks for the script of kk, or where .zshrc will.
func (i *installation) scriptFile(shell string) string {
	data, config := i.folder("XDG_DATA_HOME", ".local/share"), i.folder("XDG_CONFIG_HOME", ".config")
	switch shell {
	case "bash":
		if own := i.getenv("BASH_COMPLETION_USER_DIR"); own != "" {
			return filepath.Join(own, "completions", shortName)
		}
		return filepath.Join(data, "bash-completion", "completions", shortName)
	case "fish":
		return filepath.Join(config, "fish", "completions", shortName+".fish")
	default:
		return filepath.Join(data, "kubectl-kk", "completion.zsh")
	}
}

func (i *installation) folder(variable, below string) string {
	if set := i.getenv(variable); filepath.IsAbs(set) {
		return set
	}
	return filepath.Join(i.home, filepath.FromSlash(below))
}
