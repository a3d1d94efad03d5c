package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

var dnsExample = templates.Examples(`
	# What does the resolv.conf of this Pod mean?
	kubectl kk dns web-7d4b9c-x2x9z

	# Which queries does looking up a name send from a Pod of this Deployment, and which is answered?
	kubectl kk dns deploy/web mysql.db

	# As a program in an Alpine image would ask
	kubectl kk dns deploy/web mysql.db --libc musl

	# Without a cluster
	kubectl exec web-0 -- cat /etc/resolv.conf | kubectl kk dns --from-file -`)

// maxResolvConf is what the kubelet reads of such a file (dns.go, maxResolvConfLength).
const maxResolvConf = 10 << 20

// dnsOptions are the command's flags and arguments.
type dnsOptions struct {
	*suite
	request  dns.Request
	fromFile string
	libc     string
	output   string
	timeout  time.Duration
}

func newDNS(s *suite) *cobra.Command {
	o := &dnsOptions{suite: s}
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
	flags.StringVarP(&o.output, "output", "o", "tree", "Output format: tree, wide, json or yaml")
	flags.DurationVar(&o.timeout, "timeout", 15*time.Second, "How long reading the container may take")
	return c
}

// complete turns what the user typed into a request, and refuses what cannot be meant.
func (o *dnsOptions) complete(args []string) (err error) {
	if err := errors.Join(oneOf("--libc", o.libc, "auto", "glibc", "musl", "go"), oneOf("--output", o.output, "tree", "wide", "json", "yaml")); err != nil {
		return err
	}
	if o.timeout < time.Second {
		return fmt.Errorf("--timeout=%s: it must be one second at least", o.timeout)
	}
	if o.libc != "auto" {
		o.request.Libc = dns.Libc(o.libc)
	}
	o.request.Names = args
	if o.fromFile == "" {
		if o.request.Target, o.request.Names, err = kube.ParseTarget(args); err != nil {
			return fmt.Errorf("%w; or a resolv.conf by --from-file", err)
		}
	} else if o.request.Container != "" {
		return errors.New("--container is for a Pod; --from-file has none")
	}
	for _, name := range o.request.Names {
		if err := dns.CheckName(name); err != nil {
			return err
		}
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

// facts reads the Pod, or the file.
func (o *dnsOptions) facts(c *cobra.Command) (dns.Facts, error) {
	if o.fromFile == "" {
		clients, err := kube.Connect(o.flags, userAgent())
		if err != nil {
			return dns.Facts{}, err
		}
		o.request.Namespace = clients.Namespace
		reader := &kube.Exec{Client: clients.Streams, Config: clients.Config, Timeout: o.timeout}
		return dns.Gather(c.Context(), dns.Source{Client: clients.Interface, Reader: reader, Warn: o.warn}, o.request)
	}
	source, text, err := o.read()
	facts := dns.Facts{Source: source, File: text, Libc: o.request.Libc, Names: o.request.Names}
	if facts.Libc == "" {
		facts.Libc, facts.LibcAssumed = dns.Glibc, true
	}
	return facts, err
}

// read reads the file, but not without end: a device has none.
func (o *dnsOptions) read() (source, text string, err error) {
	source, in := o.fromFile, o.In
	if source == "-" {
		source = "standard input"
	} else {
		file, err := os.Open(source)
		if err != nil {
			return "", "", fmt.Errorf("--from-file: %w", err)
		}
		defer file.Close()
		in = file
	}
	data, err := io.ReadAll(io.LimitReader(in, maxResolvConf+1))
	if err != nil {
		return "", "", fmt.Errorf("--from-file: %w", err)
	}
	if len(data) > maxResolvConf {
		return "", "", fmt.Errorf("--from-file=%s: more than 10 MiB, which is no resolv.conf", o.fromFile)
	}
	return source, string(data), nil
}

func (o *dnsOptions) print(r *dns.Resolution) error {
	if o.output == "json" || o.output == "yaml" {
		return printObject(o.Out, o.output, r)
	}
	lang, err := o.language(os.Getenv)
	if err != nil {
		return err
	}
	style, err := o.style(os.Getenv)
	if err != nil {
		return err
	}
	return dns.Render(o.Out, r, dns.Options{Style: style, Lang: lang, Wide: o.output == "wide"})
}
