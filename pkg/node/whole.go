package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// tables are those that a plan can ask for: kube-proxy writes Services into the first two.
var tables = []string{"nat", "filter", "mangle", "raw"}

// readWhole is for an image without a shell: one container for each IP family and program
// prints everything, and the part that the plan asks for is kept. An image without nft
// leaves the rules of kube-proxy's nftables mode unread.
func (d *Debug) readWhole(ctx context.Context, target Target, plan Plan) (*snapshot.Reading, error) {
	reading, err := d.readPrinted(ctx, target, plan, plan.asksNFT())
	if errors.Is(err, errNoNFT) {
		return d.readPrinted(ctx, target, plan, false)
	}
	return reading, err
}

// printing is a program that prints everything of one family, in a container of its own.
type printing struct {
	container
	keep   func(io.Reader, int, Plan) ([]snapshot.Output, error)
	family int
}

func printings(plan Plan, nft bool) (out []printing) {
	for _, family := range plan.Families() {
		if nft {
			// As in read.sh, what nft says comes first.
			out = append(out, printing{container{fmt.Sprintf("nft%d", family), tableCommand(family)}, wholeTable, family})
		}
		out = append(out, printing{container{fmt.Sprintf("save%d", family), saveCommand(family)}, Part, family})
	}
	return out
}

func (d *Debug) readPrinted(ctx context.Context, target Target, plan Plan, nft bool) (*snapshot.Reading, error) {
	all := printings(plan, nft)
	var programs []container
	for _, p := range all {
		programs = append(programs, p.container)
	}
	pod := debugPod(target, d.Image, d.Deadline(), false, programs)
	reading := &snapshot.Reading{Node: target.Node, Via: "debug", Pod: d.Namespace + "/" + pod.Name}
	err := d.with(ctx, pod, func(pod *corev1.Pod) error {
		for _, p := range all {
			err := d.log(ctx, pod, p.name, func(r io.Reader) error {
				outputs, err := p.keep(r, p.family, plan)
				reading.Outputs = append(reading.Outputs, outputs...)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return reading, nil
}

func saveCommand(family int) []string {
	if family == 6 {
		return []string{"ip6tables-save", "-c"}
	}
	return []string{"iptables-save", "-c"}
}

// Part keeps of a whole iptables-save what the plan asks for, as the outputs that
// asking for it would have given. Its memory does not grow with the save.
func Part(r io.Reader, family int, plan Plan) ([]snapshot.Output, error) {
	file, err := spool(r)
	if err != nil {
		return nil, fmt.Errorf("keep the output of %s: %w", saveCommand(family)[0], err)
	}
	defer os.Remove(file.Name())
	defer file.Close()
	var outputs []snapshot.Output
	for _, table := range tables {
		var roots []iptables.Root
		for _, chain := range plan.Roots(family, table) {
			root := iptables.Root{Chain: chain}
			if kept := plan.kept(family, table, chain); kept != "" {
				root.Keep = func(line []byte) bool { return among(line, kept) }
			}
			roots = append(roots, root)
		}
		rules, err := iptables.ParseChains(file, table, roots...)
		if err != nil {
			return nil, fmt.Errorf("read the output of %s: %w", saveCommand(family)[0], err)
		}
		outputs = append(outputs, asLists(rules, table, family, plan)...)
	}
	return outputs, nil
}

// spool keeps the text in a file, because chains are declared in any order and
// following them takes more than one pass.
func spool(r io.Reader) (*os.File, error) {
	file, err := os.CreateTemp("", "kk-rules-*")
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(file, r); err != nil {
		file.Close()
		os.Remove(file.Name())
		return nil, err
	}
	return file, nil
}

func asLists(rules *iptables.Ruleset, table string, family int, plan Plan) []snapshot.Output {
	tool := strings.TrimSuffix(saveCommand(family)[0], "-save")
	var outputs []snapshot.Output
	for _, chain := range rules.Chains(table) {
		var text strings.Builder
		if chain.Policy == "" {
			fmt.Fprintf(&text, "-N %s\n", chain.Name)
		} else {
			fmt.Fprintf(&text, "-P %s %s\n", chain.Name, chain.Policy)
		}
		for _, r := range chain.Rules {
			text.WriteString(r.String() + "\n")
		}
		outputs = append(outputs, snapshot.Output{
			Argv: []string{tool, "-t", table, "-v", "-S", chain.Name}, Text: text.String(),
			Kept: plan.kept(family, table, chain.Name),
		})
	}
	return outputs
}
