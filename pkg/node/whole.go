package node

import (
	"context"
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

// readWhole is for an image without a shell: one container for each IP family
// prints everything, and the part that the plan asks for is kept.
func (d *Debug) readWhole(ctx context.Context, target Target, plan Plan) (*snapshot.Reading, error) {
	var programs []container
	for _, family := range plan.Families() {
		programs = append(programs, container{name: fmt.Sprintf("save%d", family), command: saveCommand(family)})
	}
	pod := debugPod(target, d.Image, d.Deadline(), false, programs)
	reading := &snapshot.Reading{Node: target.Node, Via: "debug", Pod: d.Namespace + "/" + pod.Name}
	err := d.with(ctx, pod, func(pod *corev1.Pod) error {
		for _, family := range plan.Families() {
			err := d.log(ctx, pod, fmt.Sprintf("save%d", family), func(r io.Reader) error {
				outputs, err := Part(r, family, plan)
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
