package rollout

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// opened is a Cluster that is watched until the test ends.
func opened(t *testing.T, s *server, req Request) *Cluster {
	t.Helper()
	c, err := Open(context.Background(), s.source(t), req)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Watch(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the watch does not end with its context")
		}
	})
	return c
}

// eventually waits for a state, as the command does.
func eventually(t *testing.T, c *Cluster, req Request, what string, ask func(*State) bool) *State {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if s := c.Snapshot(); s != nil {
			if st := Analyze(s, req); ask(st) {
				return st
			}
		}
		select {
		case <-c.Changed():
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("still not: %s\n%s", what, text(t, Analyze(c.Snapshot(), req), Options{}))
		}
	}
}

func pods(st *State) int {
	n := 0
	for _, r := range st.Revisions {
		n += len(r.Pods)
	}
	return n
}

func rolling() *world {
	w := newWorld(3, 3, 1, "1", "0")
	for range 3 {
		w.pod("old", true)
	}
	w.pod("new", false)
	return w
}

// TestWatch: what happens is seen, by the requests of the start and no others.
func TestWatch(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	eventually(t, c, req, "four Pods", func(st *State) bool { return pods(st) == 4 })
	s.watched(t)
	before := s.asked("/")
	if before > 12 {
		t.Errorf("%d requests to start:\n%s", before, strings.Join(s.requests, "\n"))
	}
	fresh := w.pod("new", true)
	s.put("pods", fresh)
	eventually(t, c, req, "a fifth Pod", func(st *State) bool { return pods(st) == 5 })
	s.gone("pods", w.pods[0])
	eventually(t, c, req, "one Pod less", func(st *State) bool { return pods(st) == 4 })
	if after := s.asked("/"); after != before {
		t.Errorf("%d requests more for two changes:\n%s", after-before, strings.Join(s.requests, "\n"))
	}
	for _, r := range s.requests {
		if !strings.HasPrefix(r, "GET ") || !strings.Contains(r, "/namespaces/shop/") {
			t.Errorf("asked %s", r)
		}
		if strings.Contains(r, "/pods?") && !strings.Contains(r, "labelSelector=app%3Dweb") || strings.Contains(r, "/deployments?") && !strings.Contains(r, "metadata.name%3Dweb") {
			t.Errorf("asked for more than belongs to the workload: %s", r)
		}
	}
}

// TestExpired: a version that the API server does not know any more means reading anew.
func TestExpired(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	s.expired = true
	req := w.request()
	c := opened(t, s, req)
	s.put("pods", w.pod("new", true))
	st := eventually(t, c, req, "the Pod that nobody told of", func(st *State) bool { return pods(st) == 5 })
	if st.Lost != nil {
		t.Errorf("a version that is too old is no lost connection: %+v", st.Lost)
	}
}

// TestCut: while the API server does not answer that is said, and after it what is true is
// shown, also what happened meanwhile.
func TestCut(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	s.watched(t)
	address := s.Listener.Addr().String()
	s.cut()
	s.CloseClientConnections()
	s.Close()
	st := eventually(t, c, req, "the connection is lost", func(st *State) bool { return st.Lost != nil })
	if out := text(t, st, Options{}); !strings.Contains(out, "reconnecting since") || pods(st) != 4 {
		t.Errorf("%s", out)
	}
	var e Ending
	st.Verdict = Complete
	if e.Judge(st) != Going {
		t.Error("what is old ends the watch")
	}
	s.gone("pods", w.pods[0])
	s.put("pods", w.pod("new", true))
	s.put("pods", w.pod("new", true))
	again(t, s, address)
	st = eventually(t, c, req, "the truth", func(st *State) bool { return st.Lost == nil && pods(st) == 5 })
	if st.Revisions[1].Pods[0].Name == w.pods[0].Name {
		t.Error("a Pod that is gone is still shown")
	}
}

// TestMadeAgain: a workload that is deleted and created again, with other labels.
func TestMadeAgain(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	s.watched(t)
	s.gone("deployments", w.d)
	eventually(t, c, req, "it is gone", func(st *State) bool { return st.Verdict == Gone })
	other := newWorld(1, 0, 1, "1", "0")
	other.d.UID, other.d.Spec.Selector.MatchLabels = "another", map[string]string{"app": "web2"}
	rs := other.sets[1]
	rs.UID, rs.OwnerReferences[0].UID, rs.Labels = "another-set", "another", map[string]string{"app": "web2"}
	p := other.pod("new", true)
	p.Name, p.UID, p.OwnerReferences[0].UID, p.Labels = "web-again", "again", "another-set", map[string]string{"app": "web2"}
	s.put("replicasets", rs)
	s.put("pods", p)
	s.put("deployments", other.d)
	st := eventually(t, c, req, "the new one with its Pod", func(st *State) bool { return pods(st) == 1 })
	if st.Workload.UID != "another" || st.Revisions[0].Pods[0].Name != "web-again" || len(st.Revisions) != 1 {
		t.Errorf("%+v", st.Revisions)
	}
}

