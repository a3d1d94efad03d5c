//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"fmt"
	"strings"
	"testing"
)

// TestScriptManyChains: of a chain that leads to very many, these come from one list of the
// table, each with all of its lines and nothing of others.
func TestScriptManyChains(t *testing.T) {
	const tool = `
n=0
case "$*" in
*-S\ KUBE-SVC-TEN)
	echo '-N KUBE-SVC-TEN'
	while [ $n -lt COUNT ]; do echo "-A KUBE-SVC-TEN -j KUBE-SEP-$((1000+n))"; n=$((n+1)); done ;;
*-S\ KUBE-SEP-*) for last; do :; done; echo "-N $last"; echo "-A $last -j DNAT" ;;
*-S)
	echo '-P PREROUTING ACCEPT'
	while [ $n -lt 1000 ]; do echo "-N KUBE-SEP-$((1000+n))"; n=$((n+1)); done
	echo '-A KUBE-SVC-TEN -j KUBE-SEP-7'
	n=0
	while [ $n -lt 1000 ]; do echo "-A KUBE-SEP-$((1000+n)) -j DNAT"; n=$((n+1)); done ;;
*) exit 1 ;;
esac`
	for count, runs := range map[int]int{200: 201, 201: 2, 900: 2} {
		dir := fakeTools(t, map[string]string{"nft": "exit 1", "iptables-nft": strings.Replace(tool, "COUNT", fmt.Sprint(count), 1)})
		outputs, err := runScript(t, dir, Plan{Follow(4, "nat", "KUBE-SVC-TEN", "KUBE-SEP-")})
		if err != nil {
			t.Fatal(err)
		}
		outputs = outputs[1:] // nft's
		if len(outputs) != runs {
			t.Errorf("%d chains: %d answers, want %d", count, len(outputs), runs)
		}
		lines := map[string]bool{}
		for _, o := range outputs[1:] {
			if len(o.Argv) != 6 || o.Exit != 0 {
				t.Errorf("%d chains: %v ended with %d", count, o.Argv, o.Exit)
			}
			for line := range strings.Lines(o.Text) {
				lines[line] = true
			}
		}
		if len(lines) != 2*count || !lines[fmt.Sprintf("-A KUBE-SEP-%d -j DNAT\n", 999+count)] {
			t.Errorf("%d chains: %d lines", count, len(lines))
		}
	}
}
