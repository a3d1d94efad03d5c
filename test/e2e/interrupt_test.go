//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// start runs kubectl-kk and does not wait for it.
func start(t *testing.T, stderr *bytes.Buffer, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Getenv("KK_BIN"), args...)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// TestInterrupt sends SIGINT at 20 moments of a run, spread over the time that a run takes.
func TestInterrupt(t *testing.T) {
	begun := time.Now()
	path(t, 0, clusterIPService)
	whole := time.Since(begun)
	const moments = 20
	interrupted := 0
	for i := range moments {
		var stderr bytes.Buffer
		cmd := start(t, &stderr, "svcpath", clusterIPService)
		time.Sleep(whole * time.Duration(i) / moments)
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			continue
		}
		asked := time.Now()
		_ = cmd.Wait()
		if took := time.Since(asked); took > 5*time.Second {
			t.Errorf("it ended %s after SIGINT at moment %d", took, i)
		}
		if code := cmd.ProcessState.ExitCode(); code > 0 {
			interrupted++
			if code != 1 || strings.Count(stderr.String(), "\n") > 1 || strings.Contains(stderr.String(), "panic") {
				t.Errorf("moment %d: exit %d, stderr %q", i, code, stderr.String())
			}
		}
	}
	if interrupted < moments/2 {
		t.Errorf("only %d of %d runs were interrupted: the moments were not those of a run", interrupted, moments)
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

// TestKilled ends kk without a chance to clean up, with a debug pod that does not end by
// itself: it ends at its deadline, and its object goes with the next run, or with cleanup.
func TestKilled(t *testing.T) {
	for name, next := range map[string][]string{
		"next run": {"svcpath", clusterIPService},
		"cleanup":  {"cleanup"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			cmd := start(t, &stderr, "svcpath", clusterIPService, "--image", "kk-slow:1", "--timeout", "3s")
			eventually(t, 20*time.Second, "the debug pod's process runs", func() bool { return sleepers(t) == 1 })
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if len(debugPods(t)) != 1 {
				t.Fatalf("debug pods %v after the kill, want one", debugPods(t))
			}
			eventually(t, 40*time.Second, "the debug pod's process has ended", func() bool { return sleepers(t) == 0 })
			eventually(t, 60*time.Second, "the debug pod is gone after another run", func() bool {
				if got := kk(t, next...); got.exit != 0 {
					t.Fatalf("%v: exit %d: %s", next, got.exit, got.stderr)
				}
				return len(debugPods(t)) == 0
			})
		})
	}
}

// sleepers counts the processes in which a debug pod of the image kk-slow waits.
func sleepers(t *testing.T) int {
	t.Helper()
	out := run(t, nil, "pgrep", "-f", "^sleep 1000$")
	return len(strings.Fields(out.stdout))
}

// TestStuck holds the debug pods that never read anything to one clear line, within the time allowed.
func TestStuck(t *testing.T) {
	for _, c := range []struct {
		name, says string
		args       []string
	}{
		{"image not on the node", "it waits: ContainerCreating; the node may have to pull not-there:1", []string{"--image", "not-there:1"}},
		{"reading never ends", "--timeout", []string{"--image", "kk-slow:1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			begun := time.Now()
			got := kk(t, append([]string{"svcpath", clusterIPService, "--timeout", "5s"}, c.args...)...)
			oneLine(t, got, c.says)
			if took := time.Since(begun); took > 10*time.Second {
				t.Errorf("it took %s with --timeout 5s", took)
			}
			eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
		})
	}
}

// TestNodeNotReady stops the kubelet's process until the cluster takes note.
func TestNodeNotReady(t *testing.T) {
	pids := processesOn(t, otherNode, "kubelet")
	if len(pids) != 1 {
		t.Fatalf("%d kubelets on %s", len(pids), otherNode)
	}
	if err := syscall.Kill(pids[0], syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(pids[0], syscall.SIGCONT)
		kubectl(t, "wait", "node/"+otherNode, "--for=condition=Ready", "--timeout=60s")
		kubectl(t, "-n", "kube-system", "wait", "pods", "--all", "--for=condition=Ready", "--timeout=60s")
	})
	kubectl(t, "wait", "node/"+otherNode, "--for=condition=Ready=Unknown", "--timeout=90s")
	oneLine(t, kk(t, "svcpath", clusterIPService, "--node", otherNode), "not Ready")
	path(t, 0, clusterIPService)
	all := paths(t, 0, clusterIPService, "-n", "default", "--all-nodes")
	if want := (svcpath.Summary{Nodes: 2, Agree: 1, NotChecked: 1, NotRead: 1}); all.Summary != want {
		t.Errorf("%+v, want %+v", all.Summary, want)
	}
}

// oneLine holds a failure to exit 1 and a single line that says something.
func oneLine(t *testing.T, got result, says string) {
	t.Helper()
	if got.exit != 1 || got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, says) {
		t.Errorf("exit %d, stdout %q, stderr %q; want exit 1 and one line that says %q", got.exit, got.stdout, got.stderr, says)
	}
}

// TestReaderThatWentAway is kubectl kk … | head -1 with a reader that is gone: no signal
// ends the process before its pod is deleted, and nothing is said.
func TestReaderThatWentAway(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	defer writer.Close()
	var stderr bytes.Buffer
	cmd := exec.Command(os.Getenv("KK_BIN"), "svcpath", clusterIPService)
	cmd.Stdout, cmd.Stderr = writer, &stderr
	_ = cmd.Run()
	if code := cmd.ProcessState.ExitCode(); code != 1 || stderr.Len() != 0 {
		t.Errorf("exit %d, stderr %q", code, stderr.String())
	}
	if left := debugPods(t); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}