// TestRefusedReads: without Pods or Events the rest is answered, and what is missing is named.
func TestRefusedReads(t *testing.T) {
	for resource, code := range map[string]string{"pods": explain.PodsNotRead, "events": explain.EventsNotRead} {
		s, w := newServer(t), rolling()
		w.d.Status.Replicas = 4
		s.load(w)
		s.refused[resource] = true
		var warned []string
		src := s.source(t)
		src.Warn = func(text string) { warned = append(warned, text) }
		c, err := Open(context.Background(), src, w.request())
		if err != nil {
			t.Fatal(err)
		}
		st := Analyze(c.Snapshot(), w.request())
		if len(st.NotChecked) != 1 || st.NotChecked[0].Allow == nil || st.NotChecked[0].Allow.Resources[0] != resource ||
			!slices.Equal(st.NotChecked[0].Allow.Verbs, []string{"list", "watch"}) || len(warned) != 1 {
			t.Errorf("%s: %+v, warned %v", resource, st.NotChecked, warned)
		}
		if !slices.ContainsFunc(st.Findings, func(f explain.Finding) bool { return f.Code == code }) || len(st.Revisions) != 2 || st.Workload.Current != 4 {
			t.Errorf("%s: %v, %+v", resource, found(st), st.Workload)
		}
	}
	s, w := newServer(t), rolling()
	s.load(w)
	s.refused["deployments"] = true
	if _, err := Open(context.Background(), s.source(t), w.request()); err == nil || !strings.HasPrefix(err.Error(), "get deployment shop/web: deployments is forbidden") {
		t.Errorf("%v", err)
	}
}

// TestNotFound offers near names.
func TestNotFound(t *testing.T) {
	s, w := newServer(t), rolling()
	w.d.Name = "web-front"
	s.load(w)
	if _, err := Open(context.Background(), s.source(t), w.request()); err == nil || err.Error() != "get deployment shop/web: not found; deployments in shop: web-front" {
		t.Errorf("%v", err)
	}
}

// TestLog: the line that says why a container ended, once for all Pods of a revision, and in
// no recording.
func TestLog(t *testing.T) {
	s, w := newServer(t), rolling()
	crash(w.pods[3], 2, "Error", 3, "40s", -1)
	crash(w.pod("new", false), 2, "Error", 3, "40s", -1)
	s.load(w)
	c, err := Open(context.Background(), s.source(t), w.request())
	if err != nil {
		t.Fatal(err)
	}
	c.readLogs(context.Background())
	shot := c.Snapshot()
	if out := text(t, Analyze(shot, w.request()), Options{}); !strings.Contains(out, "its last line: panic: something went wrong") {
		t.Errorf("%s", out)
	}
	if n := s.asked("/log?"); n != 1 || s.asked("previous=true") != 1 {
		t.Errorf("%d requests for logs: %v", n, s.requests)
	}
	var file strings.Builder
	writer, err := snapshot.NewSequenceWriter(&file, snapshot.Head{})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Write(shot); err != nil || strings.Contains(file.String(), "something went wrong") {
		t.Errorf("%v, or the log is in the recording", err)
	}
}

func TestTelling(t *testing.T) {
	for log, want := range map[string]string{
		"": "", "one\n\n": "one", "a\nb": "b", "panic: x\n\ngoroutine 1\n\tmain.go:1": "panic: x",
		"Traceback\n  File\nValueError: x\n": "ValueError: x", strings.Repeat("é", 400): strings.Repeat("é", 150) + "…",
	} {
		if got := telling(log); got != want {
			t.Errorf("%q: got %q, want %q", log, got, want)
		}
	}
}

// TestSecretsStayOut: nothing that may be secret is in what is kept of the objects.
func TestSecretsStayOut(t *testing.T) {
	s, w := newServer(t), rolling()
	secret := func(t *corev1.PodTemplateSpec) {
		c := &t.Spec.Containers[0]
		c.Env, c.Args, c.Command = []corev1.EnvVar{{Name: "PASSWORD", Value: "hush-1"}}, []string{"--token=hush-2"}, []string{"hush-3"}
		c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{HTTPHeaders: []corev1.HTTPHeader{{Name: "Authorization", Value: "hush-4"}}}}}
		c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"hush-5"}}}}
		t.Annotations = map[string]string{"vault": "hush-6"}
		t.Spec.Volumes = []corev1.Volume{{Name: "v", VolumeSource: corev1.VolumeSource{CSI: &corev1.CSIVolumeSource{VolumeAttributes: map[string]string{"k": "hush-7"}}}}}
	}
	secret(&w.d.Spec.Template)
	secret(&w.sets[1].Spec.Template)
	w.d.Annotations = map[string]string{"kubectl.kubernetes.io/last-applied-configuration": "hush-8"}
	w.d.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: "hush-9"}}
	w.pods[3].Spec.Containers[0].Env = []corev1.EnvVar{{Name: "PASSWORD", Value: "hush-10"}}
	w.pods[3].Status.ContainerStatuses[0].LastTerminationState.Terminated = &corev1.ContainerStateTerminated{Message: "hush-11"}
	s.load(w)
	c, err := Open(context.Background(), s.source(t), w.request())
	if err != nil {
		t.Fatal(err)
	}
	var file strings.Builder
	writer, err := snapshot.NewSequenceWriter(&file, snapshot.Head{})
	if err != nil {
		t.Fatal(err)
	}
	if err := writer.Write(c.Snapshot()); err != nil || strings.Contains(file.String(), "hush") {
		t.Errorf("%v: %s", err, file.String())
	}
	st := Analyze(c.Snapshot(), w.request())
	if !st.Revisions[0].New || st.Revisions[0].Number != 2 {
		t.Errorf("a template whose values are hidden is not found again: %+v", st.Revisions)
	}
}
