//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// fakeTools puts programs into a folder of their own that print what iptables
// prints, and returns the folder. The script runs with nothing else on its PATH
// but what it names itself.
func fakeTools(t *testing.T, tools map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, body := range tools {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const chainsTool = `
case "$*" in
*-S\ KUBE-MARK-MASQ) echo "-N KUBE-MARK-MASQ" ;;
*-S\ KUBE-SERVICES)
	echo '-A KUBE-SERVICES -d 20.1.0.1/32 -c 0 0 -j KUBE-SVC-ONE'
	echo '-A KUBE-SERVICES -d 20.1.0.10/32 -c 1 60 -j KUBE-SVC-TEN'
	echo '-A KUBE-SERVICES -m addrtype --dst-type LOCAL -c 2 120 -j KUBE-NODEPORTS' ;;
*-S\ KUBE-SVC-TEN)
	echo '-N KUBE-SVC-TEN'
	echo '-A KUBE-SVC-TEN -m comment --comment "* $(touch pwned) -j KUBE-SEP-;x" -j KUBE-SEP-A'
	echo '-A KUBE-SVC-TEN -j KUBE-SEP-B'
	echo '-A KUBE-SVC-TEN -j KUBE-SEP-A'
	echo '-A KUBE-SVC-TEN -j OTHER' ;;
*-S\ KUBE-SEP-*) for last; do :; done; echo "-N $last" ;;
*) echo "iptables: No chain/target/match by that name." >&2; exit 1 ;;
esac`

func runScript(t *testing.T, dir string, plan Plan) ([]snapshot.Output, error) {
	t.Helper()
	argv, mark, err := plan.command()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", argv[1:]...)
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if left, _ := os.ReadDir(cmd.Dir); len(left) > 0 {
		t.Fatalf("the script ran text of a rule: %v", left)
	}
	return parseTranscript(&out, mark)
}

func TestScript(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": "echo Error: No such file; exit 1", "iptables-nft": chainsTool})
	plan := Plan{
		Elements(4, "map", "service-ips", "20.1.0.10 . tcp . 80 "),
		Elements(4, "set", "cluster-ips", "20.1.0.10"),
		Rules(4, "service-X-a/b/tcp/"),
		List(4, "nat", "KUBE-MARK-MASQ"),
		Among(4, "nat", "KUBE-SERVICES", []netip.Addr{netip.MustParseAddr("20.1.0.10")}, nil),
		Follow(4, "nat", "KUBE-SVC-TEN", "KUBE-SEP-"),
		List(4, "filter", "KUBE-NONE"),
		Among(4, "filter", "KUBE-GONE", nil, []uint16{80}),
	}
	outputs, err := runScript(t, tool, plan)
	if err != nil {
		t.Fatal(err)
	}
	filterOutputs(outputs, plan)
	type seen struct {
		Command, Text, Filter, Kept string
		Exit                        int
	}
	var got []seen
	for _, o := range outputs {
		got = append(got, seen{strings.Join(o.Argv, " "), o.Text, o.Filter, o.Kept, o.Exit})
	}
	want := []seen{
		{
			Command: "nft list map ip kube-proxy service-ips", Text: "Error: No such file\n",
			Filter: "20.1.0.10 . tcp . 80 ", Exit: 1,
		},
		{Command: "cat /proc/net/dev | grep -c kube-ipvs0:", Text: "0\n"},
		{Command: "iptables-nft -t nat -v -S KUBE-MARK-MASQ", Text: "-N KUBE-MARK-MASQ\n"},
		{
			Command: "iptables-nft -t nat -v -S KUBE-SERVICES",
			Text:    "-A KUBE-SERVICES -d 20.1.0.10/32 -c 1 60 -j KUBE-SVC-TEN\n-A KUBE-SERVICES -m addrtype --dst-type LOCAL -c 2 120 -j KUBE-NODEPORTS\n",
			Kept:    "-d 20.1.0.10/32 ",
		},
		{Command: "iptables-nft -t nat -v -S KUBE-SVC-TEN", Text: "-N KUBE-SVC-TEN\n" +
			`-A KUBE-SVC-TEN -m comment --comment "* $(touch pwned) -j KUBE-SEP-;x" -j KUBE-SEP-A` + "\n" +
			"-A KUBE-SVC-TEN -j KUBE-SEP-B\n-A KUBE-SVC-TEN -j KUBE-SEP-A\n-A KUBE-SVC-TEN -j OTHER\n"},
		{Command: "iptables-nft -t nat -v -S KUBE-SEP-A", Text: "-N KUBE-SEP-A\n"},
		{Command: "iptables-nft -t nat -v -S KUBE-SEP-B", Text: "-N KUBE-SEP-B\n"},
		{Command: "iptables-nft -t filter -v -S KUBE-NONE", Text: "iptables: No chain/target/match by that name.\n", Exit: 1},
		{
			Command: "iptables-nft -t filter -v -S KUBE-GONE", Text: "iptables: No chain/target/match by that name.\n",
			Kept: "--dport 80 ", Exit: 1,
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// An image may have one kind of iptables under its plain name only.
func TestScriptPlainTool(t *testing.T) {
	outputs, err := runScript(t, fakeTools(t, map[string]string{"ip6tables": chainsTool, "nft": "exit 1"}), Plan{List(6, "nat", "KUBE-MARK-MASQ")})
	if err != nil {
		t.Fatal(err)
	}
	last := outputs[len(outputs)-1]
	if !strings.HasSuffix(last.Argv[0], "ip6tables") && !strings.HasSuffix(last.Argv[0], "ip6tables-nft") {
		t.Errorf("it ran %v", last.Argv)
	}
}

func TestTranscriptHostile(t *testing.T) {
	for name, text := range map[string]string{
		"empty":             "",
		"no end":            "M > iptables -t nat -v -S X\n-N X\nM < 0\n",
		"cut in a listing":  "M > iptables -t nat -v -S X\n-N X\n",
		"wrong status":      "M > x\nM < zero\nM end\n",
		"unknown note":      "M ! x\nM end\n",
		"status of nothing": "M < 0\nM end\n",
		"long line":         "M > x\n" + strings.Repeat("a", maxLine+1) + "\nM < 0\nM end\n",
	} {
		if _, err := parseTranscript(strings.NewReader(text), "M"); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// A rule's text can look like the script's notes, but it does not know the mark.
func TestTranscriptForgedNotes(t *testing.T) {
	text := "M > iptables -t nat -v -S X\n-A X -m comment --comment \"kk end\"\nN end\nM < 0\nM end\n"
	outputs, err := parseTranscript(strings.NewReader(text), "M")
	if err != nil || len(outputs) != 1 || !strings.Contains(outputs[0].Text, "N end\n") {
		t.Errorf("got %v, %v", outputs, err)
	}
}

func TestPlanRefusesOptions(t *testing.T) {
	for _, chain := range []string{"", "-F", "KUBE SVC", "a;b", "$(x)", "a\nb"} {
		if _, _, err := (Plan{List(4, "nat", chain)}).command(); err == nil {
			t.Errorf("chain %q was taken", chain)
		}
	}
}

func FuzzTranscript(f *testing.F) {
	f.Add("M > iptables -t nat -v -S X\n-N X\nM < 0\nM end\n")
	f.Add("M > iptables-legacy -t nat -S | grep -c ^-A.KUBE-[^MP]\n2\nM < 0\nM end\n")
	f.Fuzz(func(t *testing.T, text string) {
		outputs, err := parseTranscript(strings.NewReader(text), "M")
		if err == nil && !strings.Contains(text, "M end") {
			t.Errorf("%d outputs from a text without an end", len(outputs))
		}
	})
}
