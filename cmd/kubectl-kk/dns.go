package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

var dnsExample = templates.Examples(`
	# What does the resolv.conf of this Pod mean?
	kubectl kk dns web-7d4b9c-x2x9z

	# Which queries does looking up a name send from a Pod of this Deployment, and which is answered?
	kubectl kk dns deploy/web mysql.db

	# As a program in an Alpine image would ask
	kubectl kk dns deploy/web mysql.db --libc musl

	# And ask the nameservers themselves, from the Pod's network
	kubectl kk dns deploy/web mysql.db --live

	# Without a cluster
	kubectl exec web-0 -- cat /etc/resolv.conf | kubectl kk dns --from-file -`)

// dnsOptions are the command's flags and arguments.
type dnsOptions struct {
	*suite
	request   dns.Request
	fromFile  string
	libc      string
	output    string
	container containerOptions
	tape      tapeOptions
}

func newDNS(s *suite) *cobra.Command {
	o := &dnsOptions{suite: s, tape: tapeOptions{holds: "of the container its resolv.conf and its hosts file"}}
	c := &cobra.Command{
		Use:     "dns (POD | TYPE/NAME | --from-file FILE) [NAME...]",
		Example: dnsExample,
		RunE: func(c *cobra.Command, args []string) error {
			if err := o.complete(args); err != nil {
				return err
			}
			return o.run(c)
		},
	}
	flags := c.Flags()
	flags.StringVarP(&o.request.Container, "container", "c", "", "The container to look from. Default: the first that runs")
	flags.StringVar(&o.fromFile, "from-file", "", "A resolv.conf, or - for standard input, in place of a Pod")
	flags.StringVar(&o.libc, "libc", "auto", "Resolver of the program: auto, glibc, musl or go. auto finds out in the container; of a file it is glibc")
	flags.BoolVar(&o.request.Live, "live", false, "Ask the nameservers for the names, from the Pod's network, and say where they differ from the API")
	flags.StringVarP(&o.output, "output", "o", "tree", "Output format: tree, wide, json or yaml")
	o.container.addFlags(flags)
	o.tape.addFlags(flags)
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *dnsOptions) complete(args []string) (err error) {
	if err := errors.Join(
		oneOf("--libc", o.libc, "auto", "glibc", "musl", "go"), oneOf("--output", o.output, "tree", "wide", "json", "yaml"),
		o.container.validate(), o.tape.validate(),
	); err != nil {
		return err
	}
	if o.libc != "auto" {
		o.request.Libc = dns.Libc(o.libc)
	}
	o.request.Names = args
	if o.fromFile == "" {
		if o.request.Target, o.request.Names, err = kube.ParseTarget(args); err != nil {
			return fmt.Errorf("%w; or a resolv.conf by --from-file", err)
		}
	} else if err := o.onlyForPods(); err != nil {
		return err
	}
	if o.request.Live && len(o.request.Names) == 0 {
		return errors.New("--live: name what to ask for, such as: kubectl kk dns POD web.shop --live")
	}
	for _, name := range o.request.Names {
		if err := dns.CheckName(name); err != nil {
			return err
		}
	}
	return nil
}

// onlyForPods refuses what a file alone cannot answer.
func (o *dnsOptions) onlyForPods() error {
	switch {
	case o.request.Container != "":
		return errors.New("--container is for a Pod; --from-file has none")
	case o.request.Live:
		return errors.New("--live asks from a Pod's network; --from-file has none")
	case o.tape.used():
		return errors.New("--from-file is a recording of its own; leave out --record and --replay")
	}
	return nil
}

func (o *dnsOptions) run(c *cobra.Command) error {
	facts, err := o.facts(c)
	if err != nil {
		return err
	}
	r := dns.Analyze(facts)
	if err := o.print(r); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	if r.HasErrors() {
		return errFinding
	}
	return nil
}

// facts reads the Pod, the recording of one, or the file.
func (o *dnsOptions) facts(c *cobra.Command) (dns.Facts, error) {
	if o.fromFile == "" {
		s, err := o.snapshot(c)
		if err != nil {
			return dns.Facts{}, err
		}
		facts, err := dns.FactsOf(s, o.request)
		facts.Missing = append(facts.Missing, facts.Unread()...)
		return facts, err
	}
	source, text, err := o.read()
	facts := dns.Facts{Source: source, File: text, Libc: o.request.Libc, Names: o.request.Names}
	if facts.Libc == "" {
		facts.Libc, facts.LibcAssumed = dns.Glibc, true
	}
	return facts, err
}

// snapshot reads the cluster, or takes what was recorded.
func (o *dnsOptions) snapshot(c *cobra.Command) (*snapshot.Snapshot, error) {
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
	s, err := dns.Gather(c.Context(), dns.Source{
		Client: clients.Interface, Ways: o.container.ways(clients, o.suite), Configz: clients.Configz,
		Warn: o.warn, Taken: now(), By: version(),
	}, o.request)
	if err != nil {
		return nil, err
	}
	return s, tape.write(s)
}
