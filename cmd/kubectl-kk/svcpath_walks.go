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
	flags.BoolVar(&o.all, "walks", false, "Follow the first packets of a Pod, of the node itself and of a client outside through all rules that they meet. -o json and yaml do so too, where a node is read, or a recording holds what was read for it")
	flags.StringVar(&o.toNode, "to-node", "", "With --from ADDRESS: the node through which a client outside of the cluster comes. Default: that of --node, or the one that is chosen")
}

// completeWalks turns --from, --to-node and --walks into the request.
func (o *svcpathOptions) completeWalks(c *cobra.Command) error {
	if c.Flags().Changed("from") {
		var err error
		if o.request.From, err = svcpath.ParseFrom(o.rules.from); err != nil {
			return err
		}
	}
	if err := o.refuseWalks(); err != nil {
		return err
	}
	if to := o.walks.toNode; to != "" && o.request.From.Kind != "" {
		return fmt.Errorf("--to-node=%s is for a client outside: the packets of %s meet the rules of their own node", to, o.rules.from)
	}
	o.request.ToNode = o.walks.toNode
	object := o.output == "json" || o.output == "yaml"
	// A recording may not hold what walks need; then the object says so.
	reads := !o.many.given() && (o.tape.plays() || o.node.via != "none")
	o.request.Walks = o.walks.all || object && reads
	return nil
}

// refuseWalks refuses flags that contradict each other.
func (o *svcpathOptions) refuseWalks() error {
	client, to, node := o.rules.from != "", o.walks.toNode, o.request.Node
	asked := client || o.walks.all
	drawn := o.explain || o.output == "dot" || o.output == "mermaid"
	for _, one := range []struct {
		no  bool
		why string
	}{
		{to != "" && !client, "--to-node is the node through which a client outside comes: name the client with --from ADDRESS"},
		{to != "" && node != "" && to != node, "--to-node and --node name two nodes: a packet from outside meets the rules of the one that it comes to"},
		{asked && o.many.given(), "--from and --walks follow packets through one node: they do not go with --all-nodes or --nodes"},
		{asked && o.node.via == "none", "--from and --walks follow packets through a node's rules: they do not go with --via=none"},
		{client && drawn, "--explain, -o dot and -o mermaid show the path from the Service: they do not go with --from"},
	} {
		if one.no {
			return errors.New(one.why)
		}
	}
	return nil
}
