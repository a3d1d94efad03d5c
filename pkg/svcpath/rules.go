package svcpath

import (
	"errors"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/iptables"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter/nftables"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// rules is what was read on a node, by IP family (4 or 6).
type rules struct {
	sets    map[int]*iptables.Ruleset
	backend map[int]string
	// failed holds, by family, a program that could not list a chain for another
	// reason than that there is none.
	failed map[int]snapshot.Output
	// nft is what is known, by family, of kube-proxy's rules in the nftables mode, which
	// are in nftSet.
	nft    map[int]*nftRead
	nftSet *nftables.Ruleset
	// whole says, by family, whether all that a packet meets was asked for, but for what
	// kube-proxy has in nft.
	whole map[int]bool
	// legacy says that there are tables of iptables-legacy beside those that were read.
	legacy bool
	// counts are the rules of kube-proxy in every place that has some, where there is more
	// than one.
	counts []counted
	// virtual is whether there is the interface of the ipvs mode, nil where that was not asked.
	virtual *int
	// proxyMode is what kube-proxy itself says of its mode, "" where it was not asked.
	proxyMode string
	// unknown are the kinds of iptables that could not be asked for leftovers.
	unknown []snapshot.Output
}

// parseReading turns the outputs of a node into rules. Its error says which
// program printed what is not its text.
func parseReading(reading *snapshot.Reading) (*rules, error) {
	r := &rules{
		sets: map[int]*iptables.Ruleset{}, backend: map[int]string{}, failed: map[int]snapshot.Output{},
		nft: map[int]*nftRead{}, nftSet: &nftables.Ruleset{}, whole: map[int]bool{},
	}
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
	case r.besides(out):
		return nil
	case out.Argv[0] == "nft":
		return r.addNFT(out)
	case len(out.Argv) == 6: // TOOL -t TABLE -v -S CHAIN
		return r.addIPTables(out)
	default:
		return nil
	}
}

// addIPTables notes what iptables said of a chain.
func (r *rules) addIPTables(out snapshot.Output) error {
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

// besides takes an output that lists no chain of iptables, and says whether it is one.
func (r *rules) besides(out snapshot.Output) bool {
	program, n, counts := node.Counted(out)
	switch {
	case counts && program[len(program)-1] == interfaces:
		r.virtual = &n
	case counts:
		r.counts = append(r.counts, counted{backend: backendOf(program), n: n, by: strings.Join(out.Argv, " ")})
	case node.IsProxyMode(out.Argv):
		r.proxyMode = modeWord(out)
	case len(out.Argv) == 5 && out.Argv[0] != "nft" && out.Exit != 0: // TOOL -t nat -S CHAIN
		r.unknown = append(r.unknown, out)
	default:
		return false
	}
	return true
}

// absent tells the complaint about a chain that does not exist from others.
// iptables 1.8.9 of the nft kind words it in its own way where the name is not one
// of a built-in chain (iptables/nft.c nft_is_table_compatible).
func absent(complaint string) bool {
	for _, words := range []string{"No such file or directory", "No chain/target/match by that name", "is incompatible, use 'nft' tool", "does not exist"} {
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

// outputError says that a program on a node printed what it should not have.
type outputError struct {
	node, program string
	err           error
}

func (e *outputError) Error() string {
	return "read what " + e.program + " printed on " + e.node + ": " + e.err.Error()
}

func (e *outputError) Unwrap() error { return e.err }
