package node

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

const proxyMode = "mode"

// ProxyMode asks the kube-proxy that listens at an address of the node for its mode
// (/proxyMode of its metricsBindAddress, cmd/kube-proxy/app/server.go). There is an output
// only where the image has a program that can ask.
func ProxyMode(at netip.AddrPort) Read {
	return Read{verb: proxyMode, words: [4]string{"-", "-", at.String(), "-"}}
}

// IsProxyMode says whether an output answers ProxyMode.
func IsProxyMode(argv []string) bool {
	return len(argv) > 1 && strings.HasSuffix(argv[len(argv)-1], "/proxyMode")
}

// Counted is a number of rules that the script counted on the node, of a second place in
// which kube-proxy has some, and the program that printed them. ok is false for outputs
// that are no such number.
func Counted(out snapshot.Output) (program []string, n int, ok bool) {
	pipe := slices.Index(out.Argv, "|")
	if pipe < 1 {
		return nil, 0, false
	}
	n, err := strconv.Atoi(strings.TrimSpace(out.Text))
	return out.Argv[:pipe], n, err == nil && !out.Truncated
}
