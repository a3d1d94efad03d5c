//go:build e2e

package e2e

import (
	"os"
	"strings"
	"testing"
)

// TestRolloutStopped stops a watch by ctrl-Z and goes on: the next picture stands whole below
// what the shell has written.
func TestRolloutStopped(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 300", firstVersion)
	term := newTerminal(t, 120, 40)
	term.keys("clear; "+os.Getenv("KK_BIN")+" rollout-watch deploy/web -n "+s.ns, "Enter")
	term.shows("a picture that counts down", func(screen string) bool { return strings.Contains(screen, "counts as available in") })
	term.keys("C-z")
	term.shows("the shell", func(screen string) bool { return strings.Contains(screen, "ready>") })
	term.keys("clear; fg", "Enter")
	whole := func(screen string) bool {
		_, after, found := strings.Cut(screen, "rollout-watch")
		return found && strings.Count(after, "revision 1 is rolling out") == 1 && strings.Contains(after, "└─ revision 1")
	}
	term.shows("a whole picture below the shell's words", whole)
	first := term.screen()
	term.shows("it counts on", func(screen string) bool { return screen != first })
	if screen := term.screen(); !whole(screen) {
		t.Errorf("the next picture does not stand in its place:\n%s", screen)
	}
	term.keys("C-c")
}
