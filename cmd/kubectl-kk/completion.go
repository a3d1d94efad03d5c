package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"
)

// shells are those that cobra writes scripts for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

func newCompletion(s *suite) *cobra.Command {
	c := &cobra.Command{
		Use: "completion (bash | zsh | fish | powershell)",
		Long: "Print the script that makes a shell complete kk, kubectl's own commands included.\n" +
			"kubectl completes its plugins itself: it asks the program kubectl_complete-kk, which completion install makes.",
		Example: templates.Examples(`
	# All that is needed for this shell, in files
	kubectl kk completion install

	# For this session only
	source <(kubectl kk completion bash)`),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || !slices.Contains(shells, args[0]) {
				return errors.New("completion: name one shell: bash, zsh, fish or powershell; or kubectl kk completion install, for all that is needed")
			}
			return writeScript(s.Out, args[0])
		},
	}
	c.AddCommand(newCompletionInstall(s))
	return c
}

// writeScript writes the script that completes kk in a shell.
func writeScript(w io.Writer, shell string) error {
	root := &cobra.Command{Use: shortName}
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	default:
		return root.GenPowerShellCompletionWithDesc(w)
	}
}

func newCompletionInstall(s *suite) *cobra.Command {
	var remove bool
	c := &cobra.Command{
		Use:   "install [SHELL...]",
		Short: "Write the files of completion, or remove them",
		Long: "Write kubectl_complete-kk beside kubectl-kk, and for each SHELL (default: that of $SHELL) the file that it loads:\n" +
			"bash (by the package bash-completion) and fish find theirs by themselves, zsh by lines at the end of .zshrc.\n" +
			"What is written is said. --remove without a SHELL removes what there is for any.",
		Example: templates.Examples(`
	# For the shell that you use
	kubectl kk completion install

	# For two shells, and undone
	kubectl kk completion install bash zsh
	kubectl kk completion install --remove`),
		ValidArgs: shells,
		RunE: func(_ *cobra.Command, args []string) error {
			home, err := os.UserHomeDir()
			if err != nil {
				return fmt.Errorf("completion install: find your home: %w", err)
			}
			if !filepath.IsAbs(home) {
				return fmt.Errorf("completion install: your home is %q, which is no absolute path; correct HOME", home)
			}
			if len(args) == 0 && remove {
				args = []string{"bash", "zsh", "fish"}
			} else if own := os.Getenv("SHELL"); len(args) == 0 && own != "" {
				args = []string{filepath.Base(own)}
			} else if len(args) == 0 {
				return errors.New("completion install: SHELL is not set, so name the shells to write for: bash, zsh, fish or powershell")
			}
			i := &installation{home: home, getenv: os.Getenv, windows: runtime.GOOS == "windows", say: func(text string) { fmt.Fprintln(s.Out, text) }}
			if remove {
				return i.remove(args)
			}
			return i.install(args)
		},
	}
	c.Flags().BoolVar(&remove, "remove", false, "Remove what was written")
	return c
}
