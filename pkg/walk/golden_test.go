package walk

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// The recordings: six Services of one node, written by kube-proxy, printed by the kernel.
const (
	iptablesSave = "testdata/iptables.save"
	nftList      = "../netfilter/nftables/testdata/maps.list"
	nftJSON      = "../netfilter/nftables/testdata/maps.json"
	nftCommands  = "../netfilter/nftables/testdata/maps.commands"
	nftOlder     = "../netfilter/nftables/testdata/endpoints.list"
	nftOlderJSON = "../netfilter/nftables/testdata/endpoints.json"
)

const nodeIP, nodeIP6 = "10.0.0.1", "fd00::1"

func request(t *testing.T, to, from string) Request {
	t.Helper()
	target, protocol, err := ParseTarget(to)
	if err != nil {
		t.Fatal(err)
	}
	r := Request{To: target, Protocol: protocol, NodeIPs: []netip.Addr{netip.MustParseAddr(nodeIP), netip.MustParseAddr(nodeIP6)}}
	if from != "" {
		r.From = netip.MustParseAddr(from)
	}
	return r
}

func load(t *testing.T, names ...string) *Rules {
	t.Helper()
	var files []File
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, File{filepath.Base(name), string(text)})
	}
	rules, err := Read(files)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// TestGolden holds the whole answer, for people and for programs.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct{ rules, to, from string }{
		"clusterip":     {iptablesSave, "10.96.0.11:3000", ""},
		"clusterip-nft": {nftList, "10.96.0.11:3000", ""},
		"sticky":        {iptablesSave, "10.96.0.12:3000", "10.244.1.9"},
		"nodeport":      {iptablesSave, "10.0.0.1:30003", ""},
		"firewall":      {iptablesSave, "203.0.113.1:3000", ""},
		"firewall-nft":  {nftList, "[2001:db8:113::1]:3000", ""},
		"nobody":        {nftJSON, "10.96.0.15:3000/tcp", ""},
		"dns":           {nftOlder, "[fd00:10:96::10]:53/udp", "fd00:10:244:1::2"},
		"unknown":       {"testdata/unknown.save", "10.96.0.11:3000", "10.244.1.9"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := Analyze(load(t, c.rules), request(t, c.to, c.from))
			if err != nil {
				t.Fatal(err)
			}
			object, err := json.MarshalIndent(a, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "testdata/"+name+".golden.json", string(object)+"\n")
			var text bytes.Buffer
			if err := Render(&text, a, render.Style{}); err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "testdata/"+name+".golden.txt", text.String())
		})
	}
}

// TestSchema holds the published schema to the types, and the goldens to the schema.
func TestSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d goldens (%v)", len(files), err)
	}
	schema, err := jsonschema.For[Walks](nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/packetwalks.json", Kind+" "+APIVersion, schema, files)
}
