package node

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// layers are nft's words for IP families.
var layers = map[int]string{4: "ip", 6: "ip6"}

// nftTable is kube-proxy's table (pkg/proxy/nftables/proxier.go kubeProxyTable).
const nftTable = "kube-proxy"

func tableCommand(family int) []string {
	return []string{"nft", "list", "table", layers[family], nftTable}
}

// lacksNFT says whether a message is about an nft that is not in the image.
func lacksNFT(message string) bool { return strings.Contains(message, `exec: "nft"`) }

// asksNFT says whether the plan has questions to kube-proxy's nft table.
func (p Plan) asksNFT() bool {
	return slices.ContainsFunc(p, func(r Read) bool { return slices.Contains([]string{"map", "set", "rules", "base", "table"}, r.verb) })
}

// PartNFT keeps of kube-proxy's whole table, as nft lists it, what the plan asks for, as the
// outputs that asking for it would have given.
func PartNFT(r io.Reader, family int, plan Plan) ([]snapshot.Output, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the output of %s: %w", strings.Join(tableCommand(family), " "), err)
	}
	w := &wholeTable{family: family, plan: plan, blocks: blocksOf(string(text)), printed: map[string]bool{}}
	if len(w.blocks) == 0 {
		// The script asks for the first map only where there is no table.
		for _, r := range plan {
			if r.verb == "map" && r.words[0] == fmt.Sprint(family) {
				return []snapshot.Output{{Argv: w.argv("map", r.words[2]), Text: string(text), Exit: 1}}, nil
			}
		}
		return nil, nil
	}
	for _, r := range plan {
		if r.words[0] == fmt.Sprint(family) {
			w.answer(r, string(text))
		}
	}
	return w.outputs, nil
}

// wholeTable is a table of which parts are kept.
type wholeTable struct {
	family  int
	plan    Plan
	blocks  map[string]string // by "KIND NAME"
	outputs []snapshot.Output
	printed map[string]bool
	next    []string
}

func (w *wholeTable) argv(kind, name string) []string {
	return []string{"nft", "list", kind, layers[w.family], nftTable, name}
}

// answer does what read.sh does with a question.
func (w *wholeTable) answer(r Read, whole string) {
	switch r.verb {
	case "map", "set":
		w.print(r.verb, r.words[2])
	case "rules", "base":
		w.next = append(w.next, r.words[2])
		for len(w.next) > 0 {
			name := w.next[0]
			w.next = w.next[1:]
			if !w.printed[name] {
				w.printed[name] = true
				w.print("chain", name)
			}
		}
	case "table":
		w.outputs = append(w.outputs, snapshot.Output{Argv: tableCommand(w.family), Text: whole})
	}
}

// print keeps an object as nft lists it, of a map or set with a filter those lines.
func (w *wholeTable) print(kind, name string) {
	out := snapshot.Output{Argv: w.argv(kind, name)}
	block, there := w.blocks[kind+" "+name]
	texts := w.plan.elementTexts(w.family, kind, name)
	switch {
	case !there:
		out.Text, out.Exit = "Error: No such file or directory\n", 1
	case kind == "chain" || texts == nil:
		out.Text = fmt.Sprintf("table %s %s {\n%s}\n", layers[w.family], nftTable, block)
	default:
		out.Filter = strings.Join(texts, "\n")
		for line := range strings.Lines(block) {
			if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(line, text) }) {
				out.Text += line
			}
		}
	}
	w.outputs = append(w.outputs, out)
	if kind != "set" {
		for _, to := range leading.FindAllStringSubmatch(out.Text, -1) {
			w.next = append(w.next, to[1])
		}
	}
}

// leading finds the chains of Services and endpoints that rules and elements lead to.
var leading = regexp.MustCompile(`(?:goto|jump) ([A-Za-z0-9_.-]+/[A-Za-z0-9_./-]*)`)

// blocksOf are the objects of a table, each from its first line to the brace that closes it.
func blocksOf(text string) map[string]string {
	out := map[string]string{}
	name := ""
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case name == "" && len(words) == 3 && words[2] == "{" && strings.HasPrefix(line, "\t"):
			name = words[0] + " " + words[1]
			out[name] = line
		case name != "":
			out[name] += line
			if strings.TrimRight(line, "\n") == "\t}" {
				name = ""
			}
		}
	}
	return out
}
