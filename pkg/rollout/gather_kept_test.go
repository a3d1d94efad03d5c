package rollout

import (
	"context"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

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
