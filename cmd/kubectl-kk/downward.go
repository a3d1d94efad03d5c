package main

import (
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

var downwardExample = templates.Examples(`
	# All fields of a Pod with their values now, and who uses them
	kubectl kk downward web-7d4b9c-x2x9z

	# A Pod of a Deployment, one of its containers, with the rule behind each field
	kubectl kk downward deploy/web -c app -o wide

	# All fields there are, in a version, without a cluster
	kubectl kk downward --list --version 1.28

	# The YAML by which a container learns its name and its limit
	kubectl kk downward deploy/web --yaml metadata.name limits.memory --divisor 1Mi

	# The same as files
	kubectl kk downward deploy/web --yaml metadata.labels limits.cpu --as volume

	# What a manifest asks for, before it is applied
	kubectl kk downward -f pod.yaml`)

// downwardOptions are the command's flags and arguments.
type downwardOptions struct {
	*suite
	request downward.Request
	snippet downward.SnippetRequest
	minor   int
	output  string
	via     string
	timeout time.Duration
	list    bool
	version string
	file    string
	yaml    bool
	tape    tapeOptions
}

func newDownward(s *suite) *cobra.Command {
	o := &downwardOptions{suite: s, tape: tapeOptions{recording: kk.DemoDownward}}
	c := &cobra.Command{
		Use:     "downward (POD | TYPE/NAME) [--yaml FIELD...] | --list | -f FILE",
		Example: downwardExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.complete(args); err != nil {
				return err
			}
			return o.run(c)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&o.request.Container, "container", "c", "", "One container. Default: all")
	flags.StringVarP(&o.output, "output", "o", "table", "Output format: table, wide, json or yaml")
	flags.StringVar(&o.via, "via", "exec", "How to read what containers hold: exec or none")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "How long reading a container may take")
	flags.BoolVar(&o.list, "list", false, "List the fields there are, without a Pod")
	flags.StringVar(&o.version, "version", "", "With --list or -f: the Kubernetes version, such as 1.29. Default: the newest that kk knows")
	flags.StringVarP(&o.file, "filename", "f", "", "Explain the uses in a manifest that is not applied yet; - is standard input")
	flags.BoolVar(&o.yaml, "yaml", false, "Print the YAML for the fields that are named, for the Pod's manifest")
	flags.StringVar(&o.snippet.As, "as", "", "With --yaml: env or volume. Default: env where that can be. Without --yaml, as in kubectl: the user to impersonate")
	flags.StringVar(&o.snippet.Divisor, "divisor", "", "With --yaml: the unit of resources, such as 1m or 1Mi. Default: 1")
	o.tape.addFlags(flags)
	return c
}

func (o *downwardOptions) run(c *cobra.Command) error {
	switch {
	case o.list:
		return o.printList()
	case o.file != "":
		return o.manifest()
	}
	s, err := o.snapshot(c)
	if err != nil {
		return err
	}
	if o.yaml {
		return o.printSnippet(s)
	}
	view, err := downward.Analyze(s, o.request)
	if err != nil {
		return err
	}
	return o.print(view, view)
}
