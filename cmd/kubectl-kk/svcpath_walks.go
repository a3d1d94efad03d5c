package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// walksOptions are the flags of walks through a node's rules, beside --from.
type walksOptions struct {
	all    bool
	toNode string
}

func (o *walksOptions) addFlags(flags *pflag.FlagSet) {
	flags.BoolVar(&o.all, "walks", false, "Follow the first packets of a Pod, of the node itself and of a client outside through all rules that they meet. -o json and yaml always do")
	flags.StringVar(&o.toNode, "to-node", "", "With --from ADDRESS: the node through which a client outside of the cluster comes. Default: that of --node, or the one that is chosen")
}

// completeWalks turns --from, --to-node and --walks into the request.
func (o *svcpathOptions) completeWalks(c *cobra.Command) error {
	from := o.rules.from
	switch {
	case o.walks.toNode != "" && from == "":
		return errors.New("--to-node is the node through which a client outside comes: name the client with --from ADDRESS")
	case o.walks.toNode != "" && o.request.Node != "" && o.walks.toNode != o.request.Node:
		return fmt.Errorf("--to-node=%s and --node=%s: a packet from outside meets the rules of the node that it comes to; name one", o.walks.toNode, o.request.Node)
	case o.many.given() && (from != "" || o.walks.all):
		return errors.New("--from and --walks follow packets through one node: they do not go with --all-nodes or --nodes")
	case o.node.via == "none" && (from != "" || o.walks.all):
		return errors.New("--from and --walks follow packets through a node's rules: they do not go with --via=none")
	case from != "" && (o.explain || o.output == "dot" || o.output == "mermaid"):
		return errors.New("--explain, -o dot and -o mermaid show the path from the Service: they do not go with --from")
	}
	if c.Flags().Changed("from") {
		var err error
		if o.request.From, err = svcpath.ParseFrom(from); err != nil {
			return err
		}
	}
	if o.walks.toNode != "" && o.request.From.Kind != "" {
		return fmt.Errorf("--to-node=%s is for a client outside: the packets of %s meet the rules of their own node", o.walks.toNode, from)
	}
	o.request.ToNode = o.walks.toNode
	object := o.output == "json" || o.output == "yaml"
	o.request.Walks = o.walks.all || object && !o.many.given() && !o.tape.plays() && o.node.via != "none"
	return nil
}
