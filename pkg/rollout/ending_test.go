package rollout

import (
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func complete(at int, restarts int32) *State {
	return &State{At: now.Add(time.Duration(at) * time.Second), Verdict: Complete, Revisions: []Revision{{New: true, Pods: []Pod{{Restarts: restarts}}}}}
}

// TestStableFor: it counts from the last restart, and anew after what was not complete.
func TestStableFor(t *testing.T) {
	e := Ending{StableFor: 30 * time.Second}
	for i, c := range []struct {
		st   *State
		want Outcome
	}{
		{complete(0, 1), Going}, {complete(29, 1), Going}, {complete(29, 2), Going}, {complete(58, 2), Going},
		{&State{At: now.Add(58 * time.Second), Verdict: Progressing}, Going}, {complete(59, 2), Going}, {complete(88, 2), Going}, {complete(89, 2), Done},
	} {
		if got := e.Judge(c.st); got != c.want {
			t.Errorf("%d: %v, want %v", i, got, c.want)
		}
	}
	var at0 Ending
	if at0.Judge(complete(0, 5)) != Done || at0.Judge(&State{Verdict: Failed}) != Broken || at0.Judge(&State{Verdict: Gone}) != Going || at0.Judge(&State{Verdict: Paused}) != Going {
		t.Error("without --stable-for")
	}
}

// TestFailFast ends with what waiting does not mend, and only where it is asked for.
func TestFailFast(t *testing.T) {
	for name, c := range map[string]struct {
		make func(p *corev1.Pod)
		set  string
		want Outcome
	}{
		"crash loop":    {func(p *corev1.Pod) { crash(p, 1, "Error", 2, "20s", -1) }, "new", Broken},
		"of an old Pod": {func(p *corev1.Pod) { crash(p, 1, "Error", 2, "20s", -1) }, "old", Going},
		"no image":      {func(p *corev1.Pod) { waiting(p, "ImagePullBackOff", "") }, "new", Broken},
		"the first try": {func(p *corev1.Pod) { waiting(p, "ErrImagePull", "") }, "new", Going},
		"no key":        {func(p *corev1.Pod) { waiting(p, "CreateContainerConfigError", "") }, "new", Broken},
		"being created": {func(p *corev1.Pod) { waiting(p, "ContainerCreating", "") }, "new", Going},
	} {
		w := newWorld(3, 3, 1, "1", "0")
		c.make(w.pod(c.set, false))
		fast, slow := Ending{FailFast: true}, Ending{}
		if got := fast.Judge(w.state()); got != c.want || slow.Judge(w.state()) != Going {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

func TestParseSpeed(t *testing.T) {
	for text, want := range map[string]float64{"1x": 1, "4x": 4, "0.5x": 0.5, "10": 10} {
		if got, err := ParseSpeed(text); err != nil || got != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "0x", "-1x", "NaN", "Inf", "1e9x", "4xx"} {
		if got, err := ParseSpeed(text); err == nil {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func narrated(before, after *State) string {
	var out []string
	for _, c := range Changes(before, after, explain.English) {
		out = append(out, c.What+": "+c.Text)
	}
	return strings.Join(out, "\n")
}

// TestChanges tells what happened and nothing else.
func TestChanges(t *testing.T) {
	w := newWorld(3, 3, 1, "1", "0")
	w.pod("old", true)
	p := w.pod("new", false)
	x := w.state()
	if !Same(x, w.state()) || narrated(x, w.state()) != "" {
		t.Errorf("nothing happened: %s", narrated(x, w.state()))
	}
	later := w.snapshot()
	later.Rollout.Now = now.Add(time.Second)
	if !Same(x, Analyze(later, w.request())) {
		t.Error("a second that passes is no change")
	}
	p.Status.Conditions[3].Status, p.Status.ContainerStatuses[0].Ready = corev1.ConditionTrue, true
	*w.sets[0].Spec.Replicas = 2
	w.pods = w.pods[1:]
	w.pod("new", false)
	w.pods[1].Spec.NodeName = ""
	w.more = func(s *snapshot.Snapshot) { s.Rollout.Lost = &snapshot.Lost{Why: "connection refused"} }
	want := `API server: not reached, reconnecting: connection refused
revision 1: web-old: 3 → 2 desired
Pod web-new-1: Running, ready
Pod web-new-1: revision 2, Running, not ready
Pod web-old-0: gone`
	w.pods[1].Name = "web-new-2"
	if got := narrated(x, w.state()); got != strings.Replace(want, "Pod web-new-1: revision 2", "Pod web-new-2: revision 2", 1) {
		t.Errorf("got\n%s", got)
	}
	first := narrated(nil, x)
	for _, want := range []string{"Deployment web: revision 2 is rolling out: 0 of 3 Pods updated, 0 available.", "revision 1: web-old: 3 desired", "Pod web-old-0: revision 1, Running, ready on node-1"} {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not in\n%s", want, first)
		}
	}
}

// TestSameNameAgain: a StatefulSet's Pod that is made again has gone before.
func TestSameNameAgain(t *testing.T) {
	state := func(created int) *State {
		return &State{Revisions: []Revision{{Name: "a", Number: 1, Pods: []Pod{{Name: "db-0", Created: now.Add(time.Duration(created) * time.Second), Status: "Running", IsReady: true, Available: true}}}}}
	}
	if got := narrated(state(0), state(9)); got != "Pod db-0: gone\nPod db-0: revision 1, Running, ready" {
		t.Errorf("got\n%s", got)
	}
}
