//go:build e2e

package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// fieldsTable is kube-proxy's nft table of a node and a family, as nft prints it.
func fieldsTable(t *testing.T, node, family string) string {
	t.Helper()
	return onNode(t, node, "nft", "list", "table", family, "kube-proxy")
}

// fieldsInNFT is fieldsWritten for the nftables mode.
func fieldsInNFT(t *testing.T, node string) bool {
	t.Helper()
	table := fieldsTable(t, node, "ip")
	for _, text := range []string{"192.0.2.111 . ", "192.0.2.107 . ", "fld-e2e/legacy/tcp/", "fld-e2e/streams/sctp/", "fld-e2e/published/tcp/"} {
		if !strings.Contains(table, text) {
			return false
		}
	}
	return reached(t, node, fieldsSpace+"/numbers")[fieldsPodIP(t, "numbered", 0)] && strings.Contains(fieldsTable(t, node, "ip6"), "2001:db8::108 . ")
}

var fieldsClaim = regexp.MustCompile(`192\.0\.2\.120 \. \S+ \. 3000 : goto external-\w+-fld-e2e/([^/]+)/`)

// fieldsClaimant is the Service that has the address of two, by the one element for it.
func fieldsClaimant(t *testing.T) string {
	t.Helper()
	if found := fieldsClaim.FindStringSubmatch(onNode(t, workNode, "nft", "list", "map", "ip", "kube-proxy", "service-ips")); found != nil {
		return found[1]
	}
	return ""
}

var fieldsHandle = regexp.MustCompile(`ip saddr @affinity-.* # handle (\d+)`)

// fieldsTamperedNFT lets one range less through in the one chain, and takes the first rule
// for known clients from the other.
func fieldsTamperedNFT(t *testing.T, firewall, sticky string) {
	t.Helper()
	onNode(t, workNode, "nft", "flush", "chain", "ip", "kube-proxy", firewall)
	onNode(t, workNode, "nft", "add", "rule", "ip", "kube-proxy", firewall, "ip", "saddr", "!=", "20.2.36.0/24", "drop")
	found := fieldsHandle.FindStringSubmatch(onNode(t, workNode, "nft", "-a", "list", "chain", "ip", "kube-proxy", sticky))
	if found == nil {
		t.Fatalf("%s has no rule for known clients", sticky)
	}
	onNode(t, workNode, "nft", "delete", "rule", "ip", "kube-proxy", sticky, "handle", found[1])
}
