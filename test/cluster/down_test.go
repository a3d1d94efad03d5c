//go:build cluster

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestDownAfterHalfAStart kills a start at several moments, and holds down to what the machine itself shows.
func TestDownAfterHalfAStart(t *testing.T) {
	cache := os.Getenv("KK_CACHE")
	if cache == "" {
		t.Fatal("KK_CACHE is not set; run this with make test")
	}
	p := paths{cache: cache, version: versions[0]}
	quiet := &progress{out: io.Discard, start: time.Now()}
	program := filepath.Join(t.TempDir(), "kk-cluster")
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := down(context.Background(), p, quiet); err != nil {
		t.Fatal(err)
	}
	if list, err := processes(p.run()); err != nil || len(list) != 0 {
		t.Fatalf("%v processes after down (%v)", list, err)
	}
	for _, moment := range []time.Duration{0, 200 * time.Millisecond, 2 * time.Second, 6 * time.Second} {
		start := exec.Command(program, "up")
		start.Env = append(os.Environ(), "K8S=", "PROXY_MODE=")
		if err := start.Start(); err != nil {
			t.Fatal(err)
		}
		waitFor(t, start, p)
		time.Sleep(moment)
		_ = start.Process.Signal(syscall.SIGKILL)
		_ = start.Wait()
		if err := down(context.Background(), p, quiet); err != nil {
			t.Errorf("down after a start of %s: %v", moment, err)
		}
		if left := leftovers(t, p); left != "" {
			t.Errorf("a start that died after %s left behind:\n%s", moment, left)
		}
	}
}

// waitFor returns when the start has made its first thing, after all that may have to be built.
func waitFor(t *testing.T, start *exec.Cmd, p paths) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, err := os.Stat("/run/netns/" + wire); err == nil {
			return
		}
		if syscall.Kill(start.Process.Pid, 0) != nil {
			t.Fatal("the start ended by itself")
		}
	}
	t.Fatal("the start does not get to its first namespace")
}

// leftovers asks the machine's own tools for anything of a cluster.
func leftovers(t *testing.T, p paths) string {
	t.Helper()
	script := `ps -eo pid,stat,args | grep -E '[k]ube(let|-apiserver|-proxy|-scheduler|-controller-manager)|[e]tcd --name|[c]ontainerd|[/]pause|[/]hellok8s|[/]coredns'
		ip netns list
		grep -E 'kk-cluster|cni-' /proc/self/mountinfo
		find /sys/fs/cgroup -type d '(' -name k8s.io -o -name 'kk-cluster-*' ')'
		ls -d ` + p.run() + ` 2>/dev/null`
	out, _ := exec.Command("sh", "-c", script).CombinedOutput()
	return strings.TrimSpace(string(out))
}
