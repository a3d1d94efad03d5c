package node

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const wholeText = `table ip kube-proxy {
	comment "rules for kube-proxy"

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 20.1.0.1 . tcp . 443 : goto service-K/k/tcp/,
			     20.1.0.10 . tcp . 80 : goto external-T/t/tcp/ }
	}

	set cluster-ips {
		type ipv4_addr
		elements = { 20.1.0.10 }
	}

	chain services {
		ip daddr . meta l4proto . th dport vmap @service-ips
	}

	chain external-T/t/tcp/ {
		jump mark-for-masquerade
		goto service-T/t/tcp/
	}

	chain service-T/t/tcp/ {
		numgen random mod 2 vmap { 0 : goto endpoint-A/t/tcp/__20.2.0.1/80, 1 : goto endpoint-B/t/tcp/__20.2.0.2/80 }
	}

	chain endpoint-A/t/tcp/__20.2.0.1/80 {
		meta l4proto tcp dnat to 20.2.0.1:80
	}

	chain service-K/k/tcp/ {
	}
}
`

// TestPartNFT: of a whole table those parts are kept that the script would have asked for.
func TestPartNFT(t *testing.T) {
	outputs, err := PartNFT(strings.NewReader(wholeText), 4, nftPlanOf())
	if err != nil {
		t.Fatal(err)
	}
	const list = "nft list chain ip kube-proxy "
	want := []string{
		"nft list map ip kube-proxy service-ips 0",
		list + "external-T/t/tcp/ 0", list + "service-T/t/tcp/ 0",
		list + "endpoint-A/t/tcp/__20.2.0.1/80 0", list + "endpoint-B/t/tcp/__20.2.0.2/80 1", list + "services 0",
	}
	if diff := cmp.Diff(want, commands(outputs)); diff != "" {
		t.Error(diff)
	}
	if got := outputs[0]; strings.Contains(got.Text, "443") || !strings.Contains(got.Text, "20.1.0.10 . tcp . 80 ") || got.Filter == "" {
		t.Errorf("%+v", got)
	}
	if got := outputs[1].Text; got != "table ip kube-proxy {\n\tchain external-T/t/tcp/ {\n\t\tjump mark-for-masquerade\n\t\tgoto service-T/t/tcp/\n\t}\n}\n" {
		t.Errorf("%q", got)
	}
}

// TestPartNFTWithout: where there is no table, that is known by the answer for the first map.
func TestPartNFTWithout(t *testing.T) {
	outputs, err := PartNFT(strings.NewReader("Error: No such file or directory\nlist table ip kube-proxy\n"), 4, nftPlanOf())
	want := []snapshot.Output{{
		Argv: []string{"nft", "list", "map", "ip", "kube-proxy", "service-ips"}, Exit: 1, Text: "Error: No such file or directory\nlist table ip kube-proxy\n",
	}}
	if diff := cmp.Diff(want, outputs); diff != "" || err != nil {
		t.Errorf("%v, %s", err, diff)
	}
}
