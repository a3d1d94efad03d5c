package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

var rolloutExample = templates.Examples(`
	# Watch a rollout until it is complete or has failed
	kubectl kk rollout-watch deploy/web

	# How it stands now
	kubectl kk rollout-watch sts/db --watch=false

	# In a pipeline: fail at the first container that crashes again and again, and stay for
	# those that crash after they were ready
	kubectl kk rollout-watch deploy/web --fail-fast --stable-for 30s --timeout 10m

	# What an older revision contains
	kubectl kk rollout-watch deploy/web --revision 2

	# A rollout of the tutorial, recorded on a real cluster
	kubectl kk rollout-watch --demo --speed 4x`)

// rolloutOptions are the command's flags and arguments.
type rolloutOptions struct {
	*suite
	request  rollout.Request
	output   string
	watch    bool
	revision int64
	timeout  time.Duration
	ending   rollout.Ending
	speed    string
	factor   float64
	tape     tapeOptions
}

func newRolloutWatch(s *suite) *cobra.Command {
	o := &rolloutOptions{suite: s, tape: tapeOptions{recording: kk.DemoRollout, holds: "of Pod templates no values of variables, commands or arguments; logs are never in it"}}
	c := &cobra.Command{
		Use:     "rollout-watch TYPE/NAME",
		Example: rolloutExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.complete(c, args); err != nil {
				return err
			}
			return o.run(c)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&o.output, "output", "o", "", "Output format, by default tree on a terminal and with --watch=false, else lines: tree, lines, json or yaml")
	flags.BoolVarP(&o.watch, "watch", "w", true, "Watch until the rollout ends. --watch=false shows it once")
	flags.Int64Var(&o.revision, "revision", 0, "Show the template of this revision, and its difference to the one before, instead")
	flags.IntVar(&o.request.Limit, "limit-revisions", 5, "How many revisions to show at most; those with Pods always are. 0 shows all")
	flags.DurationVar(&o.timeout, "timeout", 0, "Give up after this time, with exit status 1. 0 waits for ever")
	flags.BoolVar(&o.ending.FailFast, "fail-fast", false, "End with exit status 2 as soon as a new Pod crashes again and again, or its image cannot be pulled")
	flags.DurationVar(&o.ending.StableFor, "stable-for", 0, "After the rollout is complete, stay until no Pod has restarted or become unready for this time")
	o.tape.addFlags(flags)
	flags.StringVar(&o.speed, "speed", "1x", "How fast --replay and --demo go: 4x is four times as fast")
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *rolloutOptions) complete(c *cobra.Command, args []string) (err error) {
	if o.output == "" && !c.Flags().Changed("output") {
		o.output = "auto"
	}
	if err := errors.Join(oneOf("--output", o.output, "auto", "tree", "lines", "json", "yaml"), o.tape.validate()); err != nil {
		return err
	}
	if o.factor, err = rollout.ParseSpeed(o.speed); err != nil {
		return fmt.Errorf("--speed=%s: %w", o.speed, err)
	}
	if err := o.validate(c); err != nil {
		return err
	}
	if len(args) == 0 && o.tape.plays() {
		return nil
	}
	o.request.Target, err = rollout.ParseTarget(args)
	return err
}

func (o *rolloutOptions) validate(c *cobra.Command) error {
	switch {
	case o.timeout < 0 || o.ending.StableFor < 0:
		return errors.New("--timeout and --stable-for: a time cannot be negative")
	case o.request.Limit < 0:
		return fmt.Errorf("--limit-revisions=%d: it cannot be negative", o.request.Limit)
	case o.revision < 0 || o.revision == 0 && c.Flags().Changed("revision"):
		return fmt.Errorf("--revision=%d: revisions are numbered from 1", o.revision)
	case o.output == "yaml" && o.watch && o.revision == 0:
		return errors.New("--output=yaml: it is for --watch=false; a watch has json, one object a line")
	case c.Flags().Changed("speed") && !o.tape.plays():
		return errors.New("--speed: it is for --replay and --demo")
	}
	return nil
}
