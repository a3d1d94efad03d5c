package node

import (
	"fmt"
	"io"
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
	return slices.ContainsFunc(p, func(r Read) bool { return r.verb == "table" })
}

// wholeTable is the answer to Table, from what nft printed. Where there is no table, nft says so.
func wholeTable(r io.Reader, family int, _ Plan) ([]snapshot.Output, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the output of %s: %w", strings.Join(tableCommand(family), " "), err)
	}
	out := snapshot.Output{Argv: tableCommand(family), Text: string(text)}
	if !strings.HasPrefix(out.Text, "table ") {
		out.Exit = 1
	}
	return []snapshot.Output{out}, nil
}
