//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
	"time"
)

// TestServiceWatchTerminal draws in place, and leaves its last picture there after ctrl-C.
func TestServiceWatchTerminal(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	term := newTerminal(t, 110, 24)
	term.keys(os.Getenv("KK_BIN")+" svcpath web -n bke-watch --node "+workNode+" --watch --interval 1s; echo exit $?", "Enter")
	term.shows("the first picture", func(screen string) bool { return strings.Contains(screen, "NEW CONNECTIONS/S") })
	for range 10 {
		onNode(t, workNode, "curl", "-sS", "--max-time", "2", "-o", "/dev/null", "http://"+clusterIPOf(t, "web"))
	}
	term.shows("what was counted", func(screen string) bool { return strings.Contains(screen, "10 since the watch began") })
	term.keys("C-c")
	term.shows("its exit status", func(screen string) bool { return strings.Contains(screen, "exit 0") })
	if screen := term.screen(); strings.Count(screen, "NEW CONNECTIONS/S") != 1 || !strings.Contains(screen, "10 since the watch began") {
		t.Errorf("the last picture is not there:\n%s", screen)
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

// TestServiceWatchKilled ends a watch without a chance to clean up: its pod ends by itself.
func TestServiceWatchKilled(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	w := count(t, "web", "--timeout", "3s")
	if err := w.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = w.cmd.Wait()
	left := debugPods(t)
	if len(left) != 1 {
		t.Fatalf("debug pods %v after the kill, want one", left)
	}
	_, name, _ := strings.Cut(left[0], "/")
	eventually(t, 40*time.Second, "the pod has ended at its deadline", func() bool {
		return kubectl(t, "-n", "kube-system", "get", "pod", name, "-o", "jsonpath={.status.phase} {.status.reason}") == "Failed DeadlineExceeded"
	})
	if got := kk(t, "cleanup"); got.exit != 0 || len(debugPods(t)) != 0 {
		t.Errorf("cleanup: exit %d, left %v", got.exit, debugPods(t))
	}
}
