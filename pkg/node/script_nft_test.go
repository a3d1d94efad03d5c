//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// nftTool is a node in nftables mode, with an nft chain that lies: its text has names that
// no shell may see, and no nft.
const nftTool = `
case "$*" in
*"map ip kube-proxy service-ips")
	echo 'table ip kube-proxy {'; echo '	map service-ips {'
	echo '		elements = { 20.1.0.1 . 6 . 443 : goto service-K/k/tcp/,'
	[ -z "$MANY" ] || for i in a b c d e f g h i j; do for j in 0 1 2 3 4 5 6 7 8 9; do for k in 0 1 2 3 4 5 6 7 8 9; do for l in 0 1 2 3 4 5 6; do echo "			     20.1.$i.$j$k$l . 6 . 80 : goto service-X/x/tcp/,"; done; done; done; done
	echo '			     20.1.0.10 . 6 . 80 : goto external-T/t/tcp/ }'; echo '	}'; echo '}' ;;
*"chain ip kube-proxy external-T/t/tcp/")
	echo 'table ip kube-proxy {'; echo '	chain external-T/t/tcp/ {'
	echo '		jump mark-for-masquerade'; echo '		goto service-T/t/tcp/'; echo '		jump $(touch pwned)/x;flush'; echo '	}'; echo '}' ;;
*"chain ip kube-proxy service-T/t/tcp/")
	echo 'table ip kube-proxy {'; echo '	chain service-T/t/tcp/ {'
	echo '		numgen random mod 2 vmap { 0 : goto endpoint-A/t/tcp/__20.2.0.1/80, 1 : goto endpoint-B/t/tcp/__20.2.0.2/80 }'; echo '	}'; echo '}' ;;
*"chain ip kube-proxy endpoint-"* | *"chain ip kube-proxy services") echo "table ip kube-proxy {"; echo '}' ;;
*) echo "Error: No such file or directory" >&2; exit 1 ;;
esac`

func commands(outputs []snapshot.Output) []string {
	var out []string
	for _, o := range outputs {
		out = append(out, fmt.Sprintf("%s %d", strings.Join(o.Argv, " "), o.Exit))
	}
	return out
}

func nftPlanOf() Plan {
	return Plan{
		Elements(4, "map", "service-ips", "20.1.0.10 . tcp . 80 ", "20.1.0.10 . 6 . 80 "),
		Rules(4, "service-T/t/tcp/"), Base(4, "services"),
		List(4, "nat", "KUBE-MARK-MASQ"),
		Elements(6, "map", "service-ips", "fd00::1 . tcp . 80 "), Rules(6, "service-T/t/tcp/"),
	}
}

// TestScriptNFT: from the element of the map the script goes on to the chains of the
// Service, each once; where nft has the rules, iptables is asked only whether it has some too.
func TestScriptNFT(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": nftTool, "iptables-nft": "exit 1", "ip6tables-nft": "exit 1"})
	outputs, err := runScript(t, tool, nftPlanOf())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"nft list map ip kube-proxy service-ips 0", "nft list chain ip kube-proxy external-T/t/tcp/ 0",
		"nft list chain ip kube-proxy service-T/t/tcp/ 0",
		"nft list chain ip kube-proxy endpoint-A/t/tcp/__20.2.0.1/80 0", "nft list chain ip kube-proxy endpoint-B/t/tcp/__20.2.0.2/80 0",
		"nft list chain ip kube-proxy services 0", "cat /proc/net/dev | grep -c kube-ipvs0: 0", "nft list map ip6 kube-proxy service-ips 1",
	}
	if got := commands(outputs); !slices.Equal(got, want) {
		t.Errorf("it ran\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if text := outputs[0].Text; !strings.Contains(text, "20.1.0.10 . 6 . 80") || strings.Contains(text, "20.1.0.1 . ") {
		t.Errorf("of the map it kept %q", text)
	}
	filterOutputs(outputs, nftPlanOf())
	if outputs[0].Filter == "" || outputs[1].Filter != "" {
		t.Errorf("filters %q, %q", outputs[0].Filter, outputs[1].Filter)
	}
}

