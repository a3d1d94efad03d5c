package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// countingOptions are the flags of a watch of a Service's connections.
type countingOptions struct {
	on       bool
	interval time.Duration
}

func (o *countingOptions) addFlags(flags *pflag.FlagSet) {
	flags.BoolVarP(&o.on, "watch", "w", false, "Show the new connections per second to each endpoint, until interrupted")
	flags.DurationVar(&o.interval, "interval", 2*time.Second, "With --watch: how long to count before each picture, in whole seconds")
}

// validateWatch refuses what has no meaning together with a watch.
func (o *svcpathOptions) validateWatch(c *cobra.Command) error {
	changed := c.Flags().Changed
	if !o.counting.on {
		if changed("interval") {
			return errors.New("--interval is for --watch")
		}
		return nil
	}
	for _, other := range []struct{ flag, why string }{
		{"all-nodes", "it counts on one node: name it with --node"},
		{"nodes", "it counts on one node: name it with --node"},
		{"record", "what it counts is not recorded; -o json keeps it"},
		{"replay", "a recording does not go on counting"},
		{"demo", "a recording does not go on counting"},
		{"conntrack", "ask for one of them: --watch counts the connections that begin, --conntrack lists those that there are"},
		{"explain", "it shows no steps"},
		{"from", "it counts the connections of all clients"},
		{"walks", "it counts connections and follows none"},
	} {
		if changed(other.flag) {
			return fmt.Errorf("--watch does not go with --%s: %s", other.flag, other.why)
		}
	}
	switch {
	case o.node.via == "none":
		return errors.New("--watch reads a node: it does not go with --via=none")
	case o.counting.interval < time.Second || o.counting.interval%time.Second != 0:
		return fmt.Errorf("--interval=%s: it must be whole seconds, one at least", o.counting.interval)
	case o.output != "tree" && o.output != "json":
		return fmt.Errorf("--output=%s: a watch has tree, and json with one object a line", o.output)
	}
	return nil
}

// runWatch counts until it is interrupted, which is its regular end.
func (o *svcpathOptions) runWatch(c *cobra.Command) error {
	show, err := o.ratesView()
	if err != nil {
		return err
	}
	clients, err := kube.Connect(o.flags, userAgent())
	if err != nil {
		return err
	}
	o.request.Namespace = clients.Namespace
	if o.node.via == "debug" {
		o.sweep(c.Context(), clients, o.node.namespace)
	}
	begun := false
	err = svcpath.Watch(c.Context(), o.source(clients, o.warn), o.request, o.counting.interval, func(r *svcpath.Rates) error {
		begun = true
		return wrote(show(r))
	})
	if begun && c.Context().Err() != nil {
		return nil
	}
	return err
}

// ratesView is how intervals are shown: in place on a terminal, else a line for each.
func (o *svcpathOptions) ratesView() (func(*svcpath.Rates) error, error) {
	style, err := o.style(os.Getenv)
	if err != nil {
		return nil, err
	}
	if screen, terminal := render.NewScreen(o.Out); terminal && o.output != "json" {
		return func(r *svcpath.Rates) error {
			width, height := screen.Size()
			return screen.Draw(svcpath.RatesFrame(r, style, width, height))
		}, nil
	}
	return func(r *svcpath.Rates) error {
		line := svcpath.RatesLine(r)
		switch {
		case r.Seconds == 0:
			return nil
		case o.output == "json":
			data, err := json.Marshal(r)
			if err != nil {
				return err
			}
			line = render.EscapeJSON(string(data))
		}
		_, err := fmt.Fprintln(o.Out, line)
		return err
	}, nil
}
