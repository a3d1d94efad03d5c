//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// TestScriptConnections: conntrack is asked for one address, by arguments.
func TestScriptConnections(t *testing.T) {
	tools := fakeTools(t, map[string]string{"conntrack": `echo "asked $*"; echo "1 flow entries have been shown." >&2`})
	to := netip.MustParseAddrPort("[fd00::a]:53")
	outputs, err := runScript(t, tools, Plan{Connections(to, "udp"), Connections(netip.MustParseAddrPort("10.0.0.1:80"), "tcp")})
	if err != nil {
		t.Fatal(err)
	}
	if len(outputs) != 2 || !strings.HasPrefix(outputs[0].Text, "asked -L -f ipv6 -p udp -d fd00::a --orig-port-dst 53\n") || outputs[1].Exit != 0 {
		t.Fatalf("got %+v", outputs)
	}
	if at, protocol, ok := ConnectionsTo(outputs[0].Argv); !ok || at != to || protocol != "udp" {
		t.Errorf("%v is taken for %v %s %v", outputs[0].Argv, at, protocol, ok)
	}
	if _, _, ok := ConnectionsTo([]string{"iptables-nft", "-t", "nat", "-v", "-S", "KUBE-SERVICES"}); ok {
		t.Error("a listing of rules is taken for connections")
	}
}

// TestScriptConnectionsFile: without conntrack the kernel's file is read, if it has one.
func TestScriptConnectionsFile(t *testing.T) {
	argv, mark, err := (Plan{Connections(netip.MustParseAddrPort("10.0.0.1:1"), "tcp")}).command()
	if err != nil {
		t.Fatal(err)
	}
	argv[2] = strings.Replace(argv[2], "has conntrack", "false", 1)
	text, err := exec.Command("/bin/sh", argv[1:]...).Output()
	if err != nil {
		t.Fatal(err)
	}
	outputs, err := parseTranscript(bytes.NewReader(text), mark)
	if err != nil || len(outputs) != 1 {
		t.Fatalf("got %+v, %v", outputs, err)
	}
	_, missing := os.ReadFile("/proc/net/nf_conntrack")
	if _, _, ok := ConnectionsTo(outputs[0].Argv); !ok || (outputs[0].Exit == 0) != (missing == nil) {
		t.Errorf("got %+v; the file: %v", outputs[0], missing)
	}
}
