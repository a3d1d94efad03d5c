//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// rulesTool prints as many rules of kube-proxy as it is told, and those of the kubelet.
func rulesTool(rules string, hint bool) string {
	found := "exit 1"
	if hint {
		found = "exit 0"
	}
	return `case "$*" in
*KUBE-IPTABLES-HINT) ` + found + ` ;;
*-v\ -S*) echo "-N ${5}" ;;
*-S\ KUBE-MARK-MASQ) echo "-N KUBE-MARK-MASQ" ;;
*-S)
	echo "-P PREROUTING ACCEPT"
	echo "-A PREROUTING -j KUBE-SERVICES"
	echo "-A KUBE-POSTROUTING -j MASQUERADE"
	echo "-A KUBE-MARK-MASQ -j MARK --or-mark 0x4000"
	for i in ` + rules + `; do echo "-A KUBE-SVC-$i -j KUBE-SEP-$i"; done ;;
esac`
}

const noRules = `echo "iptables: No chain/target/match by that name." >&2; exit 1`

const deniedTool = "echo \"iptables v1.8.9 (legacy): can't initialize iptables table: Permission denied (you must be root)\" >&2; exit 4"

const tableTool = `case "$*" in
*services) echo "chain services {}" ;;
*service-ips)
	echo "elements = { 10.96.0.1 . tcp . 443 : goto service-A,"
	echo "	10.96.0.10 . udp . 53 : goto service-B }" ;;
esac`

// absent keeps a program away that runOn else provides.
const absent = "absent"

// runOn runs the script with programs and files of a node of its own.
func runOn(t *testing.T, tools, files map[string]string, plan Plan) []snapshot.Output {
	t.Helper()
	text, mark, err := printedOn(t, tools, files, plan)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	outputs, err := parseTranscript(bytes.NewReader(text), mark)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return outputs
}

// printedOn is what the script prints, and its mark.
func printedOn(t *testing.T, tools, files map[string]string, plan Plan) (text []byte, mark string, err error) {
	t.Helper()
	proc := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(proc, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"grep", "cat"} {
		if at, err := exec.LookPath(name); err == nil && tools[name] != absent {
			tools[name] = "exec " + at + ` "$@"`
		} else {
			delete(tools, name)
		}
	}
	argv, mark, err := plan.command()
	if err != nil {
		t.Fatal(err)
	}
	argv[2] = strings.NewReplacer("/proc/net/", proc+"/", "PATH=$PATH:/usr/sbin:/sbin:/usr/local/sbin\n", "").Replace(argv[2])
	cmd := exec.Command("/bin/sh", argv[1:]...)
	cmd.Env = []string{"PATH=" + fakeTools(t, tools)}
	text, err = cmd.CombinedOutput()
	return text, mark, err
}

