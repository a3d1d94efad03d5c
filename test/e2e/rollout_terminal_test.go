//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-runewidth"
)

// terminal is a real one, in which a shell runs.
type terminal struct {
	t      *testing.T
	socket string
}

func newTerminal(t *testing.T, width, height int) *terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is needed; hack/packages.sh installs it")
	}
	term := &terminal{t, "kk-" + strconv.Itoa(os.Getpid()) + "-" + strconv.Itoa(width)}
	term.tmux("new-session", "-d", "-x", strconv.Itoa(width), "-y", strconv.Itoa(height), "-s", "kk", "env PS1='ready> ' sh")
	t.Cleanup(func() { _ = exec.Command("tmux", "-L", term.socket, "kill-server").Run() })
	term.shows("the shell's prompt", func(screen string) bool { return strings.Contains(screen, "ready>") })
	return term
}

func (term *terminal) tmux(args ...string) string {
	term.t.Helper()
	got := run(term.t, []string{"LC_ALL=C.UTF-8"}, "tmux", append([]string{"-u", "-L", term.socket}, args...)...)
	if got.exit != 0 {
		term.t.Fatalf("tmux %v: %s", args, got.stderr)
	}
	return got.stdout
}

// screen is what is to be seen, a line each.
func (term *terminal) screen() string { return term.tmux("capture-pane", "-p", "-t", "kk") }

func (term *terminal) keys(keys ...string) {
	term.t.Helper()
	term.tmux(append([]string{"send-keys", "-t", "kk"}, keys...)...)
}

func (term *terminal) shows(what string, ask func(screen string) bool) {
	term.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ask(term.screen()); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			term.t.Fatalf("the screen does not show %s:\n%s", what, term.screen())
		}
	}
}

// fits holds the screen to its width, and to one picture.
func (term *terminal) fits(width int) {
	term.t.Helper()
	screen := term.screen()
	for line := range strings.Lines(screen) {
		if n := runewidth.StringWidth(strings.TrimRight(line, " \n")); n > width {
			term.t.Errorf("%d columns of %d: %s", n, width, line)
		}
	}
	if n := strings.Count(screen, "of at most"); n > 1 {
		term.t.Errorf("%d pictures:\n%s", n, screen)
	}
}

// TestRolloutTerminal watches a rollout that cannot go on, on a small and on a large screen,
// with a change of size in between, and leaves by ctrl-C.
func TestRolloutTerminal(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 6\nminReadySeconds: 2", secondVersion)
	s.settled(web)
	s.image(web, problemVersion)
	for _, size := range []struct{ width, height, then, high int }{{80, 24, 200, 50}, {200, 50, 80, 24}} {
		term := newTerminal(t, size.width, size.height)
		term.keys("clear; "+os.Getenv("KK_BIN")+" rollout-watch deploy/web -n "+s.ns, "Enter")
		whole := func(screen string) bool {
			return strings.HasPrefix(screen, "Deployment "+s.ns+"/web") || strings.HasPrefix(screen, "web: revision 2")
		}
		term.shows("the verdict on top, and the way back", func(screen string) bool {
			return whole(screen) && strings.Contains(strings.Join(strings.Fields(screen), " "), "rollout undo deployment/web --to-revision=1") && strings.Contains(screen, "├─ revision 2")
		})
		term.fits(size.width)
		if size.height == 24 && !strings.Contains(term.screen(), "more ready") {
			t.Errorf("ready Pods are not summed up:\n%s", term.screen())
		}
		if size.width == 200 && strings.Contains(term.screen(), "…") {
			t.Errorf("something is cut on a screen with room:\n%s", term.screen())
		}
		term.tmux("resize-window", "-t", "kk", "-x", strconv.Itoa(size.then), "-y", strconv.Itoa(size.high))
		term.shows("the picture after a change of size", func(screen string) bool { return whole(screen) && strings.Contains(screen, "├─ revision 2") })
		time.Sleep(time.Second) // so that it was drawn in the new size more than once
		term.fits(size.then)
		term.keys("C-c")
		term.shows("the shell again, below the last picture", func(screen string) bool {
			return strings.Contains(screen, "ready>") && strings.Contains(screen, "├─ revision 2") && strings.Index(screen, "├─ revision 2") < strings.Index(screen, "ready>")
		})
		if got := strings.TrimSpace(term.tmux("display", "-p", "-t", "kk", "#{cursor_flag}")); got != "1" {
			t.Errorf("after ctrl-C the cursor is hidden (%s)", got)
		}
		term.keys("clear; echo alive", "Enter")
		term.shows("what is typed next", func(screen string) bool { return strings.HasPrefix(screen, "alive") })
	}
}

// TestRolloutTerminalEnds leaves the last state on the screen when the rollout is complete,
// and counts on while nothing happens.
func TestRolloutTerminalEnds(t *testing.T) {
	s := newStage(t)
	term := newTerminal(t, 100, 30)
	s.create("Deployment", "replicas: 2\nminReadySeconds: 6", secondVersion)
	term.keys("clear; "+os.Getenv("KK_BIN")+" rollout-watch deploy/web -n "+s.ns, "Enter")
	seen := map[string]bool{}
	term.shows("the countdown of minReadySeconds, second by second", func(screen string) bool {
		for _, left := range []string{"in 5s", "in 4s", "in 3s", "in 2s"} {
			if strings.Contains(screen, "counts as available "+left) {
				seen[left] = true
			}
		}
		return len(seen) >= 3
	})
	term.shows("the last state, and the shell", func(screen string) bool {
		return strings.Contains(screen, "revision 1 is complete: 2 of 2 Pods available.") && strings.Contains(screen, "ready>")
	})
	term.fits(100)
}

// TestRolloutDemo plays the demo in a terminal, and ends with it.
func TestRolloutDemo(t *testing.T) {
	term := newTerminal(t, 100, 30)
	term.keys("clear; "+os.Getenv("KK_BIN")+" rollout-watch --demo --speed 20x; echo status $?", "Enter")
	term.shows("the version that crashes", func(screen string) bool { return strings.Contains(screen, "CrashLoopBackOff") })
	term.shows("the end", func(screen string) bool {
		return strings.Contains(screen, "revision 5 is complete") && strings.Contains(screen, "status 0")
	})
}
