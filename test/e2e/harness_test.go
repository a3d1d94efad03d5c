//go:build e2e

// Package e2e holds kk to what happens on a real cluster. What a test compares kk's
// answer with never comes from kk: packets that were sent, kubectl, the nodes' own
// processes.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const (
	// workNode runs the Pods of the tutorial, otherNode does not.
	workNode, otherNode = "k8s-node1", "k8s-master"
	clusterIPService    = "service-hellok8s-clusterip"
)

func TestMain(m *testing.M) {
	for _, name := range []string{"KUBECONFIG", "KK_BIN", "KK_CLUSTER_KUBECTL"} {
		if os.Getenv(name) == "" {
			fmt.Fprintf(os.Stderr, "%s is not set; run these tests with make e2e\n", name)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// result is what a run of a program left.
type result struct {
	stdout, stderr string
	exit           int
}

// run runs a program to its end.
func run(t *testing.T, env []string, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return result{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// kk runs kubectl-kk as the cluster's administrator.
func kk(t *testing.T, args ...string) result {
	t.Helper()
	return run(t, nil, os.Getenv("KK_BIN"), args...)
}

// path runs svcpath and returns its answer. The exit status must be the wanted one.
func path(t *testing.T, wantExit int, args ...string) *svcpath.Path {
	t.Helper()
	return pathFrom(t, wantExit, kk(t, append([]string{"svcpath", "-o", "json"}, args...)...))
}

func pathFrom(t *testing.T, wantExit int, got result) *svcpath.Path {
	t.Helper()
	if got.exit != wantExit {
		t.Fatalf("exit %d, want %d\n%s%s", got.exit, wantExit, got.stdout, got.stderr)
	}
	var p svcpath.Path
	if err := json.Unmarshal([]byte(got.stdout), &p); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s%s", err, got.stdout, got.stderr)
	}
	return &p
}

// kubectl runs the cluster's own kubectl, which must succeed.
func kubectl(t *testing.T, args ...string) string {
	t.Helper()
	got := run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), args...)
	if got.exit != 0 {
		t.Fatalf("kubectl %s: %s", strings.Join(args, " "), got.stderr)
	}
	return got.stdout
}

// apply creates what a manifest says, and deletes it after the test.
func apply(t *testing.T, manifest string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kubectl(t, "delete", "--ignore-not-found", "--wait=true", "-f", file) })
	kubectl(t, "apply", "-f", file)
}

// onNode runs a program in a node's network namespace.
func onNode(t *testing.T, node, name string, args ...string) string {
	t.Helper()
	got := run(t, nil, "nsenter", append([]string{"--net=/run/netns/" + node, "--", name}, args...)...)
	if got.exit != 0 {
		t.Fatalf("%s on %s: %s", name, node, got.stderr)
	}
	return got.stdout
}

// eventually asks until the answer is true.
func eventually(t *testing.T, patience time.Duration, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ask(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}

// codes are the findings of an answer, sorted as kk sorts them.
func codes(p *svcpath.Path) []string {
	out := []string{}
	for _, f := range p.Findings {
		out = append(out, f.Code)
	}
	return out
}

func find(p *svcpath.Path, code string) []explain.Finding {
	var out []explain.Finding
	for _, f := range p.Findings {
		if f.Code == code {
			out = append(out, f)
		}
	}
	return out
}

// debugPods are the Pods of kk that are there.
func debugPods(t *testing.T) []string {
	t.Helper()
	return strings.Fields(kubectl(t, "get", "pods", "-A", "-l", "app.kubernetes.io/managed-by=kubectl-kk", "-o", "jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {end}"))
}

// processesOn are the ids of the processes of a name in a node's network namespace.
func processesOn(t *testing.T, node, name string) []int {
	t.Helper()
	var out []int
	for _, field := range strings.Fields(run(t, nil, "ip", "netns", "pids", node).stdout) {
		comm, err := os.ReadFile("/proc/" + field + "/comm")
		if pid, perr := strconv.Atoi(field); err == nil && perr == nil && strings.TrimSpace(string(comm)) == name {
			out = append(out, pid)
		}
	}
	return out
}
