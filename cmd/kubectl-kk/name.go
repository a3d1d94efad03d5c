package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// The names that the suite answers to. Under any other it is kubectl's plugin too.
const (
	pluginName = "kubectl kk"
	shortName  = "kk"
	// completerName is the program that kubectl asks when TAB is pressed behind kubectl kk
	// (k8s.io/kubectl/pkg/cmd/plugin/plugin_completion.go).
	completerName = "kubectl_complete-kk"
)

// calledAs is the name by which the program was started.
func calledAs(argv0 string) string {
	base := filepath.Base(argv0)
	if strings.EqualFold(filepath.Ext(base), ".exe") {
		base = base[:len(base)-len(".exe")]
	}
	if base == shortName || base == completerName {
		return base
	}
	return pluginName
}

// kubectlSwitches are kubectl's own flags before a command that take no value and that the
// suite has not (kubectl options lists them).
var kubectlSwitches = map[string]bool{"h": true, "help": true, "match-server-version": true, "warnings-as-errors": true}

// spoken are the arguments that are no flags and no flags' values.
func spoken(root *cobra.Command, args []string) []string {
	known := root.PersistentFlags()
	var out []string
	for i := 0; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "--":
			return append(out, args[i+1:]...)
		case strings.HasPrefix(arg, "-") && len(arg) > 1:
			if valueFollows(known, arg, len(out) == 0) {
				i++
			}
		default:
			out = append(out, arg)
		}
	}
	return out
}

// valueFollows says whether the value of a flag is the argument behind it. Before the
// command cobra, which kubectl finds its command by, takes each flag that it does not know
// for one with a value (stripFlags of cobra's command.go): kubectl -l env get pods gets Pods.
func valueFollows(known *pflag.FlagSet, arg string, before bool) bool {
	name, long := strings.CutPrefix(arg, "--")
	if !long {
		name = arg[1:]
	}
	if strings.Contains(name, "=") || !long && len(name) > 1 {
		return false
	}
	f := known.Lookup(name)
	if !long {
		f = known.ShorthandLookup(name)
	}
	if f == nil {
		return before && !kubectlSwitches[name]
	}
	return f.NoOptDefVal == ""
}

// isOurs says whether a command line that began with kk is the suite's. Every other one
// is kubectl's.
func isOurs(root *cobra.Command, args []string) bool {
	said := spoken(root, args)
	if len(said) == 0 {
		return true
	}
	first, rest := said[0], said[1:]
	switch {
	case first == "help":
		return len(rest) == 0 || has(root, rest[0])
	case strings.HasPrefix(first, "__complete"):
		return true
	case first == "explain":
		return explainsFinding(args, rest)
	default:
		return has(root, first)
	}
}

// explainsFinding tells kk explain KK-SVC-104 from kubectl's kk explain pod.spec.
func explainsFinding(args, rest []string) bool {
	for _, arg := range args {
		if arg == "--list" {
			return true
		}
	}
	for _, word := range rest {
		if len(word) >= 3 && strings.EqualFold(word[:3], "KK-") {
			return true
		}
	}
	return len(rest) == 0
}

func has(root *cobra.Command, name string) bool {
	for _, c := range root.Commands() {
		if c.Name() == name {
			return true
		}
	}
	return false
}

// speakAs puts the name by which the user called into the help of every command.
func speakAs(root *cobra.Command, name string) {
	root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: name}
	if name == pluginName {
		return
	}
	root.Long += "\n\nEvery command that is not listed here goes on to kubectl: kk get pods is kubectl get pods."
	for _, c := range append(root.Commands(), root) {
		c.Example = named(name, c.Example)
		c.Long = named(name, c.Long)
		for _, sub := range c.Commands() {
			sub.Example, sub.Long = named(name, sub.Example), named(name, sub.Long)
		}
	}
}

// named is a text of ours with the name by which the user called the suite.
func named(name, text string) string { return strings.ReplaceAll(text, pluginName, name) }
