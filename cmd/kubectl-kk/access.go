package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/kubectl/pkg/util/templates"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/internal/registry"
	"github.com/kubectl-kk/kubectl-kk/pkg/access"
)

var accessExample = templates.Examples(`
	# Which commands can answer here
	kubectl kk access

	# Every right that one needs, and what still works without
	kubectl kk access svcpath -n shop

	# The roles that give them, for the namespace shop
	kubectl kk access svcpath -n shop -o yaml | kubectl apply -f -`)

// accessOptions are the command's flags and arguments.
type accessOptions struct {
	*suite
	commands []registry.Command
	output   string
}

func newAccess(s *suite) *cobra.Command {
	o := &accessOptions{suite: s}
	c := &cobra.Command{
		Use:     "access [COMMAND]",
		Long:    "Show which rights a command needs, and ask the API server which of them you have.\n-o yaml asks nothing: it prints the roles that give a command what it needs and nothing else.",
		Example: accessExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.complete(args); err != nil {
				return err
			}
			if o.output == "yaml" {
				return o.roles()
			}
			return o.run(c)
		},
	}
	c.Flags().StringVarP(&o.output, "output", "o", "table", "Output format: the answer as table, wide or json, the roles as yaml. One of table, wide, json or yaml")
	return c
}

func (o *accessOptions) complete(args []string) error {
	if err := oneOf("--output", o.output, "table", "wide", "json", "yaml"); err != nil {
		return err
	}
	if namespace := *o.flags.Namespace; namespace != "" {
		if problems := validation.IsDNS1123Label(namespace); len(problems) > 0 {
			return fmt.Errorf("access: %q is not the name of a namespace: %s", namespace, problems[0])
		}
	}
	all, err := kk.Registry()
	if err != nil {
		return err
	}
	switch len(args) {
	case 0:
		o.commands = all.Commands
		return nil
	case 1:
		command, ok := all.Command(args[0])
		if !ok {
			return fmt.Errorf("access %s: kk has no such command; near: %s", args[0], nearest(all.Commands, func(c registry.Command) string { return c.Name }, args[0]))
		}
		o.commands = []registry.Command{command}
		return nil
	default:
		return fmt.Errorf("access: one command at a time, or none for all: %q is one too many", args[1])
	}
}

// roles prints what who administers the cluster may apply.
func (o *accessOptions) roles() error {
	var documents []string
	for _, command := range o.commands {
		text, err := access.Roles(command, *o.flags.Namespace)
		if err != nil {
			return err
		}
		if text != "" {
			documents = append(documents, text)
		}
	}
	if len(documents) == 0 {
		return fmt.Errorf("access %s -o yaml: it needs no rights, so there is no role", o.commands[0].Name)
	}
	_, err := io.WriteString(o.Out, strings.Join(documents, "---\n"))
	return err
}

func (o *accessOptions) run(c *cobra.Command) error {
	const without = "without an answer -o yaml still prints what is needed"
	clients, err := kube.Connect(o.flags, userAgent())
	if err != nil {
		return fmt.Errorf("%w; %s", err, without)
	}
	needs := access.Needs(o.commands, clients.Namespace)
	said, err := access.Gather(c.Context(), clients.Interface, needs)
	if err != nil {
		return fmt.Errorf("ask the API server which rights you have: %w; %s", err, without)
	}
	view := access.Analyze(needs, said, clients.Namespace)
	if err := o.print(view); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if view.CannotAnswer() {
		return errFinding
	}
	return nil
}

func (o *accessOptions) print(view *access.View) error {
	if o.output == "json" {
		return printObject(o.Out, "json", view)
	}
	style, err := o.style(os.Getenv)
	if err != nil {
		return err
	}
	return access.Render(o.Out, view, access.Options{Style: style, Wide: o.output == "wide"})
}