// TestScriptBackends: which iptables is asked, and what is counted besides.
func TestScriptBackends(t *testing.T) {
	const legacyTable = "nat\n"
	for name, c := range map[string]struct {
		tools map[string]string
		files map[string]string
		// tool is the one that the plan was asked of, counts what was counted.
		tool   string
		counts map[string]int
	}{
		"one kind": {
			map[string]string{"iptables-nft": rulesTool("1 2", true), "iptables-legacy": noRules}, nil, "iptables-nft", nil,
		},
		"legacy kind at work": {
			map[string]string{"iptables-nft": noRules, "iptables-legacy": rulesTool("1 2", true)},
			map[string]string{"ip_tables_names": legacyTable}, "iptables-legacy", nil,
		},
		"legacy table of someone else": {
			map[string]string{"iptables-nft": noRules, "iptables-legacy": noRules},
			map[string]string{"ip_tables_names": legacyTable}, "iptables-nft", nil,
		},
		"legacy kind that may not be asked": {
			map[string]string{"iptables-nft": noRules, "iptables-legacy": deniedTool},
			map[string]string{"ip_tables_names": legacyTable}, "iptables-legacy", nil,
		},
		"left in legacy": {
			map[string]string{"iptables-nft": rulesTool("1", true), "iptables-legacy": rulesTool("1 2 3", false)},
			map[string]string{"ip_tables_names": legacyTable}, "iptables-nft", map[string]int{"iptables-legacy": 3},
		},
		"left in nft, the kubelet has its hint in legacy": {
			map[string]string{"iptables-nft": rulesTool("1 2 3 4", false), "iptables-legacy": rulesTool("1", true)},
			map[string]string{"ip_tables_names": legacyTable}, "iptables-legacy", map[string]int{"iptables-nft": 4},
		},
		"nftables and iptables": {
			map[string]string{"iptables-nft": rulesTool("1", true), "nft": tableTool}, nil,
			"iptables-nft", map[string]int{"iptables-nft": 1, "nft": 2},
		},
		"nftables alone": {
			map[string]string{"iptables-nft": noRules, "nft": tableTool}, nil, "nft", nil,
		},
		"ipvs": {
			map[string]string{"iptables-nft": rulesTool("", true)},
			map[string]string{
				"dev":   "  eth0: 1 2\nkube-ipvs0:       0 0\n",
				"ip_vs": "IP Virtual Server version 1.2.1\nProt LocalAddress:Port Scheduler\n  -> RemoteAddress:Port\nTCP  0A600001:01BB rr\n  -> 0A000202:192B Masq 1\nUDP  0A60000A:0035 rr\n",
			}, "iptables-nft", map[string]int{"/proc/net/dev": 1, "/proc/net/ip_vs": 2},
		},
	} {
		for _, without := range []string{"", "grep"} {
			t.Run(name+" without "+without, func(t *testing.T) {
				tools := map[string]string{}
				for tool, body := range c.tools {
					tools[tool] = body
				}
				if without != "" {
					tools[without] = absent
				}
				tool, counts := "", map[string]int{}
				for _, o := range runOn(t, tools, c.files, Plan{Elements(4, "map", "service-ips", "10.96.0.1 . tcp . 443 "), List(4, "nat", "KUBE-MARK-MASQ")}) {
					program, n, ok := Counted(o)
					switch {
					case ok && program[0] == "cat":
						counts["/proc/net/"+filepath.Base(program[1])] = n
					case ok:
						counts[program[0]] = n
					case len(o.Argv) == 6:
						tool = o.Argv[0]
					}
				}
				if c.counts["/proc/net/dev"] == 0 {
					delete(counts, "/proc/net/dev")
				}
				if tool != c.tool || len(counts) != len(c.counts) {
					t.Errorf("asked %s, counts %v; want %s, %v", tool, counts, c.tool, c.counts)
				}
				for what, n := range c.counts {
					if counts[what] != n {
						t.Errorf("counted %d of %s, want %d", counts[what], what, n)
					}
				}
			})
		}
	}
}

// TestScriptLegacyWantsRights: leftovers in the legacy kind are worth a pod that may ask.
func TestScriptLegacyWantsRights(t *testing.T) {
	outputs := runOn(t, map[string]string{"iptables-nft": rulesTool("1", true), "iptables-legacy": deniedTool}, map[string]string{"ip_tables_names": "nat\n"}, Plan{List(4, "nat", "KUBE-MARK-MASQ")})
	if !wantsRawSocket(outputs) || !usesNFT(outputs) {
		t.Errorf("%v", outputs)
	}
}

// TestScriptMode asks kube-proxy for its mode, where there is a program for it.
func TestScriptMode(t *testing.T) {
	plan := Plan{ProxyMode(netip.MustParseAddrPort("127.0.0.1:10249"))}
	for _, c := range []struct{ tool, want string }{
		{"curl", "curl -s -m 2 http://127.0.0.1:10249/proxyMode"},
		{"wget", "wget -q -T 2 -O - http://127.0.0.1:10249/proxyMode"},
	} {
		outputs := runOn(t, map[string]string{c.tool: "printf nftables"}, nil, plan)
		i := slices.IndexFunc(outputs, func(o snapshot.Output) bool { return IsProxyMode(o.Argv) })
		if i < 0 || strings.Join(outputs[i].Argv, " ") != c.want || strings.TrimSpace(outputs[i].Text) != "nftables" {
			t.Errorf("%s: %v", c.tool, outputs)
		}
	}
	if outputs := runOn(t, map[string]string{}, nil, plan); len(outputs) > 0 {
		t.Errorf("without a program: %v", outputs)
	}
}
