package walk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/ipset"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/ipvs"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
)

// File is a text that was saved on a node, with the name under which it was given.
type File struct {
	Name, Text string
}

// Read finds out what the files hold, each of which may be several texts one behind the
// other. Its errors say which file is not rules, and where.
func Read(files []File) (*Rules, error) {
	out := &Rules{}
	for _, f := range files {
		if strings.TrimSpace(f.Text) == "" {
			return nil, fmt.Errorf("%s is empty; give what iptables-save, nft list ruleset or ipvsadm -Sn printed on the node", f.Name)
		}
		parts, err := divide(f.Text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
		for _, p := range parts {
			if err := out.add(p); err != nil {
				return nil, fmt.Errorf("%s: %w", f.Name, located(err, p))
			}
		}
	}
	return out, nil
}

// kind is a format.
type kind int

const (
	isIptables kind = iota
	isNft
	isNftJSON
	isNftCommands
	isIpvs
	isIpset
)

// piece is a part of a file in one format. line is where it begins, from 1.
type piece struct {
	kind kind
	text string
	line int
}

var errNotRules = errors.New("not what iptables-save, nft list ruleset, nft -j list ruleset, ipvsadm -Sn or ipset save print")

// divide cuts a text into pieces of one format. A line that begins none goes on with
// the piece before it.
func divide(text string) ([]piece, error) {
	var out []piece
	number, start := 1, 0
	open := false // inside of something that only its own end closes
	for at := 0; at < len(text); number++ {
		if open && out[len(out)-1].kind == isIptables {
			// Nothing but its COMMIT ends a table.
			if skip := strings.Index(text[at:], "\nCOMMIT"); skip > 0 {
				number += strings.Count(text[at:at+skip+1], "\n")
				at += skip + 1
			}
		}
		end := strings.IndexByte(text[at:], '\n')
		if end < 0 {
			end = len(text)
		} else {
			end += at + 1
		}
		line := strings.TrimRight(text[at:end], "\r\n")
		last := len(out) - 1
		k, begins := startOf(line)
		switch {
		case open || line == "" || line[0] == '#':
		case !begins && last < 0:
			return nil, fmt.Errorf("line %d: %w: %s", number, errNotRules, excerpt(line))
		case begins && (last < 0 || out[last].kind != k):
			if last >= 0 {
				out[last].text = text[start:at]
			} else {
				at = 0
			}
			out, start = append(out, piece{kind: k, line: number}), at
		}
		open = stillOpen(open, line)
		at = end
	}
	if len(out) == 0 {
		return nil, errNotRules
	}
	out[len(out)-1].text = text[start:]
	return out, nil
}

// stillOpen follows tables of iptables from their name to COMMIT, and of nft from one
// brace to the other.
func stillOpen(open bool, line string) bool {
	switch {
	case !open:
		return strings.HasPrefix(line, "*") || strings.HasPrefix(line, "table ")
	default:
		return line != "COMMIT" && line != "}"
	}
}

// startOf is the format that a line at the beginning of a text is in.
func startOf(line string) (kind, bool) {
	first, rest, _ := strings.Cut(line, " ")
	second, _, _ := strings.Cut(rest, " ")
	switch {
	case strings.HasPrefix(line, "*"):
		return isIptables, true
	case first == "table" && strings.HasSuffix(line, "{"):
		return isNft, true
	case strings.HasPrefix(line, "{"):
		return isNftJSON, true
	case first == "create" && second != "table":
		return isIpset, true
	case (first == "-A" || first == "-a") && slices.Contains(virtual, second), strings.HasPrefix(line, "IP Virtual Server"), first == "Prot":
		return isIpvs, true
	case first == "add" && slices.Contains(nftObjects, second):
		return isNftCommands, true
	case first == "add":
		return isIpset, true
	default:
		return 0, false
	}
}

// virtual are the options by which ipvsadm -Sn begins a service (ipvsadm(8)).
var virtual = []string{"-t", "-u", "-f", "--tcp-service", "--udp-service", "--sctp-service", "--fwmark-service"}

// nftObjects are what a command of nft adds (nft(8)).
var nftObjects = []string{"table", "chain", "rule", "set", "map", "element", "flowtable", "counter", "quota", "limit"}

// excerpt is the beginning of a line, safe to print.
func excerpt(line string) string {
	const most = 60
	if len(line) > most {
		return fmt.Sprintf("%q…", line[:most])
	}
	return fmt.Sprintf("%q", line)
}

// located adds where a piece begins, where that is not the file's beginning.
func located(err error, p piece) error {
	if p.line == 1 {
		return err
	}
	return fmt.Errorf("in the text that begins at line %d: %w", p.line, err)
}

func (r *Rules) add(p piece) error {
	var set *nftables.Ruleset
	var err error
	switch p.kind {
	case isIptables:
		dumps, err := iptables.Dumps(p.text)
		if errors.Is(err, iptables.ErrTruncated) {
			return fmt.Errorf("cut short: %w", err)
		}
		r.iptables = append(r.iptables, dumps...)
		return err
	case isNft:
		set, err = nftables.Parse(p.text)
	case isNftCommands:
		set, err = nftables.ParseCommands(p.text)
	case isNftJSON:
		set, err = nftables.ParseJSON(strings.NewReader(p.text))
	case isIpvs:
		table, err := ipvs.Parse(p.text)
		r.ipvs = append(r.ipvs, table)
		return err
	case isIpset:
		sets, err := ipset.Parse(p.text)
		r.sets = append(r.sets, sets)
		return err
	}
	if err == nil {
		r.nft = append(r.nft, set)
	}
	return err
}
