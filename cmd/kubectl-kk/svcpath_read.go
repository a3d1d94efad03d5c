package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// nodeOptions are the flags of every command that reads a node.
type nodeOptions struct {
	via       string
	namespace string
	image     string
	timeout   time.Duration
}

func (o *nodeOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&o.via, "via", "debug", "How to read the node: debug (a pod of its own), exec (the node's kube-proxy pod) or none")
	flags.StringVar(&o.namespace, "debug-namespace", "kube-system", "Namespace of the debug pod")
	flags.StringVar(&o.image, "image", "", "Image of the debug pod. Default: the one that the node's kube-proxy pod runs")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Second, "How long reading the node may take")
}

func (o *nodeOptions) validate() error {
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	return oneOf("--via", o.via, "debug", "exec", "none")
}

// ways are the ways to read the node, the chosen one first and what may stand in
// for it behind.
func (o *nodeOptions) ways(clients *kube.Clients, warn func(string)) []svcpath.Way {
	exec := &node.Exec{Client: clients.Streams, Config: clients.Config, Timeout: o.timeout}
	switch o.via {
	case "debug":
		return []svcpath.Way{&node.Debug{
			Client: clients.Streams, Namespace: o.namespace, Image: o.image, Timeout: o.timeout, Warn: warn,
		}, exec}
	case "exec":
		return []svcpath.Way{exec}
	default:
		return nil
	}
}

// record reads the cluster by gather, and keeps what it read; or takes what was recorded.
func (o *svcpathOptions) record(c *cobra.Command, gather func(*cobra.Command, *kube.Clients) (*snapshot.Snapshot, error)) (*snapshot.Snapshot, error) {
	if o.tape.plays() {
		o.request.Namespace = o.recordedNamespace()
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
	if o.node.via == "debug" {
		o.sweep(c.Context(), clients, o.node.namespace)
	}
	s, err := gather(c, clients)
	if err != nil {
		return nil, err
	}
	return s, tape.write(s)
}

// gather reads one node.
func (o *svcpathOptions) gather(c *cobra.Command, clients *kube.Clients) (*snapshot.Snapshot, error) {
	return svcpath.Gather(c.Context(), o.source(clients, o.warn), o.request)
}

func (o *svcpathOptions) source(clients *kube.Clients, warn func(string)) svcpath.Source {
	return svcpath.Source{
		Client: clients.Interface, Ways: o.node.ways(clients, warn), Warn: warn, Taken: now(), By: version(),
		Pause: secondLook,
	}
}

// secondLook is twice the time for which kube-proxy collects changes by default
// (minSyncPeriod, 1 s).
const secondLook = 2 * time.Second

// sweep removes what an earlier kk that was killed has left. That it may not look
// is no trouble: then it has left nothing either.
func (s *suite) sweep(ctx context.Context, clients *kube.Clients, namespace string) {
	pods, err := node.Leftovers(ctx, clients.Interface, namespace)
	if err != nil {
		return
	}
	for i := range pods {
		if node.Expired(&pods[i], now()) && node.Remove(ctx, clients.Interface, &pods[i]) == nil {
			s.warn(fmt.Sprintf("removed the debug pod %s/%s that an earlier run left", pods[i].Namespace, pods[i].Name))
		}
	}
}

// warn tells the user what is not part of the answer.
func (s *suite) warn(text string) { fmt.Fprintln(s.ErrOut, "warning: "+named(s.name, oneLine(text))) }
