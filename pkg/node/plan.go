// Package node runs read-only programs on a node of the cluster and returns what
// they printed: in a pod of its own on that node, or in the node's kube-proxy pod.
package node

import (
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"strings"
)

//go:embed read.sh
var script string

// Read is one question to the netfilter rules of a node.
type Read struct {
	verb  string
	words [4]string // family, table, chain, texts or prefix
}

// Plan is the questions of one run, asked in one go.
type Plan []Read

// List asks for one chain. family is 4 or 6.
func List(family int, table, chain string) Read { return read("list", family, table, chain, "-") }

// Follow asks for a chain, and for every chain it jumps to whose name begins with
// prefix.
func Follow(family int, table, chain, prefix string) Read {
	return read("follow", family, table, chain, prefix)
}

// Elements asks for those elements of a map, or a set, of kube-proxy's nft table whose
// lines contain one of the texts; for all of them where there is no text.
func Elements(family int, kind, name string, texts ...string) Read {
	if len(texts) == 0 {
		texts = []string{"-"}
	}
	return read(kind, family, "-", name, strings.Join(texts, "\n"))
}

// Rules asks for a chain of kube-proxy's nft table, and for every chain of a Service that
// it leads to. Where the node has so many Services that listing chains takes long, the
// chains of single endpoints are left out.
func Rules(family int, chain string) Read { return read("rules", family, "-", chain, "-") }

// Base asks for a chain of kube-proxy's nft table that belongs to no Service, where listing
// it does not take long.
func Base(family int, chain string) Read { return read("base", family, "-", chain, "-") }

// Table asks for the whole of kube-proxy's nft table, where that is listed within a second and
// no longer than 1 MiB. Then Elements, Rules and Base of its family, which come after it in the
// plan, have no outputs of their own.
func Table(family int, name string) Read { return read("table", family, "-", name, "-") }

// Few ends the plan on a node where kube-proxy has more than 10,000 rules that mark for
// masquerade (each Service and each endpoint has one), or an nft table that Table did not list.
func Few(family int) Read { return read("few", family, "-", "-", "-") }

// Connections asks the kernel's table of connections for those that were begun to an
// address, by a protocol ("tcp", "udp" or "sctp").
func Connections(to netip.AddrPort, protocol string) Read {
	family := 4
	if to.Addr().Is6() {
		family = 6
	}
	return read(connections, family, protocol, to.Addr().String(), fmt.Sprint(to.Port()))
}

const connections = "connections"

// ConnectionsTo returns the question that an output answers, by its argv: what Connections
// was asked with. ok is false for other outputs.
func ConnectionsTo(argv []string) (to netip.AddrPort, protocol string, ok bool) {
	// PROGRAM -L -f FAMILY -p PROTOCOL -d ADDRESS --orig-port-dst PORT
	if len(argv) != 10 || argv[8] != "--orig-port-dst" {
		return to, "", false
	}
	to, err := netip.ParseAddrPort(net.JoinHostPort(argv[7], argv[9]))
	return to, argv[5], err == nil
}

func read(verb string, family int, table, chain, last string) Read {
	return Read{verb: verb, words: [4]string{fmt.Sprint(family), table, chain, last}}
}

// Families lists the IP families the plan asks for, 4 before 6.
func (p Plan) Families() []int {
	var out []int
	for _, family := range []int{4, 6} {
		for _, r := range p {
			if r.words[0] == fmt.Sprint(family) {
				out = append(out, family)
				break
			}
		}
	}
	return out
}

// Roots lists the chains of a table that the plan names for a family.
func (p Plan) Roots(family int, table string) []string {
	var out []string
	for _, r := range p {
		if r.words[0] == fmt.Sprint(family) && r.words[1] == table {
			out = append(out, r.words[2])
		}
	}
	return out
}

// NFT lists the commands that the plan has nft run where kube-proxy's table is there: those
// for chains that these lead to come besides.
func (p Plan) NFT() []string {
	var out []string
	for _, r := range p {
		kind := map[string]string{"map": "map", "set": "set", "rules": "chain", "base": "chain", "table": "table"}[r.verb]
		if kind != "" {
			layer := map[string]string{"4": "ip", "6": "ip6"}[r.words[0]]
			out = append(out, strings.Replace("nft list "+kind+" "+layer+" kube-proxy "+r.words[2], "table "+layer+" kube-proxy ", "table "+layer+" ", 1))
		}
	}
	return out
}

// elementTexts returns what the lines of a map or a set must contain, nil for all of it.
func (p Plan) elementTexts(family int, kind, name string) []string {
	for _, r := range p {
		if r.verb == kind && r.words[0] == fmt.Sprint(family) && r.words[2] == name && r.words[3] != "-" {
			return strings.Split(r.words[3], "\n")
		}
	}
	return nil
}

// name is what a table or a chain may be called (nf_tables allows no more, and a
// word that begins with a dash would be an option).
var name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]*$`)

// nftName is what a name in kube-proxy's nft table may be. nft takes its arguments for
// text in its language, so that nothing else may reach it.
var nftName = regexp.MustCompile(`^[a-z][A-Za-z0-9_./-]*$`)

// named says whether the names of a question are names, and nothing that a program would
// take for something else.
func (r Read) named() bool {
	switch r.verb {
	case connections, "mode", "uptime", "every", "few":
		return true
	case "map", "set", "rules", "base", "table":
		return nftName.MatchString(r.words[2])
	default:
		return name.MatchString(r.words[1]) && name.MatchString(r.words[2])
	}
}

// command returns the argv that asks the plan, and the mark of its answers.
func (p Plan) command() (argv []string, mark string, err error) {
	var nonce [16]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, "", err
	}
	mark = "kk-" + hex.EncodeToString(nonce[:])
	argv = []string{"sh", "-c", script, "kk", mark}
	for _, r := range p {
		if !r.named() {
			return nil, "", fmt.Errorf("read chain %q of table %q: not a name of a chain", r.words[2], r.words[1])
		}
		argv = append(argv, r.verb)
		argv = append(argv, r.words[:]...)
	}
	return argv, mark, nil
}
