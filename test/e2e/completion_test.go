//go:build e2e

package e2e

import (
	"bytes"
	"context"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTabOfKubectl presses TAB behind kubectl kk and kk in shells with kubectl's own
// completion, on the cluster. bash and fish say what they offer, zsh what the line has become.
func TestTabOfKubectl(t *testing.T) {
	links(t)
	pod := strings.Fields(kubectl(t, "get", "pods", "-l", "app=hellok8s", "-o", "jsonpath={.items[*].metadata.name}"))[0]
	for _, tab := range []struct{ line, offers, zsh string }{
		{"kubectl kk svcp", "svcpath", "kubectl kk svcpath"},
		{"kubectl kk svcpath service-hellok8s-clu", clusterIPService, "kubectl kk svcpath " + clusterIPService},
		{"kubectl kk svcpath kube-dns -n kube-system --port dns-t", "dns-tcp", "kubectl kk svcpath kube-dns -n kube-system --port dns-tcp"},
		{"kubectl kk env " + pod + " -c ", "hellok8s", "kubectl kk env " + pod + " -c hellok8s"},
		{"kubectl kk dns deploy/hello", "deploy/hellok8s-go-http", "kubectl kk dns deploy/hellok8s-go-http"},
		{"kk env deploy/hello", "deploy/hellok8s-go-http", "kk env deploy/hellok8s-go-http"},
		{"kk svcpath x --node k8s-n", workNode, "kk svcpath x --node " + workNode},
		{"kk autosc", "autoscale", "kk autoscale"},
		{"kk rollout undo deploy/hello", "deploy/hellok8s-go-http", "kk rollout undo deploy/hellok8s-go-http"},
		{"kk get pods -n kube-s", "kube-system", "kk get pods -n kube-system"},
		{"kk explain KK-SVC-103", "KK-SVC-103", "kk explain KK-SVC-103"},
	} {
		if got := pressTab(t, "bash", tab.line); !slices.Contains(got, tab.offers) || len(got) > 2 {
			t.Errorf("bash: %s<TAB> offers %v, want %s", tab.line, got, tab.offers)
		}
		if got := pressTab(t, "fish", tab.line); !slices.Contains(got, tab.offers) {
			t.Errorf("fish: %s<TAB> offers %v, want %s", tab.line, got, tab.offers)
		}
		if got := pressTab(t, "zsh", tab.line); got[0] != tab.zsh {
			t.Errorf("zsh: %s<TAB> is %q, want %q", tab.line, got[0], tab.zsh)
		}
	}
}

// pressTab presses TAB at the end of a line, by the same scripts as the tests without a cluster.
func pressTab(t *testing.T, shell, line string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	flag := map[string]string{"bash": "--norc", "zsh": "-f", "fish": "--no-config"}[shell]
	cmd := exec.CommandContext(ctx, shell, flag, "../../cmd/kubectl-kk/testdata/shell/"+shell+".sh", line)
	var complaints bytes.Buffer
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %s: %v: %s%s", shell, line, err, out, complaints.String())
	}
	var offers []string
	for text := range strings.Lines(string(out)) {
		word, _, _ := strings.Cut(strings.TrimRight(text, "\r\n"), "\t")
		word, _, _ = strings.Cut(word, "  (")
		offers = append(offers, strings.TrimRight(word, " "))
	}
	return offers
}
