package svcpath

import (
	"errors"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// rules is what was read on a node, by IP family (4 or 6).
type rules struct {
	sets    map[int]*iptables.Ruleset
	backend map[int]string
	// failed holds, by family, a program that could not list a chain for another
	// reason than that there is none.
	failed map[int]snapshot.Output
	// nftables says, by family, whether kube-proxy of the nftables mode has written
	// rules.
	nftables map[int]bool
	// whole says, by family, whether all that a packet meets was asked for.
	whole map[int]bool
	// legacy says that there are tables of iptables-legacy beside those that were read.
	legacy bool
	// other is the second kind of iptables that holds rules of kube-proxy.
	other string
}

// parseReading turns the outputs of a node into rules. Its error says which
// program printed what is not iptables text.
func parseReading(reading *snapshot.Reading) (*rules, error) {
	r := &rules{sets: map[int]*iptables.Ruleset{}, backend: map[int]string{}, failed: map[int]snapshot.Output{}, nftables: map[int]bool{}, whole: map[int]bool{}}
	for _, out := range reading.Outputs {
		if err := r.add(out); err != nil {
			return nil, &outputError{node: reading.Node, program: strings.Join(out.Argv, " "), err: err}
		}
	}
	return r, nil
}

func (r *rules) add(out snapshot.Output) error {
	if out.Truncated {
		return errors.New("its end is missing")
	}
	if len(out.Argv) == 0 {
		return errors.New("its name is missing")
	}
	switch {
	case out.Argv[0] == "nft": // nft list chain FAMILY kube-proxy services
		if out.Exit == 0 && len(out.Argv) > 3 {
			r.nftables[map[string]int{"ip": 4, "ip6": 6}[out.Argv[3]]] = true
		}
		return nil
	case len(out.Argv) == 5: // TOOL -t nat -S CHAIN: only that it is there
		r.other = out.Argv[0]
		return nil
	case len(out.Argv) != 6: // TOOL -t TABLE -v -S CHAIN
		return nil
	}
	return r.list(out)
}

// list adds what TOOL -t TABLE -v -S CHAIN printed.
func (r *rules) list(out snapshot.Output) error {
	family := 4
	if strings.HasPrefix(out.Argv[0], "ip6") {
		family = 6
	}
	if r.sets[family] == nil {
		r.sets[family] = &iptables.Ruleset{}
		r.backend[family] = out.Argv[0]
	}
	r.legacy = r.legacy || strings.Contains(out.Text, "Warning: "+strings.Replace(out.Argv[0], "-nft", "-legacy", 1)+" tables present")
	if r.part(family, out.Argv[2], out.Argv[5], out) {
		return nil
	}
	if out.Exit != 0 {
		if !absent(out.Text) {
			r.failed[family] = out
		}
		return nil
	}
	return r.sets[family].AddList(out.Argv[2], out.Text)
}

// absent tells the complaint about a chain that does not exist from others.
// iptables 1.8.9 of the nft kind words it in its own way where the name is not one
// of a built-in chain (iptables/nft.c nft_is_table_compatible).
func absent(complaint string) bool {
	for _, words := range []string{"No chain/target/match by that name", "is incompatible, use 'nft' tool", "does not exist"} {
		if strings.Contains(complaint, words) {
			return true
		}
	}
	return false
}

// written says whether kube-proxy of the iptables mode has written rules here: its
// chain that marks for masquerade is there whatever Services exist.
func (r *rules) written(family int) bool {
	set := r.sets[family]
	if set == nil {
		return false
	}
	_, ok := set.Chain("nat", markChain)
	return ok
}

// hooked says whether the built-in chain leads into kube-proxy's dispatching chain.
func (r *rules) hooked(family int, builtin string) bool {
	chain, ok := r.sets[family].Chain("nat", builtin)
	if !ok {
		return false
	}
	for i := range chain.Rules {
		if chain.Rules[i].Target == servicesChain {
			return true
		}
	}
	return false
}

// outputError says that a program on a node printed what it should not have.
type outputError struct {
	node, program string
	err           error
}

func (e *outputError) Error() string {
	return "read what " + e.program + " printed on " + e.node + ": " + e.err.Error()
}

func (e *outputError) Unwrap() error { return e.err }
