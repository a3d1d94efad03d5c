package kubeproxy

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"os/exec"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// kernelWalks is how many sets of random objects go through a kernel.
const kernelWalks = 8

// TestWalkKernel loads what the real proxiers write into a kernel, in a network namespace
// that ends with the command, and walks through what the kernel prints of it: each way of
// printing must lead to the same answers.
func TestWalkKernel(t *testing.T) {
	if out, err := exec.Command("unshare", "--net", "nft", "list", "ruleset").CombinedOutput(); err != nil {
		t.Skipf("no network namespace with nft for this user: %s", out)
	}
	for batch := range kernelWalks {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(2000+batch)))}
		w := world{node: kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...), Zone: oneOf(m, append(zoneNames, "")...)}}
		for i := range servicesPerBatch {
			w.services = append(w.services, m.service(i))
			w.slices = append(w.slices, m.slices(w.services[i])...)
		}
		w.nodePortAddresses = oneOf(m, nil, []string{"10.0.0.0/24", "fd00::/64"})
		for _, w.family = range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			dump := w.nftables(t).Dump()
			printed := map[string]string{
				"nft":    inKernel(t, dump, "nft -f - && nft list ruleset"),
				"nft -j": inKernel(t, dump, "nft -f - && nft -j list ruleset"),
			}
			for how, text := range printed {
				w.alike(t, how, dump, text)
			}
			tool := map[corev1.IPFamily]string{corev1.IPv4Protocol: "iptables", corev1.IPv6Protocol: "ip6tables"}[w.family]
			saved := quoted(w.iptables(t))
			for _, kind := range []string{"-nft", "-legacy"} {
				command := tool + kind
				w.alike(t, command, saved, inKernel(t, saved, command+"-restore && "+command+"-save -c"))
			}
		}
	}
}

// quoted puts the comments of the jumps from the built-in chains, which the fake of
// iptables keeps as a shell would have read them, back into quotes.
func quoted(text string) string {
	var out strings.Builder
	for line := range strings.Lines(text) {
		before, after, found := strings.Cut(line, " --comment kubernetes ")
		if end := strings.LastIndex(after, " -j "); found && end >= 0 {
			line = before + ` --comment "kubernetes ` + after[:end] + `"` + after[end:]
		}
		out.WriteString(line)
	}
	return strings.ReplaceAll(out.String(), ":PREROUTING -", ":PREROUTING ACCEPT")
}

func inKernel(t *testing.T, input, script string) string {
	t.Helper()
	cmd := exec.Command("unshare", "--net", "sh", "-c", script)
	cmd.Stdin = strings.NewReader(input)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", script, err, complaint.String())
	}
	return string(out)
}

// alike walks to every address through both texts.
func (w world) alike(t *testing.T, how, want, got string) {
	t.Helper()
	wanted, printed := read(t, want), read(t, got)
	h := held{t: t, w: w}
	n := 0
	for _, p := range h.ports() {
		for _, d := range destinationsOf(w, p) {
			for _, c := range clientsOf(w.family, netip.Addr{}) {
				req := walk.Request{To: d.to, Protocol: p.Protocol, From: c.source, NodeIPs: []netip.Addr{netip.MustParseAddr(nodeIPs[w.family])}}
				a, err1 := walk.Analyze(wanted, req)
				b, err2 := walk.Analyze(printed, req)
				if err1 != nil || err2 != nil {
					t.Fatal(err1, err2)
				}
				n++
				if !walk.Same(a.Walks[0], b.Walks[0]) {
					t.Fatalf("%s: from %s to %s:\nwritten %+v\nprinted %+v", how, c.source, d.to, a.Walks[0], b.Walks[0])
				}
			}
		}
	}
	if n == 0 {
		t.Errorf("%s: nothing was compared", how)
	}
}