// TestScriptNFTOfManyServices: where each chain costs much, only those that the answer
// needs are listed.
func TestScriptNFTOfManyServices(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": "MANY=1\n" + nftTool, "iptables-nft": "exit 1", "ip6tables-nft": "exit 1"})
	outputs, err := runScript(t, tool, nftPlanOf())
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"nft list map ip kube-proxy service-ips 0", "nft list chain ip kube-proxy external-T/t/tcp/ 0",
		"nft list chain ip kube-proxy service-T/t/tcp/ 0", "cat /proc/net/dev | grep -c kube-ipvs0: 0", "nft list map ip6 kube-proxy service-ips 1",
	}
	if got := commands(outputs); !slices.Equal(got, want) {
		t.Errorf("it ran\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestScriptBothModes: rules of iptables beside those of nft are read too, and both counted.
func TestScriptBothModes(t *testing.T) {
	tool := fakeTools(t, map[string]string{"nft": nftTool, "iptables-nft": chainsTool})
	outputs, err := runScript(t, tool, nftPlanOf()[:4])
	if err != nil {
		t.Fatal(err)
	}
	got := commands(outputs)
	if !slices.Contains(got, "iptables-nft -t nat -S | grep -c ^-A.KUBE-[^MP] 0") || !slices.Contains(got, "iptables-nft -t nat -v -S KUBE-MARK-MASQ 0") {
		t.Errorf("it ran %v", got)
	}
}

// TestPlanRefusesOtherNames: nft takes its arguments for text in its language.
func TestPlanRefusesOtherNames(t *testing.T) {
	for _, name := range []string{"", "-f", "x; flush ruleset", "{", "service-A b", "x\ny", "$(x)"} {
		for _, r := range []Read{Rules(4, name), Base(4, name), Elements(4, "map", name)} {
			if _, _, err := (Plan{r}).command(); err == nil {
				t.Errorf("%s %q was taken", r.verb, name)
			}
		}
	}
}

// TestScriptNFTTable: the table is listed whole where that is soon done and not too long to
// send, and then no part of it is asked for. Else its parts are, and what only walks need is
// left out.
func TestScriptNFTTable(t *testing.T) {
	plan := Plan{
		Table(4, "kube-proxy"), Elements(4, "map", "service-ips", "20.1.0.10 . 6 . 80 "), Rules(4, "service-T/t/tcp/"), Base(4, "services"),
		Few(4), Tree(4, "filter", "INPUT"),
	}
	const whole, map4, tree = "nft list table ip kube-proxy 0", "nft list map ip kube-proxy service-ips 0", "iptables-nft -t filter -v -S INPUT 0"
	for name, c := range map[string]struct {
		table    string
		has, not []string
	}{
		"small":     {"echo 'table ip kube-proxy {'; echo '}'", []string{whole, tree}, []string{map4, "nft list chain ip kube-proxy services 0"}},
		"slow":      {"exec sleep 3", []string{map4, "nft list chain ip kube-proxy service-T/t/tcp/ 0"}, []string{whole, tree}},
		"long":      {"i=0; while [ $i -lt 12000 ]; do echo \"element $i of a list that is very much longer than what may be sent whole to those who ask for it\"; i=$((i+1)); done", []string{map4}, []string{whole, tree}},
		"not there": {"echo 'Error: No such file or directory' >&2; exit 1", []string{"nft list table ip kube-proxy 1", tree}, []string{map4}},
		"forbidden": {"echo 'Error: Could not process rule: Operation not permitted' >&2; exit 1", []string{map4}, []string{whole, tree}},
	} {
		t.Run(name, func(t *testing.T) {
			tool := fakeTools(t, map[string]string{
				"nft":          "case \"$*\" in *\"list table\"*) " + c.table + "; exit ;; esac\n" + nftTool,
				"iptables-nft": `case "$*" in *-L*) echo "Chain KUBE-MARK-MASQ (7 references)" ;; *-V) echo "iptables (nf_tables)" ;; *INPUT) echo "-P INPUT ACCEPT" ;; *) exit 1 ;; esac`,
			})
			outputs, err := runScript(t, tool, plan)
			if err != nil {
				t.Fatal(err)
			}
			got := commands(outputs)
			for _, want := range c.has {
				if !slices.Contains(got, want) {
					t.Errorf("it did not run %q, but\n%s", want, strings.Join(got, "\n"))
				}
			}
			for _, no := range c.not {
				if slices.Contains(got, no) {
					t.Errorf("it ran %q", no)
				}
			}
		})
	}
}

// TestScriptFew: what only walks need is left out where kube-proxy has very many rules, or
// where iptables does not tell how many.
func TestScriptFew(t *testing.T) {
	for answer, want := range map[string]bool{
		"Chain KUBE-MARK-MASQ (10000 references)": true, "Chain KUBE-MARK-MASQ (0 references)": true, "Chain KUBE-MARK-MASQ (10001 references)": false,
		"": false, "iptables: No chain/target/match by that name.": false, "Chain KUBE-MARK-MASQ (x references)": false,
	} {
		tool := fakeTools(t, map[string]string{"nft": "exit 1", "iptables-nft": "case \"$*\" in *-L*) echo '" + answer + "' ;; esac\n" + treesTool})
		outputs, err := runScript(t, tool, Plan{Few(4), Tree(4, "filter", "INPUT")})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(commands(outputs), "iptables-nft -t filter -v -S INPUT 0"); got != want {
			t.Errorf("where iptables says %q, it ran %v", answer, commands(outputs))
		}
	}
}
