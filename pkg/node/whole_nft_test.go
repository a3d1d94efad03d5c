package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestWholeTable: an image without a shell answers for kube-proxy's table as the script does,
// and what nft says where there is none is no table.
func TestWholeTable(t *testing.T) {
	for text, exit := range map[string]int{
		"table ip kube-proxy {\n}\n":                                   0,
		"Error: No such file or directory\nlist table ip kube-proxy\n": 1,
		"": 1,
	} {
		outputs, err := wholeTable(strings.NewReader(text), 4, nil)
		want := []snapshot.Output{{Argv: []string{"nft", "list", "table", "ip", "kube-proxy"}, Text: text, Exit: exit}}
		if diff := cmp.Diff(want, outputs); diff != "" || err != nil {
			t.Errorf("%v, %s", err, diff)
		}
	}
}
