package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// rulesOptions are the flags of the walk through saved rules.
type rulesOptions struct {
	files   []string
	from    string
	nodeIPs []string
}

func (o *rulesOptions) addFlags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&o.files, "rules", nil, "File of rules that were saved on a node (- for stdin), to walk ADDRESS:PORT[/PROTOCOL] through without a cluster. May be given several times")
	flags.StringVar(&o.from, "from", "", "Client whose first packet to follow through all rules that it meets: pod/NAME, pod/NAMESPACE/NAME, node/NAME or an address. With --rules: an address. Default: a Pod, the node itself and a client outside")
	flags.StringSliceVar(&o.nodeIPs, "node-ip", nil, "With --rules: an address of the node they were saved on. May be given several times")
}

// given says whether a flag asks for saved rules.
func (o *rulesOptions) given() bool { return len(o.files) > 0 }

// missing refuses what only a walk through saved rules has a meaning for.
func (o *rulesOptions) missing(args []string) error {
	if len(o.nodeIPs) > 0 {
		return errors.New("--node-ip belongs to a walk through saved rules: give it with --rules FILE")
	}
	if len(args) == 1 {
		if _, _, err := walk.ParseTarget(args[0]); err == nil {
			return fmt.Errorf("%s is an address: give the rules to walk it through with --rules FILE, or name a Service: svc/NAME", args[0])
		}
	}
	return nil
}

// request turns flags and the argument into a question.
func (o *rulesOptions) request(c *cobra.Command, args []string) (req walk.Request, err error) {
	for _, flag := range []string{"replay", "record", "demo", "node", "port", "via", "image", "debug-namespace", "timeout", "namespace", "explain", "all-nodes", "nodes", "concurrency", "conntrack", "to-node", "walks", "watch", "interval"} {
		if c.Flags().Changed(flag) {
			return req, fmt.Errorf("--rules and --%s exclude each other: saved rules need no cluster", flag)
		}
	}
	if len(args) != 1 {
		return req, errors.New("--rules needs one address to walk to: ADDRESS:PORT[/PROTOCOL], such as 10.96.0.10:53/udp")
	}
	if req.To, req.Protocol, err = walk.ParseTarget(args[0]); err != nil {
		return req, err
	}
	if o.from != "" {
		if req.From, err = walk.ParseAddress("--from", o.from); err != nil {
			return req, err
		}
	}
	for _, s := range o.nodeIPs {
		addr, err := walk.ParseAddress("--node-ip", s)
		if err != nil {
			return req, err
		}
		req.NodeIPs = append(req.NodeIPs, addr)
	}
	return req, req.Validate()
}

// read loads the files.
func (o *rulesOptions) read(stdin io.Reader) ([]walk.File, error) {
	var out []walk.File
	for _, name := range o.files {
		f := walk.File{Name: name}
		var err error
		if name == "-" {
			f.Name = "stdin"
			f.Text, err = readWhole(stdin, 0)
		} else {
			f.Text, err = readFile(name)
		}
		if err != nil {
			return nil, fmt.Errorf("read the rules: %w", err)
		}
		out = append(out, f)
	}
	return out, nil
}

func readFile(name string) (string, error) {
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	size := 0
	if info, err := file.Stat(); err == nil && info.Mode().IsRegular() {
		size = int(info.Size())
	}
	return readWhole(file, size)
}

// whole reads to the end, into memory that is taken once where the size is known.
func readWhole(r io.Reader, size int) (string, error) {
	var text strings.Builder
	text.Grow(size)
	_, err := io.Copy(struct{ io.Writer }{&text}, r)
	return text.String(), err
}

// runRules walks through saved rules.
func (o *svcpathOptions) runRules(c *cobra.Command, args []string) error {
	if err := oneOf("--output", o.output, "tree", "wide", "json", "yaml"); err != nil {
		return err
	}
	req, err := o.rules.request(c, args)
	if err != nil {
		return err
	}
	files, err := o.rules.read(c.InOrStdin())
	if err != nil {
		return err
	}
	rules, err := walk.Read(files)
	if err != nil {
		return err
	}
	answer, err := walk.Analyze(rules, req)
	if err != nil {
		return err
	}
	if o.output == "json" || o.output == "yaml" {
		return printObject(o.Out, o.output, answer)
	}
	style, err := o.style(os.Getenv)
	if err != nil {
		return err
	}
	if err := walk.Render(o.Out, answer, style); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}
