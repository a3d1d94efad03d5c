package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcenv"
)

var envExample = templates.Examples(`
	# The Service variables that a Pod has, beside those it would get if it restarted now
	kubectl kk env web-7d4b9c-x2x9z

	# A Pod of a Deployment, one of its containers, with every variable that stays the same
	kubectl kk env deploy/web -c app -o wide

	# With the values of the variables that come from no Service and no Secret
	kubectl kk env deploy/web --show-values`)

// envOptions are the command's flags and arguments.
type envOptions struct {
	*suite
	request svcenv.Request
	output  string
	via     string
	timeout time.Duration
	tape    tapeOptions
}

func newEnv(s *suite) *cobra.Command {
	o := &envOptions{suite: s, tape: tapeOptions{holds: "of the environment no value that may be a Secret's"}}
	c := &cobra.Command{
		Use:     "env (POD | TYPE/NAME)",
		Example: envExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.complete(args); err != nil {
				return err
			}
			return o.run(c)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&o.request.Container, "container", "c", "", "The container. Default: the one that the Pod names for that, else its first")
	flags.BoolVar(&o.request.ShowValues, "show-values", false, "Show the values of variables that come from the manifest or a ConfigMap, too. Those of Secrets are never shown")
	flags.StringVarP(&o.output, "output", "o", "table", "Output format: table, wide, json or yaml")
	flags.StringVar(&o.via, "via", "exec", "How to read what the container has: exec or none")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "How long reading the container may take")
	o.tape.addFlags(flags)
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *envOptions) complete(args []string) (err error) {
	if err := errors.Join(
		oneOf("--output", o.output, "table", "wide", "json", "yaml"), oneOf("--via", o.via, "exec", "none"), o.tape.validate(),
	); err != nil {
		return err
	}
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	var rest []string
	if o.request.Target, rest, err = kube.ParseTarget(args); err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is one too many; one Pod at a time, and its container by -c", rest[0])
	}
	return nil
}

func (o *envOptions) run(c *cobra.Command) error {
	s, err := o.snapshot(c)
	if err != nil {
		return err
	}
	view, err := svcenv.Analyze(s, o.request)
	if err != nil {
		return err
	}
	if o.output == "json" || o.output == "yaml" {
		err = printObject(o.Out, o.output, view)
	} else {
		err = o.render(view)
	}
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if view.HasErrors() {
		return errFinding
	}
	return nil
}

func (o *envOptions) render(view *svcenv.View) error {
	lang, err := o.language(os.Getenv)
	if err != nil {
		return err
	}
	style, err := o.style(os.Getenv)
	if err != nil {
		return err
	}
	return svcenv.Render(o.Out, view, svcenv.Options{Style: style, Lang: lang, Wide: o.output == "wide", ShowValues: o.request.ShowValues})
}

// snapshot reads the cluster, or takes what was recorded.
func (o *envOptions) snapshot(c *cobra.Command) (*snapshot.Snapshot, error) {
	if o.tape.plays() {
		o.request.Namespace = "default"
		if *o.flags.Namespace != "" {
			o.request.Namespace = *o.flags.Namespace
		}
		return o.tape.load()
	}
	clients, err := kube.Connect(o.flags, userAgent())
	if err != nil {
		return nil, err
	}
	o.request.Namespace = clients.Namespace
	tape, err := o.tape.open()
	if err != nil {
		return nil, err
	}
	defer tape.discard()
	src := svcenv.Source{Client: clients.Interface, Warn: o.warn, Taken: now(), By: version()}
	if o.via == "exec" {
		src.Reader = &kube.Exec{Client: clients.Streams, Config: clients.Config, Timeout: o.timeout}
	}
	s, err := svcenv.Gather(c.Context(), src, o.request)
	if err != nil {
		return nil, err
	}
	return s, tape.write(s)
}
