package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// manyOptions are the flags of a reading of many nodes.
type manyOptions struct {
	all         bool
	selector    string
	concurrency int
}

func (o *manyOptions) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&o.all, "all-nodes", false, "Follow the Service on every node")
	flags.StringVar(&o.selector, "nodes", "", "Follow the Service on every node whose labels match this selector")
	flags.IntVar(&o.concurrency, "concurrency", 10, "With --all-nodes or --nodes: how many nodes to read at a time")
}

// given says whether many nodes are asked for.
func (o *manyOptions) given() bool { return o.all || o.selector != "" }

func (o *svcpathOptions) validateMany(c *cobra.Command) error {
	m := o.many
	if !m.given() {
		if c.Flags().Changed("concurrency") {
			return errors.New("--concurrency is for --all-nodes and --nodes")
		}
		return nil
	}
	chosen := 0
	for _, on := range []bool{m.all, m.selector != "", o.request.Node != ""} {
		if on {
			chosen++
		}
	}
	switch {
	case chosen > 1:
		return errors.New("--node, --nodes and --all-nodes exclude each other")
	case o.node.via == "none":
		return errors.New("--via=none reads no node: it does not go with --all-nodes or --nodes")
	case m.concurrency < 1:
		return fmt.Errorf("--concurrency=%d: it must be one at least", m.concurrency)
	case o.explain || o.output == "dot" || o.output == "mermaid":
		return errors.New("--explain, -o dot and -o mermaid show the path on one node: name it with --node")
	}
	if _, err := labels.Parse(m.selector); err != nil {
		return fmt.Errorf("--nodes=%s: %w", m.selector, err)
	}
	return nil
}

// runMany follows the Service on many nodes.
func (o *svcpathOptions) runMany(c *cobra.Command) error {
	s, err := o.record(c, o.gatherMany)
	if err != nil {
		return err
	}
	paths, err := svcpath.AnalyzeNodes(s, o.request, o.many.selector)
	if err != nil {
		return err
	}
	if err := o.printMany(paths); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	switch {
	case paths.Summary.Nodes > 0 && paths.Summary.NotRead == paths.Summary.Nodes:
		return fmt.Errorf("read the nodes: none of %d could be read", paths.Summary.Nodes)
	case paths.HasErrors():
		return errFinding
	}
	return nil
}

func (o *svcpathOptions) gatherMany(c *cobra.Command, clients *kube.Clients) (*snapshot.Snapshot, error) {
	line := newProgress(o.ErrOut, "nodes read")
	defer line.end()
	warn := func(text string) { line.aside(func() { o.warn(text) }) }
	return svcpath.GatherNodes(c.Context(), o.source(clients, warn), o.request, svcpath.Nodes{
		Selector: o.many.selector, Concurrency: o.many.concurrency, Progress: line.report,
	})
}

func (o *svcpathOptions) printMany(paths *svcpath.Paths) error {
	if o.output == "json" || o.output == "yaml" {
		return printObject(o.Out, o.output, paths)
	}
	options, err := o.options(os.Getenv)
	if err != nil {
		return err
	}
	return svcpath.RenderNodes(o.Out, paths, options)
}
