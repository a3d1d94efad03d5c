//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// treesTool prints what iptables of the nft kind prints of a node with chains of others: a
// way that comes together again, a loop in a text, comments like rules, and a chain too
// long to send.
const treesTool = `
case "$*" in
-V) echo "iptables v1.8.9 (nf_tables)" ;;
*filter*-S\ INPUT) echo '-P INPUT ACCEPT -c 0 0'; echo '-A INPUT -c 0 0 -j f2b-sshd'; echo '-A INPUT -c 0 0 -j KUBE-FIREWALL' ;;
*filter*-S\ FORWARD)
	echo '-P FORWARD ACCEPT -c 0 0'
	echo '-A FORWARD -m comment --comment "x -j EVIL;$(touch pwned) -j -F -j *" -c 0 0 -j KUBE-FORWARD'
	echo '-A FORWARD -m conntrack --ctstate NEW -c 0 0 -j KUBE-SERVICES'
	echo '-A FORWARD -c 0 0 -g cali-FORWARD'
	echo '-A FORWARD -c 0 0 -j huge'
	echo '-A FORWARD -c 0 0 -j KUBE-FIREWALL' ;;
*-S\ cali-FORWARD) echo '-N cali-FORWARD'; echo '-A cali-FORWARD -c 0 0 -j cali-to.x'; echo '-A cali-FORWARD -c 0 0 -j ACCEPT' ;;
*-S\ cali-to.x) echo '-N cali-to.x'; echo '-A cali-to.x -c 0 0 -j cali-FORWARD' ;;
*-S\ KUBE-FORWARD|*-S\ KUBE-FIREWALL|*-S\ f2b-sshd) for last; do :; done; echo "-N $last" ;;
*-S\ huge) i=0; while [ $i -lt 4000 ]; do echo "-A huge -m comment --comment \"one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen\" -c 0 0 -j deeper"; i=$((i+1)); done ;;
*-S\ KUBE-SERVICES) cat "$LINES_FILE" ;;
*) echo "iptables: No chain/target/match by that name." >&2; exit 1 ;;
esac`

func TestScriptTree(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": "exit 1", "iptables-nft": treesTool})
	outputs, err := runScript(t, tool, Plan{List(4, "filter", "KUBE-FORWARD"), Tree(4, "filter", "INPUT"), Tree(4, "filter", "FORWARD")})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range outputs {
		if o.Exit == 0 && o.Argv[0] != "cat" {
			got = append(got, o.Argv[5])
		}
	}
	want := "KUBE-FORWARD INPUT f2b-sshd KUBE-FIREWALL FORWARD cali-FORWARD cali-to.x"
	if strings.Join(got, " ") != want {
		t.Errorf("it printed the chains %v, want %s", got, want)
	}
}

// What is not there of the legacy kind is not made by asking for it.
func TestScriptTreeLegacy(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": "exit 1", "iptables": strings.Replace(treesTool, "(nf_tables)", "(legacy)", 1)})
	argv, _, err := (Plan{Tree(4, "no-such-table", "FORWARD")}).command()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", argv[1:]...)
	cmd.Env = []string{"PATH=" + tool}
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("> iptables -t no-such-table")) {
		t.Errorf("%v: %s", err, out)
	}
}

// lines are rules of a chain that dispatches, and which of them may matter to a packet for
// one of two addresses at one of two ports.
var lines = []struct {
	text string
	stay bool
}{
	{`-N KUBE-SERVICES`, true},
	{`-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m comment --comment "a/b cluster IP" -m tcp --dport 443 -c 0 0 -j KUBE-SVC-A`, true},
	{`-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 80 -c 0 0 -j KUBE-SVC-B`, false},
	{`-A KUBE-SERVICES -d 10.96.0.11/32 -p tcp -m tcp --dport 443 -c 0 0 -j KUBE-SVC-C`, false},
	{`-A KUBE-SERVICES -d 110.96.0.1/32 -p tcp -m tcp --dport 443 -c 0 0 -j KUBE-SVC-C`, false},
	{`-A KUBE-SERVICES -d 192.0.2.1/32 -p udp -m udp --dport 53 -c 0 0 -j KUBE-EXT-D`, true},
	{`-A KUBE-SERVICES -d 10.96.0.0/16 -p tcp -m tcp --dport 443 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES ! -d 10.96.9.9/32 -p tcp -m tcp --dport 443 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES -s 10.0.0.1/32 -d 10.96.9.9/32 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES -p tcp -m tcp ! --dport 80 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES -p tcp -m tcp --dport 80:90 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES -p tcp -m multiport --dports 80,90 -c 0 0 -j DROP`, true},
	{`-A KUBE-SERVICES -m addrtype --dst-type LOCAL -c 0 0 -j KUBE-NODEPORTS`, true},
	{`-A KUBE-SERVICES -d 10.0.2.203/32 -c 0 0 -j KUBE-NODEPORTS`, true},
	{`-A KUBE-SERVICES -m addrtype --dst-type LOCAL -p tcp -m tcp --dport 4430 -c 0 0 -j REJECT --reject-with icmp-port-unreachable`, false},
}

// TestAmong: on the node by sed, by the shell where there is none, and of a whole save, the
// same lines stay, and none is lost that could match.
func TestAmong(t *testing.T) {
	var all, want []string
	for _, l := range lines {
		all = append(all, l.text)
		if l.stay {
			want = append(want, l.text)
		}
	}
	addresses := []netip.Addr{netip.MustParseAddr("10.96.0.1"), netip.MustParseAddr("192.0.2.1")}
	plan := Plan{Among(4, "nat", "KUBE-SERVICES", addresses, []uint16{443, 53})}
	tool := fakeTools(t, map[string]string{"nft": "exit 1", "iptables-nft": strings.Replace(treesTool, `cat "$LINES_FILE"`, "while read -r l; do echo \"$l\"; done <<'END'\n"+strings.Join(all, "\n")+"\nEND\n", 1)})
	for _, path := range []string{tool + ":/usr/bin:/bin", tool} {
		argv, mark, err := plan.command()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("/bin/sh", argv[1:]...)
		cmd.Env = []string{"PATH=" + path}
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		outputs, err := parseTranscript(bytes.NewReader(out), mark)
		if err != nil {
			t.Fatal(err)
		}
		filterOutputs(outputs, plan)
		last := outputs[len(outputs)-1]
		if got := strings.Split(strings.TrimSpace(last.Text), "\n"); !slices.Equal(got, want) {
			t.Errorf("PATH=%s keeps:\n%s", path, strings.Join(got, "\n"))
		}
		if a, p := Kept(last.Kept); !slices.Equal(a, addresses) || !slices.Equal(p, []uint16{443, 53}) {
			t.Errorf("the output says that it kept %v %v", a, p)
		}
	}
	save := "*nat\n:KUBE-SERVICES - [0:0]\n" + strings.Join(all[1:], "\n") + "\nCOMMIT\n"
	outputs, err := Part(strings.NewReader(strings.ReplaceAll(save, " -c 0 0", "")), 4, plan)
	if err != nil || len(outputs) != 1 {
		t.Fatal(outputs, err)
	}
	if got := strings.TrimSpace(outputs[0].Text); got != strings.ReplaceAll(strings.Join(want, "\n"), " -c 0 0", "") {
		t.Errorf("of a save it keeps:\n%s", got)
	}
}
