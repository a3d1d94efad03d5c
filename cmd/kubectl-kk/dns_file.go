package main

import (
	"fmt"
	"io"
	"os"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// maxResolvConf is what the kubelet reads of such a file (dns.go, maxResolvConfLength).
const maxResolvConf = 10 << 20

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
