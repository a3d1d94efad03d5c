package svcpath

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// nftRecordings are what svcpath read in nftables mode, by hack/generate-nft.sh.
func nftRecordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/nft/*.json")
	files = slices.DeleteFunc(files, func(file string) bool { return strings.HasSuffix(file, ".golden.json") })
	if err != nil || len(files) < 8 {
		t.Fatalf("%d recordings in testdata/nft (%v)", len(files), err)
	}
	return files
}

// TestGoldenNFT holds the whole answer to each recording of the nftables mode.
func TestGoldenNFT(t *testing.T) {
	for _, file := range nftRecordings(t) {
		name := strings.TrimSuffix(file, ".json")
		t.Run(filepath.Base(name), func(t *testing.T) {
			s, req := load(t, file)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			object, err := json.MarshalIndent(path, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".golden.json", string(object)+"\n")
			golden.Compare(t, name+".golden.txt", text(t, path, Options{Wide: true}))
			var graph bytes.Buffer
			if err := WriteMermaid(&graph, path); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, name+".golden.mermaid", graph.String())
		})
	}
}

// TestNFTRecordingsAreNotStale compares what the recordings hold with what would be read now.
func TestNFTRecordingsAreNotStale(t *testing.T) {
	for _, file := range nftRecordings(t) {
		s, req := load(t, file)
		asked := []string{}
		for _, o := range s.Readings[0].Outputs {
			asked = append(asked, strings.Join(o.Argv, " "))
		}
		whole := slices.Contains(asked, "nft list table ip kube-proxy")
		for _, argv := range Plan(&s.Services[0], req, s, s.Readings[0].Node).NFT() {
			if table := strings.HasPrefix(argv, "nft list table "); table == whole && !slices.Contains(asked, argv) {
				t.Errorf("%s is stale: it does not ask %q, which svcpath does now; run hack/generate.sh nft", file, argv)
			}
		}
	}
}

// TestDamagedNFTRules takes the recording of a healthy node and breaks one thing of it.
func TestDamagedNFTRules(t *testing.T) {
	const spread = "numgen random mod 3 map { 0 : 192.0.2.1 . 8080, 1 : 192.0.2.2 . 8080, 2 : 192.0.2.3 . 8080 }"
	replace := func(chain, old, text string) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			edit(s, func(argv, have string) string {
				if strings.HasSuffix(argv, chain) {
					return strings.ReplaceAll(have, old, text)
				}
				return have
			})
		}
	}
	noTable := func(s *snapshot.Snapshot) {
		outputs := &s.Readings[0].Outputs
		*outputs = (*outputs)[:1]
		(*outputs)[0].Exit, (*outputs)[0].Text = 1, "Error: No such file or directory\n"
	}
	gone := func(argv string) func(*snapshot.Snapshot) {
		return func(s *snapshot.Snapshot) {
			for i := range s.Readings[0].Outputs {
				if o := &s.Readings[0].Outputs[i]; strings.HasPrefix(strings.Join(o.Argv, " "), argv) {
					o.Exit, o.Text = 1, "Error: No such file or directory\n"
				}
			}
		}
	}
	for name, c := range map[string]struct {
		damage func(*snapshot.Snapshot)
		want   []string
	}{
		"nothing":           {func(*snapshot.Snapshot) {}, []string{}},
		"no element":        {func(s *snapshot.Snapshot) { edit(s, drop("service-ips", " . 80 ")) }, []string{explain.DispatchRuleAbsent}},
		"services is empty": {func(s *snapshot.Snapshot) { edit(s, drop("services", "vmap")) }, []string{explain.DispatchRuleAbsent}},
		"no jump":           {func(s *snapshot.Snapshot) { edit(s, drop("nat-output", "jump")) }, []string{explain.HookAbsent}},
		"no base chain":     {gone("nft list chain ip kube-proxy nat-prerouting"), []string{explain.HookAbsent}},
		"no table":          {noTable, []string{explain.RulesAbsent, explain.HookAbsent, explain.HookAbsent}},
		"shares":            {replace("/tcp/", spread, strings.Replace(strings.Replace(spread, "mod 3", "mod 4", 1), "2 : 192", "2-3 : 192", 1)), []string{explain.SharesDiffer, explain.SharesDiffer, explain.SharesDiffer}},
		"one endpoint less": {replace("/tcp/", spread, "numgen random mod 2 map { 0 : 192.0.2.1 . 8080, 1 : 192.0.2.2 . 8080 }"), []string{explain.EndpointMissingOnNode}},
		"a rule of someone else": {replace("/tcp/", "meta l4proto", "ip saddr 10.9.9.9 accept\n\t\tmeta l4proto"),
			[]string{explain.ForeignRule}},
		"refused despite endpoints": {func(s *snapshot.Snapshot) {
			element := ""
			edit(s, func(argv, have string) string {
				if strings.HasSuffix(argv, " service-ips") {
					element, _, _ = strings.Cut(have, " : ")
					return ""
				}
				if strings.HasSuffix(argv, " no-endpoint-services") {
					return element + " : drop,\n"
				}
				return have
			})
		}, []string{explain.RejectDespiteEndpoints}},
		"an image without a shell": {func(s *snapshot.Snapshot) {
			s.Readings[0].Outputs = []snapshot.Output{{Argv: []string{"iptables", "-t", "nat", "-v", "-S", "PREROUTING"}, Text: "-P PREROUTING ACCEPT\n"}}
		}, []string{explain.ProxyModeNotRead}},
		"nft may not be asked": {func(s *snapshot.Snapshot) {
			s.Readings[0].Outputs[0].Exit, s.Readings[0].Outputs[0].Text = 1, "Operation not permitted (you must be root)\n"
		}, []string{explain.NodeNotChecked}},
		"rules of iptables too": {func(s *snapshot.Snapshot) {
			s.Readings[0].Outputs = append(s.Readings[0].Outputs, snapshot.Output{
				Argv: strings.Fields("iptables-nft -t nat -S | grep -c ^-A.KUBE-[^MP]"), Text: "7\n",
			})
		}, []string{explain.TwoBackends}},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, "testdata/nft/three.json")
			c.damage(s)
			path, err := Analyze(s, req)
			if err != nil {
				t.Fatal(err)
			}
			if got := codesOf(path); !slices.Equal(got, c.want) {
				t.Errorf("findings %v, want %v", got, c.want)
			}
			text(t, path, Options{Wide: true})
		})
	}
}

// TestTableOfNFTBesideIPTables: the configuration says which of two modes counts.
func TestTableOfNFTBesideIPTables(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	s.Readings[0].Outputs = append(s.Readings[0].Outputs, snapshot.Output{
		Argv: []string{"nft", "list", "map", "ip", "kube-proxy", "service-ips"}, Text: "table ip kube-proxy {\n\tmap service-ips {\n\t}\n}\n",
	})
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	if got := codesOf(path); !slices.Equal(got, []string{explain.TwoBackends}) || path.Agreement != Agrees || path.Node.Backend != "iptables-nft" {
		t.Errorf("findings %v, %s by %s", got, path.Agreement, path.Node.Backend)
	}
}

// TestHostileNFTOutput: text that is not of nft is an error that names the program.
func TestHostileNFTOutput(t *testing.T) {
	for name, damage := range map[string]func(o *snapshot.Output){
		"cut short": func(o *snapshot.Output) { o.Truncated = true },
		"not rules": func(o *snapshot.Output) { o.Text, o.Filter = "\x1b[2Jhello\n", "" },
		"no end":    func(o *snapshot.Output) { o.Text, o.Filter = "table ip kube-proxy {\n", "" },
		"elements":  func(o *snapshot.Output) { o.Text = "a { : } \x1b[2J : \" x\n" },
	} {
		s, req := load(t, "testdata/nft/three.json")
		damage(&s.Readings[0].Outputs[0])
		_, err := Analyze(s, req)
		if err == nil || !strings.HasPrefix(err.Error(), "read what nft list map ip kube-proxy service-ips printed") || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func codesOf(p *Path) []string {
	got := []string{}
	for _, f := range p.Findings {
		got = append(got, f.Code)
	}
	return got
}

// TestNFTWithoutTheDearChains: on a node with very many Services the chains that all have,
// and those of single endpoints, are not listed. The endpoints are known all the same.
func TestNFTWithoutTheDearChains(t *testing.T) {
	s, req := load(t, "testdata/nft/sticky.json")
	s.Readings[0].Outputs = slices.DeleteFunc(s.Readings[0].Outputs, func(o snapshot.Output) bool {
		name := o.Argv[len(o.Argv)-1]
		return o.Argv[2] == "chain" && (!strings.Contains(name, "/") || strings.HasPrefix(name, "endpoint-"))
	})
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	if got := codesOf(path); len(got) != 0 || path.Agreement != Agrees {
		t.Errorf("%s, findings %v; want that it agrees", path.Agreement, got)
	}
	if out := text(t, path, Options{}); !strings.Contains(out, "→ 192.0.2.5:8080") || !strings.Contains(out, "not read") {
		t.Errorf("the endpoints are not there, or are not said to be unread:\n%s", out)
	}
}

// TestNFTRuleset: what a reading holds can be walked as one table.
func TestNFTRuleset(t *testing.T) {
	for _, file := range nftRecordings(t) {
		s, _ := load(t, file)
		rs, err := NFTRuleset(&s.Readings[0])
		if err != nil {
			t.Fatal(err)
		}
		table, ok := rs.Table("ip", "kube-proxy")
		if !ok {
			t.Fatalf("%s: no table", file)
		}
		if _, ok := table.Set("service-ips"); !ok || !slices.ContainsFunc(table.Chains, func(c *nftables.Chain) bool { return c.Hook == "prerouting" }) {
			t.Errorf("%s: the table has chains %v", file, table.Chains)
		}
	}
}
