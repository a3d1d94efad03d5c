package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
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
	flags.StringVar(&o.snippet.As, "as", "", "With --yaml: env or volume. Default: env where that can be")
	flags.StringVar(&o.snippet.Divisor, "divisor", "", "With --yaml: the unit of resources, such as 1m or 1Mi. Default: 1")
	o.tape.addFlags(flags)
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *downwardOptions) complete(args []string) (err error) {
	if err := errors.Join(
		oneOf("--output", o.output, "table", "wide", "json", "yaml"), oneOf("--via", o.via, "exec", "none"), o.tape.validate(), o.exclusive(),
	); err != nil {
		return err
	}
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	if o.minor, err = downward.ParseVersion(o.version); err != nil {
		return fmt.Errorf("--version=%w", err)
	}
	if o.snippet.As != "" {
		if err := oneOf("--as", o.snippet.As, "env", "volume"); err != nil {
			return err
		}
	}
	rest := args
	if o.file == "" && !o.list {
		if o.request.Target, rest, err = kube.ParseTarget(args); err != nil {
			return err
		}
	}
	if o.yaml {
		o.snippet.Fields, o.snippet.Container = rest, o.request.Container
		return o.snippet.Check()
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is one too many; fields are named with --yaml only", rest[0])
	}
	return nil
}

func (o *downwardOptions) exclusive() error {
	switch {
	case o.list && (o.file != "" || o.yaml):
		return errors.New("--list stands alone: it is about no Pod and no manifest")
	case o.file != "" && (o.tape.plays() || o.tape.record != ""):
		return errors.New("--filename reads no cluster: there is nothing to record or to replay")
	case o.version != "" && !o.list && o.file == "":
		return errors.New("--version is for --list and --filename; a Pod has the version of its node")
	case !o.yaml && (o.snippet.As != "" || o.snippet.Divisor != ""):
		return errors.New("--as and --divisor are for --yaml")
	default:
		return nil
	}
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

// print writes the views for people, or the answer for programs.
func (o *downwardOptions) print(answer any, views ...*downward.View) error {
	if o.output == "json" || o.output == "yaml" {
		if err := printObject(o.Out, o.output, answer); err != nil {
			return fmt.Errorf("write the answer: %w", err)
		}
	} else if err := o.render(views); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	for _, v := range views {
		if v.HasErrors() {
			return errFinding
		}
	}
	return nil
}

func (o *downwardOptions) render(views []*downward.View) error {
	options, err := o.options()
	if err != nil {
		return err
	}
	for _, v := range views {
		if err := downward.Render(o.Out, v, options); err != nil {
			return err
		}
	}
	return nil
}

func (o *downwardOptions) options() (downward.Options, error) {
	lang, err := o.language(os.Getenv)
	if err != nil {
		return downward.Options{}, err
	}
	style, err := o.style(os.Getenv)
	return downward.Options{Style: style, Lang: lang, Wide: o.output == "wide"}, err
}
