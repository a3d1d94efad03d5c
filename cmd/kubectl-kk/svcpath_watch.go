package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
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
		{"concurrency", "all nodes are counted on at once"},
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
	view, err := o.ratesView()
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
	how := svcpath.Watching{Interval: o.counting.interval, Many: o.many.given(), Selector: o.many.selector}
	err = svcpath.Watch(c.Context(), o.source(clients, view.warn), o.request, how, func(r *svcpath.Rates) error {
		begun = true
		return wrote(view.show(r))
	})
	if begun && c.Context().Err() != nil {
		return nil
	}
	return err
}

// ratesView shows intervals: in place on a terminal, else a line for each.
type ratesView struct {
	*svcpathOptions
	style  render.Style
	screen *render.Screen

	// mu is for warnings, which come in between.
	mu sync.Mutex
	// last are those of each node, sorted by name.
	last []*svcpath.Rates
}

func (o *svcpathOptions) ratesView() (*ratesView, error) {
	style, err := o.style(os.Getenv)
	if err != nil {
		return nil, err
	}
	v := &ratesView{svcpathOptions: o, style: style}
	if screen, terminal := render.NewScreen(o.Out); terminal && o.output != "json" {
		v.screen = screen
	}
	return v, nil
}

func (v *ratesView) warn(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.suite.warn(text)
	if v.screen != nil {
		v.screen.Forget()
	}
}

// show shows what is new of one node.
func (v *ratesView) show(r *svcpath.Rates) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	at, known := slices.BinarySearchFunc(v.last, r.Node.Name, func(have *svcpath.Rates, name string) int { return cmp.Compare(have.Node.Name, name) })
	if !known {
		v.last = slices.Insert(v.last, at, r)
	}
	v.last[at] = r
	if v.screen != nil {
		width, height := v.screen.Size()
		return v.screen.Draw(svcpath.RatesFrame(v.last, v.style, width, height))
	}
	return v.print(r, !known)
}

func (v *ratesView) print(r *svcpath.Rates, first bool) error {
	var lines []string
	counted := r.Seconds > 0 || r.Lost != nil
	switch {
	case v.output == "json" && counted:
		data, err := json.Marshal(r)
		if err != nil {
			return err
		}
		lines = []string{render.EscapeJSON(string(data))}
	case v.output == "json":
	case counted:
		lines = []string{svcpath.RatesLine(r)}
	case first:
		for _, line := range svcpath.RatesHead(r) {
			lines = append(lines, "# "+line)
		}
	}
	for _, line := range lines {
		if _, err := fmt.Fprintln(v.Out, line); err != nil {
			return err
		}
	}
	return nil
}
