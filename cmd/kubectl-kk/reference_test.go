package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
)

// touchWords say what each touch of plugins.yaml means.
var touchWords = map[registry.Touch]string{
	registry.Nothing: "nothing: it asks no cluster",
	registry.Read:    "reads the API",
	registry.Exec:    "reads the API, and by exec in a container",
	registry.Pod:     "reads the API; makes a pod of kk's own, or removes it",
}

// TestGeneratedReference holds docs/reference/ to the commands: one page each, and the
// flags of all on one.
func TestGeneratedReference(t *testing.T) {
	root := newRoot(streams())
	files := map[string]string{"flags.md": globalFlags(root)}
	index := "# Reference\n\nOne page for each command, from the commands themselves. [Flags of every command](flags.md) are kubectl's own.\n\n| command | what it does |\n|---|---|\n"
	for _, described := range described(t) {
		c, _, err := root.Find([]string{described.Name})
		if err != nil {
			t.Fatal(err)
		}
		files[described.Name+".md"] = page(c, described)
		index += fmt.Sprintf("| [`%s`](%s.md) | %s |\n", c.CommandPath(), described.Name, described.Summary)
	}
	files["README.md"] = index
	generated(t, "../../docs/reference", files)
}

// page is all that there is to say of one command.
func page(c *cobra.Command, described registry.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s.\n\n%s\n", c.CommandPath(), described.Summary, described.Question)
	usage(&b, c)
	for _, sub := range c.Commands() {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", sub.CommandPath(), sub.Short)
		usage(&b, sub)
	}
	fmt.Fprintf(&b, "\n## What it touches\n\n%s.", strings.ToUpper(touchWords[described.Touches][:1])+touchWords[described.Touches][1:])
	if len(described.RBAC) > 0 {
		fmt.Fprintf(&b, " The rights that it needs are in [rbac/%s.yaml](../../rbac/%s.yaml);\n`kubectl kk access %s` shows which of them you have, and what still works without the others.", described.Name, described.Name, described.Name)
	}
	b.WriteString("\n\n## Exit status\n\n| status | means |\n|---|---|\n")
	for _, status := range []string{"0", "1", "2"} {
		if means := described.Exit[status]; means != "" {
			fmt.Fprintf(&b, "| %s | %s |\n", status, means)
		}
	}
	return b.String()
}

func usage(b *strings.Builder, c *cobra.Command) {
	fmt.Fprintf(b, "\n```\n%s\n```\n", c.UseLine())
	if c.Long != "" {
		fmt.Fprintf(b, "\n%s\n", c.Long)
	}
	if c.Example != "" {
		fmt.Fprintf(b, "\n```sh\n%s\n```\n", strings.Trim(strings.ReplaceAll("\n"+c.Example, "\n  ", "\n"), "\n"))
	}
	flagTable(b, c.LocalNonPersistentFlags())
}

func flagTable(b *strings.Builder, flags *pflag.FlagSet) {
	if !flags.HasAvailableFlags() {
		return
	}
	b.WriteString("\n| flag | default | what it does |\n|---|---|---|\n")
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
			value = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", name, value, strings.ReplaceAll(strings.ReplaceAll(f.Usage, "|", "\\|"), "\n", " "))
	})
}

func globalFlags(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Flags of every command\n\nThose of kubectl, with kubectl's meaning, and `--lang`, `--color` and `-v`.\n")
	flagTable(&b, root.PersistentFlags())
	return b.String()
}
