package svcpath

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// nftFamilies are nft's words for IP families.
var nftFamilies = map[string]int{"ip": 4, "ip6": 6}

// NFTRuleset is what a reading holds of kube-proxy's nft tables, in one: the chains that
// were listed, and of its maps and sets the elements that the Service has. Its error says
// which program printed what is not nft text.
func NFTRuleset(reading *snapshot.Reading) (*nftables.Ruleset, error) {
	rs := &nftables.Ruleset{}
	for _, out := range reading.Outputs {
		if !nftList(out) || out.Exit != 0 {
			continue
		}
		if err := addNFT(rs, out); err != nil {
			return nil, &outputError{node: reading.Node, program: strings.Join(out.Argv, " "), err: err}
		}
	}
	return rs, nil
}

// nftList says whether an output is that of "nft list KIND FAMILY kube-proxy NAME", or of
// "nft list table FAMILY kube-proxy".
func nftList(out snapshot.Output) bool {
	return len(out.Argv) >= 5 && out.Argv[0] == "nft" && out.Argv[1] == "list" && nftFamilies[out.Argv[3]] != 0 && out.Argv[4] == nftTable &&
		(len(out.Argv) == 6 || len(out.Argv) == 5 && out.Argv[2] == "table")
}

// maxNFTText bounds what one question may have printed, in bytes.
const maxNFTText = 64 << 20

func addNFT(rs *nftables.Ruleset, out snapshot.Output) error {
	switch {
	case out.Truncated:
		return errors.New("its end is missing")
	case len(out.Text) > maxNFTText:
		return fmt.Errorf("it is %d bytes long", len(out.Text))
	case out.Filter == "":
		return rs.Add(out.Text)
	}
	return rs.Add(fmt.Sprintf("table %s %s {\n%s %s {\nelements = { %s }\n}\n}\n",
		out.Argv[3], nftTable, out.Argv[2], out.Argv[5], strings.Join(elementLines(out.Text), ", ")))
}

// elementLines are the elements of a map or a set of which only some lines were kept.
func elementLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimPrefix(strings.TrimSpace(line), "elements = {")
		line = strings.Trim(strings.TrimSuffix(strings.TrimSpace(line), "}"), ", ")
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}

// addNFT notes what nft said of a family.
func (r *rules) addNFT(out snapshot.Output) error {
	if !nftList(out) {
		return nil
	}
	family := nftFamilies[out.Argv[3]]
	if r.nft[family] == nil {
		r.nft[family] = &nftRead{asked: map[string]bool{}}
	}
	read, table := r.nft[family], len(out.Argv) == 5
	if !table && out.Argv[2] == "chain" {
		read.asked[out.Argv[5]] = true
	}
	switch {
	case out.Exit == 0:
		read.there, read.whole = true, read.whole || table
		return addNFT(r.nftSet, out)
	case !absent(out.Text):
		read.failed = &out
	}
	return nil
}

// nftRead is what is known of kube-proxy's nft table of one IP family.
type nftRead struct {
	// there says that the table is, and whole that it was listed whole.
	there, whole bool
	asked        map[string]bool
	failed       *snapshot.Output
}

// nftBackend is the backend of a family, with an empty table where there is none.
func (r *rules) nftBackend(family int) backend {
	word := map[int]string{4: "ip", 6: "ip6"}[family]
	table, ok := r.nftSet.Table(word, nftTable)
	if !ok {
		table = &nftables.Table{Family: word, Name: nftTable}
	}
	b := nftRules{table: table, whole: !ok}
	if read := r.nft[family]; read != nil {
		b.asked, b.whole = read.asked, read.whole || !ok
	}
	return b
}
