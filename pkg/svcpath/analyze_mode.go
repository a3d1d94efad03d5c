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
	a.path.Node.Backend = mode
	switch {
	case mode == kubeproxy.ModeNFTables && read.nftFollowed(families):
		a.followNFT(name, read, families)
	case mode != kubeproxy.ModeIPTables:
		a.find(explain.Finding{
			Code: explain.ProxyModeNotRead, Severity: explain.Warning, Proof: explain.ProofNotChecked, Subject: "Node " + name,
			Args: map[string]string{"node": name, "mode": mode},
		})
	default:
		a.path.Node.Backend = ""
		a.followIPTables(name, read, families)
	}
}

// mode is the mode of kube-proxy on the node. The kernel's word counts before the
// configuration's, which may be newer than the process; where the kernel has rules of two
// modes, the configuration decides.
func (a *analysis) mode(read *rules, families []int) string {
	nft, written := false, false
	for _, family := range families {
		nft = nft || read.nft[family] != nil && read.nft[family].there
		written = written || read.written(family)
	}
	switch {
	case nft && (!written || a.config.Mode != kubeproxy.ModeIPTables):
		return kubeproxy.ModeNFTables
	case a.config.Mode == kubeproxy.ModeNFTables && !written:
		return kubeproxy.ModeNFTables
	case a.config.Mode == kubeproxy.ModeIPVS:
		return kubeproxy.ModeIPVS
	default:
		return kubeproxy.ModeIPTables
	}
}

// nftFollowed says whether nft was asked for what following a Service takes. Where the
// image has no shell, it was not.
func (r *rules) nftFollowed(families []int) bool {
	for _, family := range families {
		if r.nft[family] == nil || !r.nft[family].followed {
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
	if read.other != "" {
		a.twoModes(name, kubeproxy.ModeNFTables, read.other)
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
		if nft := read.nft[family]; nft != nil && nft.there {
			a.twoModes(name, a.path.Node.Backend, kubeproxy.ModeNFTables)
			read.other = ""
		}
		backends[family] = iptablesRules{set: read.sets[family], family: fmt.Sprintf("IPv%d", family)}
	}
	if read.other != "" {
		a.find(explain.Finding{
			Code: explain.TwoBackends, Severity: explain.Warning, Proof: explain.ProofNode, Subject: "Node " + name,
			Args:     map[string]string{"node": name, "used": a.path.Node.Backend, "other": read.other},
			Evidence: []explain.Evidence{{Where: name + " nat " + markChain, What: "present in " + a.path.Node.Backend + " and in " + read.other}},
		})
	}
	if a.path.Node.Proxy == nil && !read.written(families[0]) {
		a.proxyNotFound(name)
		return
	}
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

// twoModes words that rules of another mode are there too.
func (a *analysis) twoModes(name, used, other string) {
	a.find(explain.Finding{
		Code: explain.TwoModes, Severity: explain.Warning, Proof: explain.ProofNode, Subject: "Node " + name,
		Args: map[string]string{"node": name, "used": used, "other": other},
		Evidence: []explain.Evidence{
			{Where: name + " nft table " + nftTable, What: "present"},
			{Where: name + " nat " + markChain, What: "present"},
		},
		Next: []string{"kubectl -n kube-system get configmap kube-proxy -o jsonpath='{.data.config\\.conf}'"},
	})
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
