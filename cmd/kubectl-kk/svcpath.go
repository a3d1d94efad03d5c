package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

var svcpathExample = templates.Examples(`
	# Follow a Service on a node that runs one of its Pods
	kubectl kk svcpath svc/hellok8s

	# One port, on a node of your choice
	kubectl kk svcpath svc/kube-dns -n kube-system --port dns --node k8s-node1

	# On every node, or on some: which one is different?
	kubectl kk svcpath svc/hellok8s --all-nodes
	kubectl kk svcpath svc/hellok8s --nodes topology.kubernetes.io/zone=a

	# Without a pod of kk: by the node's kube-proxy pod
	kubectl kk svcpath svc/hellok8s --via exec

	# Say under each step what it does; draw the path
	kubectl kk svcpath svc/hellok8s --explain
	kubectl kk svcpath svc/hellok8s -o dot | dot -Tsvg > hellok8s.svg

	# Which connections are there now, and do some go to Pods that are gone?
	kubectl kk svcpath svc/kube-dns -n kube-system --conntrack

	# What becomes of a connection from this Pod, from a node, or from outside through a node?
	kubectl kk svcpath svc/hellok8s --from pod/curl
	kubectl kk svcpath svc/hellok8s --from 203.0.113.7 --to-node k8s-node1

	# How many connections begin per second, to which Pod?
	kubectl kk svcpath svc/hellok8s --watch

	# Keep all that was read, and answer from it again
	kubectl kk svcpath svc/hellok8s --record hellok8s.json
	kubectl kk svcpath svc/hellok8s --replay hellok8s.json

	# Without a cluster: the tutorial's Service, as it was once recorded
	kubectl kk svcpath svc/service-hellok8s-clusterip --demo

	# Without a cluster: a packet through rules that were saved on a node
	kubectl kk svcpath 10.96.0.10:53/udp --rules iptables-save.txt --from 10.244.1.7`)

// svcpathOptions are the command's flags and arguments.
type svcpathOptions struct {
	*suite
	request  svcpath.Request
	output   string
	explain  bool
	node     nodeOptions
	many     manyOptions
	tape     tapeOptions
	rules    rulesOptions
	walks    walksOptions
	counting countingOptions
}

func newSvcpath(s *suite) *cobra.Command {
	o := &svcpathOptions{suite: s, tape: tapeOptions{recording: kk.Demo}}
	c := &cobra.Command{
		Use:     "svcpath (svc/NAME | service NAME | NAME | ADDRESS:PORT[/PROTOCOL] --rules FILE)",
		Example: svcpathExample,
		RunE: func(c *cobra.Command, args []string) error {
			if o.rules.given() {
				return o.runRules(c, args)
			}
			if err := o.complete(c, args); err != nil {
				return err
			}
			return o.run(c)
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.request.Port, "port", "", "Name or number of one port. Default: all ports")
	flags.StringVar(&o.request.Node, "node", "", "Node whose rules to follow. Default: a Ready Linux node that runs an endpoint, else any")
	flags.StringVarP(&o.output, "output", "o", "tree", "Output format: tree, wide, json, yaml, dot or mermaid")
	flags.BoolVar(&o.request.Connections, "conntrack", false, "List the connections to the Service that the node translates now. A recording then holds their clients' addresses")
	flags.BoolVar(&o.explain, "explain", false, "Say under each step what it does")
	o.many.addFlags(flags)
	o.node.addFlags(flags)
	o.tape.addFlags(flags)
	o.rules.addFlags(flags)
	o.walks.addFlags(flags)
	o.counting.addFlags(flags)
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *svcpathOptions) complete(c *cobra.Command, args []string) error {
	if err := o.rules.missing(args); err != nil {
		return err
	}
	name, err := serviceName(args)
	if err != nil {
		return err
	}
	o.request.Name = name
	if err := oneOf("--output", o.output, "tree", "wide", "json", "yaml", "dot", "mermaid"); err != nil {
		return err
	}
	if o.explain && o.output != "tree" && o.output != "wide" {
		return fmt.Errorf("--explain is for -o tree and -o wide, not for -o %s", o.output)
	}
	if err := o.node.validate(); err != nil {
		return err
	}
	if o.request.Connections && o.node.via == "none" {
		return errors.New("--conntrack reads a node: it does not go with --via=none")
	}
	for _, check := range []func(*cobra.Command) error{o.validateWatch, o.validateMany, o.completeWalks} {
		if err := check(c); err != nil {
			return err
		}
	}
	return o.tape.validate()
}

func (o *svcpathOptions) run(c *cobra.Command) error {
	switch {
	case o.counting.on:
		return o.runWatch(c)
	case o.many.given():
		return o.runMany(c)
	}
	s, err := o.record(c, o.gather)
	if err != nil {
		return err
	}
	path, err := svcpath.Analyze(s, o.request)
	if err != nil {
		return err
	}
	if err := o.print(path); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if path.HasErrors() {
		return errFinding
	}
	return nil
}

func (o *svcpathOptions) print(path *svcpath.Path) error {
	switch o.output {
	case "json", "yaml":
		return printObject(o.Out, o.output, path)
	case "dot":
		return svcpath.WriteDOT(o.Out, path)
	case "mermaid":
		return svcpath.WriteMermaid(o.Out, path)
	}
	options, err := o.options(os.Getenv)
	if err != nil {
		return err
	}
	return svcpath.Render(o.Out, path, options)
}

// options are how the answer is shown to a person.
func (o *svcpathOptions) options(getenv func(string) string) (svcpath.Options, error) {
	lang, err := o.language(getenv)
	if err != nil {
		return svcpath.Options{}, err
	}
	style, err := o.style(getenv)
	return svcpath.Options{Style: style, Lang: lang, Wide: o.output == "wide", Explain: o.explain}, err
}

// now is when a reading begins.
func now() time.Time { return time.Now() }
