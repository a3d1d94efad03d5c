package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// follow takes the rules for the comparison, where they are of a kind it follows.
func (a *analysis) follow(name string, read *rules) {
	families := a.families()
	mode := a.mode(read, families)
	a.leftovers(name, mode, read, families)
	a.path.Node.Backend = mode
	switch {
	case mode == kubeproxy.ModeNFTables && read.nftFollowed(families):
		a.followNFT(name, read, families)
	case mode == kubeproxy.ModeNFTables, mode == kubeproxy.ModeIPVS:
		a.find(explain.Finding{
			Code: explain.ProxyModeNotRead, Severity: explain.Warning, Proof: explain.ProofNotChecked, Subject: "Node " + name,
			Args: map[string]string{"node": name, "mode": mode},
		})
	default:
		a.path.Node.Backend = ""
		a.followIPTables(name, read, families)
	}
	if a.backends != nil {
		a.rules = read
	}
}

// nftFollowed says whether nft was asked. Where the image has neither a shell nor nft, it was
// not.
func (r *rules) nftFollowed(families []int) bool {
	for _, family := range families {
		if r.nft[family] == nil {
			return false
		}
	}
	return true
}

func (a *analysis) followNFT(name string, read *rules, families []int) {
	backends := map[int]backend{}
	for _, family := range families {
		if out := read.nft[family].failed; out != nil {
			a.notChecked(name, complaint(*out))
			return
		}
		backends[family] = read.nftBackend(family)
	}
	a.compareWith(name, backends)
}

func (a *analysis) followIPTables(name string, read *rules, families []int) {
	backends := map[int]backend{}
	for _, family := range families {
		if b := read.backend[family]; b != "" && a.path.Node.Backend == "" {
			a.path.Node.Backend = b
		}
		if read.sets[family] == nil {
			a.notChecked(name, fmt.Sprintf("no program there printed rules of IPv%d", family))
			return
		}
		if out, bad := read.failed[family]; bad {
			a.notChecked(name, complaint(out))
			return
		}
		backends[family] = iptablesRules{set: read.sets[family], family: fmt.Sprintf("IPv%d", family)}
	}
	if a.path.Node.Proxy == nil && !read.written(families[0]) {
		a.proxyNotFound(name)
		return
	}
	a.withoutProxy(name, read, families)
	a.compareWith(name, backends)
}

// complaint is what a program said instead of an answer.
func complaint(out snapshot.Output) string {
	why := firstLine(out.Text)
	if why == "" {
		why = fmt.Sprintf("exit status %d", out.Exit)
	}
	return strings.Join(out.Argv, " ") + ": " + why
}

// compareWith takes the backends for the comparison.
func (a *analysis) compareWith(name string, backends map[int]backend) {
	a.backends = backends
	a.path.Agreement = Agrees
	for _, family := range a.families() {
		for _, h := range backends[family].unhooked() {
			a.differ(explain.Finding{
				Code: explain.HookAbsent, Severity: explain.Error, Proof: explain.ProofNode, Subject: "Node " + name,
				Args:     map[string]string{"node": name, "hook": h.name},
				Evidence: []explain.Evidence{{Where: name + " " + h.place, What: h.seen}},
				Next:     []string{"kubectl -n kube-system logs " + a.proxyName() + " --tail=50"},
			})
		}
	}
}
