package svcpath

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// counted is how many rules kube-proxy has in one place of a node's kernel.
type counted struct {
	// backend is "iptables-nft", "iptables-legacy", "nftables" or "ipvs", by the program
	// that printed the rules.
	backend string
	n       int
	// by is the command that counted.
	by string
}

// interfaces is where the script looks for the interface of the ipvs mode.
const interfaces = "/proc/net/dev"

func backendOf(program []string) string {
	switch program[0] {
	case "nft":
		return kubeproxy.ModeNFTables
	case "cat": // cat /proc/net/ip_vs
		return kubeproxy.ModeIPVS
	default:
		return strings.Replace(program[0], "ip6tables", "iptables", 1)
	}
}

// modeWord is kube-proxy's answer for its mode, "" where it gave none.
func modeWord(out snapshot.Output) string {
	word := strings.TrimSpace(out.Text)
	if out.Exit == 0 && slices.Contains([]string{kubeproxy.ModeIPTables, kubeproxy.ModeNFTables, kubeproxy.ModeIPVS}, word) {
		return word
	}
	return ""
}

// shown are the modes of kube-proxy of which there are rules, most telling first: the
// chains of iptables are those of the ipvs mode too.
func (r *rules) shown(families []int) []string {
	var out []string
	if slices.ContainsFunc(families, func(f int) bool { return r.nft[f] != nil && r.nft[f].there }) {
		out = append(out, kubeproxy.ModeNFTables)
	}
	if r.virtual != nil && *r.virtual > 0 {
		out = append(out, kubeproxy.ModeIPVS)
	}
	if slices.ContainsFunc(families, r.written) {
		out = append(out, kubeproxy.ModeIPTables)
	}
	return out
}

// mode is the one that kube-proxy works in on the node, "" where nothing tells. What it
// says itself comes first; then the kernel's word, before that of the configuration, which
// may be newer than the process. Where the kernel has rules of several modes, the
// configuration decides among them.
func (a *analysis) mode(read *rules, families []int) string {
	shown := read.shown(families)
	switch {
	case read.proxyMode != "":
		return read.proxyMode
	case len(shown) == 0, read.virtual == nil && a.config.Mode == kubeproxy.ModeIPVS:
		// Without a shell on the node, only iptables was asked.
		return a.config.Mode
	case slices.Contains(shown, a.config.Mode):
		return a.config.Mode
	default:
		return shown[0]
	}
}

// leftovers reports rules of kube-proxy in more than one place, and a configuration that
// names another mode than the node shows.
func (a *analysis) leftovers(name, mode string, read *rules, families []int) {
	used := a.usedBackend(mode, read, families)
	for _, other := range a.leftBackends(used, mode, read, families) {
		a.leftover(name, used, other, read)
	}
	for _, out := range read.unknown {
		a.path.NotChecked = append(slices.Clone(a.path.NotChecked), snapshot.Missing{
			What: "look for leftovers by " + strings.Join(out.Argv, " "), Why: firstLine(out.Text),
		})
	}
	if shown := read.shown(families); read.proxyMode != "" || len(shown) > 0 {
		a.configured(name, mode, read, shown)
	}
}

func (a *analysis) usedBackend(mode string, read *rules, families []int) string {
	if mode == kubeproxy.ModeNFTables || mode == kubeproxy.ModeIPVS {
		return mode
	}
	for _, family := range families {
		if b := read.backend[family]; b != "" {
			return strings.Replace(b, "ip6tables", "iptables", 1)
		}
	}
	return kubeproxy.ModeIPTables
}

// leftBackends are the places besides the one in use that hold rules of kube-proxy. The
// ipvs mode has some of its own in iptables.
func (a *analysis) leftBackends(used, mode string, read *rules, families []int) []string {
	var out []string
	add := func(backend string) {
		if backend != used && !slices.Contains(out, backend) && (mode != kubeproxy.ModeIPVS || !strings.HasPrefix(backend, "iptables")) {
			out = append(out, backend)
		}
	}
	for _, c := range read.counts {
		if c.n > 0 && c.backend != kubeproxy.ModeIPVS {
			add(c.backend)
		}
	}
	for _, other := range read.shown(families) {
		if other != kubeproxy.ModeIPTables {
			add(other)
		}
	}
	return out
}

func (a *analysis) leftover(name, used, other string, read *rules) {
	f := explain.Finding{
		Code: explain.TwoBackends, Severity: explain.Warning, Proof: explain.ProofNode, Subject: "Node " + name,
		Next: []string{removal[other] + "   # on " + name},
	}
	n := 0
	for _, c := range read.counts {
		if c.backend == other {
			n += c.n
			f.Evidence = append(f.Evidence, explain.Evidence{Where: name + " " + c.by, What: fmt.Sprint(c.n)})
		}
	}
	f.Args = map[string]string{"node": name, "used": used, "other": other, "count": fmt.Sprint(n)}
	a.find(f)
}

// removal takes away what kube-proxy left in one place, and leaves what it has in others.
var removal = map[string]string{
	"iptables-legacy":      "iptables-legacy-save | grep -v KUBE- | iptables-legacy-restore; ip6tables-legacy-save | grep -v KUBE- | ip6tables-legacy-restore",
	"iptables-nft":         "iptables-nft-save | grep -v KUBE- | iptables-nft-restore; ip6tables-nft-save | grep -v KUBE- | ip6tables-nft-restore",
	"iptables":             "iptables-save | grep -v KUBE- | iptables-restore; ip6tables-save | grep -v KUBE- | ip6tables-restore",
	kubeproxy.ModeNFTables: "nft delete table ip kube-proxy; nft delete table ip6 kube-proxy",
	kubeproxy.ModeIPVS:     "ipvsadm -C; ip link delete kube-ipvs0",
}

// configured compares the mode that the configuration names with the one at work.
func (a *analysis) configured(name, mode string, read *rules, shown []string) {
	if a.config.Mode == "" || a.config.Mode == mode {
		return
	}
	f := explain.Finding{
		Code: explain.ModeDiffers, Severity: explain.Warning, Proof: explain.ProofNode, Subject: "Node " + name,
		Args: map[string]string{"node": name, "configured": a.config.Mode, "found": mode},
		Evidence: []explain.Evidence{
			{Where: "ConfigMap " + proxyNamespace + "/" + proxyConfigMap, What: "mode: " + a.config.Mode},
			{Where: name, What: "rules of: " + or(strings.Join(shown, ", "), "<none>")},
		},
		Next: []string{"kubectl -n kube-system logs " + a.proxyName() + " | grep -i proxier"},
	}
	if read.proxyMode != "" {
		f.Evidence = append(f.Evidence, explain.Evidence{Where: name + " kube-proxy /proxyMode", What: read.proxyMode})
	}
	a.find(f)
}
