package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"k8s.io/kubectl/pkg/util/templates"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

var dnsExample = templates.Examples(`
	# What does this file mean?
	kubectl exec web-0 -- cat /etc/resolv.conf | kubectl kk dns --from-file -

	# Which queries does looking up a name send, in Alpine?
	kubectl kk dns --from-file resolv.conf mysql.db --libc musl`)

// maxResolvConf is what the kubelet reads of such a file (dns.go, maxResolvConfLength).
const maxResolvConf = 10 << 20

// dnsOptions are the command's flags and arguments.
type dnsOptions struct {
	*suite
	names    []string
	fromFile string
	libc     string
	output   string
}

func newDNS(s *suite) *cobra.Command {
	o := &dnsOptions{suite: s}
	c := &cobra.Command{
		Use:     "dns --from-file FILE [NAME...]",
		Example: dnsExample,
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.complete(args); err != nil {
				return err
			}
			return o.run()
		},
	}
	flags := c.Flags()
	flags.StringVar(&o.fromFile, "from-file", "", "A resolv.conf, or - for standard input")
	flags.StringVar(&o.libc, "libc", "", "Resolver of the program: glibc, musl or go. Default: glibc")
	flags.StringVarP(&o.output, "output", "o", "tree", "Output format: tree, wide, json or yaml")
	return c
}

// complete refuses what cannot be meant.
func (o *dnsOptions) complete(args []string) error {
	if o.fromFile == "" {
		return errors.New("dns: name a file by --from-file; that of a Pod comes from `kubectl exec POD -- cat /etc/resolv.conf`")
	}
	o.names = args
	for _, name := range args {
		if err := dns.CheckName(name); err != nil {
			return err
		}
	}
	if o.libc != "" {
		if err := oneOf("--libc", o.libc, "glibc", "musl", "go"); err != nil {
			return err
		}
	}
	return oneOf("--output", o.output, "tree", "wide", "json", "yaml")
}

func (o *dnsOptions) run() error {
	source, text, err := o.read()
	if err != nil {
		return err
	}
	facts := dns.Facts{Source: source, File: text, Libc: dns.Libc(o.libc), Names: o.names}
	if o.libc == "" {
		facts.Libc, facts.LibcAssumed = dns.Glibc, true
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
