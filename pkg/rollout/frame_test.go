package rollout

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestFits: on no screen a line is too wide, or one too many, and the verdict is always there.
func TestFits(t *testing.T) {
	states := []*State{crowd().state()}
	for _, file := range recordings(t) {
		states = append(states, last(t, file))
	}
	for _, st := range states {
		for width := 20; width <= 210; width += 19 {
			for height := 3; height <= 60; height += 7 {
				lines := Frame(st, Options{Style: render.Style{Width: width}, Height: height, Lang: explain.Chinese})
				if len(lines) > height || !strings.HasPrefix(lines[0], strings.TrimSuffix(render.Fit(verdictOnly(st), width), "…")) && !strings.Contains(lines[0], st.Workload.Name[:2]) {
					t.Fatalf("%s on %d×%d: %d lines, the first %q", st.Workload.Name, width, height, len(lines), lines[0])
				}
				for _, line := range lines {
					if render.Columns(line) > width {
						t.Fatalf("%s on %d×%d: %d columns: %q", st.Workload.Name, width, height, render.Columns(line), line)
					}
				}
			}
		}
	}
}

// TestCollapse: many Pods of one state are a line, and none is lost.
func TestCollapse(t *testing.T) {
	w := newWorld(30, 0, 30, "1", "0")
	for range 20 {
		w.pod("new", true)
	}
	for range 7 {
		waiting(w.pod("new", false), "ContainerCreating", "")
	}
	w.pod("new", false)
	out := text(t, w.state(), Options{})
	for _, want := range []string{"16 more ready", "3 more ContainerCreating", "web-new-27  0/1  Running"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in\n%s", want, out)
		}
	}
	for line := range strings.Lines(strings.Join(Frame(w.state(), Options{Style: render.Style{Width: 80}, Height: 9}), "\n")) {
		if strings.Contains(line, "web-new-") && strings.Contains(line, "1/1") {
			t.Errorf("on a low screen there is still a line for one ready Pod: %s", line)
		}
	}
}

// TestCommandIsWhole: the way back can be copied, however narrow the screen.
func TestCommandIsWhole(t *testing.T) {
	st := last(t, "testdata/crash.ndjson")
	for width := 60; width < 120; width += 7 {
		joined := strings.Join(strings.Fields(strings.Join(Frame(st, Options{Style: render.Style{Width: width}, Height: 20}), " ")), " ")
		if !strings.Contains(joined, st.Undo.Command) {
			t.Errorf("%d columns: %s", width, joined)
		}
	}
}

const hostile = "\x1b[2J\x1b]0;owned\x07\u202e\r\nnext"

// TestHostileText: nothing that a terminal acts on comes out of what a cluster says.
func TestHostileText(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	p := w.pod("new", false)
	waiting(p, "ImagePullBackOff"+hostile, hostile)
	crash(w.pod("new", false), 1, "Error"+hostile, 3, "10s", -1)
	w.sets[1].Annotations[causeKey] = "cause" + hostile
	w.sets[1].Spec.Template.Spec.Containers[0].Image, w.d.Spec.Template.Spec.Containers[0].Image = "web"+hostile, "web"+hostile
	w.more = func(s *snapshot.Snapshot) {
		s.Rollout.Lost = &snapshot.Lost{Why: hostile}
		s.Missing = []snapshot.Missing{{What: "list pods", Why: hostile}}
		s.Rollout.Logs = []snapshot.LastLine{{Pod: w.pods[1].Name, Container: "app", Text: "log" + hostile}}
	}
	st := w.state()
	for _, o := range []Options{{}, {Style: render.Style{Width: 50}}, {Style: render.Style{Width: 100}, Height: 40}} {
		if out := text(t, st, o); strings.ContainsAny(out, "\x1b\x07\u202e\r") || strings.Contains(out, "\nnext") {
			t.Errorf("%q", out)
		}
	}
	if out := text(t, st, Options{}); !strings.Contains(out, "its last line: log") {
		t.Errorf("the log is not shown:\n%s", out)
	}
}

// TestColour says again what the words say.
func TestColour(t *testing.T) {
	st := last(t, "testdata/crash.ndjson")
	plain := text(t, st, Options{})
	painted := text(t, st, Options{Style: render.Style{Color: true}})
	for _, code := range []string{"\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[33m", "\x1b[0m"} {
		painted = strings.ReplaceAll(painted, code, "")
	}
	if painted != plain {
		t.Error("without its colours the picture is another one")
	}
}

// crowd is a Deployment with many Pods in the middle of a rollout.
func crowd() *world {
	const pods = 1000
	n := int32(pods)
	w := newWorld(n, n/2, n/2, "25%", "25%")
	for i := range pods {
		set := []string{"old", "new"}[i%2]
		p := w.pod(set, i%10 != 1)
		if i%50 == 1 {
			crash(p, 1, "Error", 4, "1m20s", -7)
		}
	}
	w.d.Status.Replicas, w.d.Status.UpdatedReplicas, w.d.Status.AvailableReplicas = n, n/2, n-n/10
	w.more = func(s *snapshot.Snapshot) {
		for i := range s.Pods {
			if i%10 == 1 {
				s.Rollout.Events = append(s.Rollout.Events, warning(&s.Pods[i], "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", 12))
			}
		}
	}
	return w
}

// BenchmarkFrame is a state of 1,000 Pods and its picture: goal ≤ 20 ms.
func BenchmarkFrame(b *testing.B) {
	w := crowd()
	s, req := w.snapshot(), w.request()
	o := Options{Style: render.Style{Width: 120}, Height: 40}
	for b.Loop() {
		Frame(Analyze(s, req), o)
	}
}

// BenchmarkChanges is what a line or an object of -o json costs beyond that.
func BenchmarkChanges(b *testing.B) {
	w := crowd()
	x := w.state()
	w.pods[3].Status.Phase = corev1.PodFailed
	y := w.state()
	for b.Loop() {
		if Same(x, y) || len(Changes(x, y, explain.English)) == 0 {
			b.Fatal("nothing changed")
		}
	}
}

// TestFrameIsFast holds the goal with room for a busy machine.
func TestFrameIsFast(t *testing.T) {
	w := crowd()
	s, req := w.snapshot(), w.request()
	best := time.Hour
	for range 10 {
		start := time.Now()
		Frame(Analyze(s, req), Options{Style: render.Style{Width: 120}, Height: 40})
		best = min(best, time.Since(start))
	}
	if best > 20*time.Millisecond {
		t.Errorf("a frame of 1,000 Pods takes %s at best", best)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	states := []*State{Analyze(s, req), Analyze(s, req)}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 10<<20 {
		t.Errorf("two states take %s", fmt.Sprint(grown))
	}
	runtime.KeepAlive(states)
}
