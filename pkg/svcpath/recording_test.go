package svcpath

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestRecordingsAreNotStale compares what the recordings hold of a node with what
// svcpath would read there now. Where they differ, make generate records anew.
func TestRecordingsAreNotStale(t *testing.T) {
	compared := 0
	for _, file := range recordings(t) {
		s, req := load(t, file)
		if len(s.Readings) == 0 {
			continue
		}
		compared++
		plan := Plan(&s.Services[0], req, s, s.Readings[0].Node)
		if got, want := nftAsked(s.Readings[0]), len(plan.Families()); got != want {
			t.Errorf("%s is stale: it asks nft for kube-proxy's table of %d families, and svcpath of %d now; run make generate", file, got, want)
		}
		for _, family := range plan.Families() {
			for _, table := range []string{"nat", "filter"} {
				read := chainsRead(s.Readings[0], family, table)
				for _, chain := range append(plan.Roots(family, table), "OUTPUT") {
					if !slices.Contains(read, chain) {
						t.Errorf("%s is stale: of table %s (IPv%d) it holds %v, and svcpath reads %s too now; run make generate", file, table, family, read, chain)
					}
				}
			}
		}
	}
	if compared < 8 {
		t.Errorf("only %d recordings hold a reading of a node", compared)
	}
}

// nftAsked counts the families for which nft was asked whether kube-proxy's table is there.
func nftAsked(r snapshot.Reading) int {
	n := 0
	for _, o := range r.Outputs {
		asked := strings.Join(o.Argv, " ")
		if strings.HasPrefix(asked, "nft list table ip") {
			n++
		}
	}
	return n
}

// chainsRead are the chains that a reading asked for, in order.
func chainsRead(r snapshot.Reading, family int, table string) []string {
	tool := "iptables-nft"
	if family == 6 {
		tool = "ip6tables-nft"
	}
	var out []string
	for _, o := range r.Outputs {
		if len(o.Argv) == 6 && o.Argv[0] == tool && o.Argv[2] == table {
			out = append(out, o.Argv[5])
		}
	}
	return out
}

// TestDemoIsTheTutorials holds the demo to what the tutorial itself prints of this
// Service: its address, its chain, and a half for each of two Pods.
func TestDemoIsTheTutorials(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	out := text(t, path, Options{})
	for _, want := range []string{"20.1.120.16:3000/tcp", "KUBE-SVC-BRULDGNIV2IQDBPU", "50% KUBE-SEP-", "The node agrees with the API: 2 ready endpoints, 2 rules."} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo does not say %q:\n%s", want, out)
		}
	}
}
