package downward

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// TestOverwrittenEnviron: a program that shows its state as its title leaves no variables
// in its first environment; they are still those that the kubelet gave.
func TestOverwrittenEnviron(t *testing.T) {
	for what, c := range map[string]struct{ first, from string }{
		"variables":        {"A=1\x00B=2\x00", firstEnviron},
		"no end":           {"A=1\x00B=2", firstEnviron},
		"without any":      {"", firstEnviron},
		"a title":          {"nginx: master process\x00", ownEnviron},
		"a title and more": {"postgres: idle\x00\x00\x00\x00", ownEnviron},
		"blanks":           {"   \x00", ownEnviron},
		"nothing but ends": {"\x00\x00\x00\x00", ownEnviron},
		"the end of one":   {"TH=/bin\x00cut off\x00", ownEnviron},
	} {
		f := environIn([]kube.File{{Path: firstEnviron, Data: []byte(c.first)}, {Path: ownEnviron, Data: []byte("A=1\x00")}})
		if f == nil || f.Path != c.from {
			t.Errorf("%s: %+v, want %s", what, f, c.from)
		}
	}
	if f := environIn([]kube.File{{Path: ownEnviron, Data: []byte("odd")}}); f == nil {
		t.Error("the last file there is must do")
	}
}

// TestSnippetOfHostileName: a name that no API server takes stays within its comment.
func TestSnippetOfHostileName(t *testing.T) {
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "a\nsecurityContext: {privileged: true}\n#\x1b]0;pwn\a"}}}}
	text, err := Snippet(pod, SnippetRequest{Fields: []string{"metadata.name", "metadata.name"}}, 37)
	if err != nil || strings.ContainsAny(text, "\x1b\a") || strings.Contains(text, "\nsecurityContext") || strings.Count(text, "name: POD_NAME") != 1 {
		t.Errorf("%v\n%q", err, text)
	}
}

// TestKeysOfControllers: a template cannot hold what a controller adds to its Pods.
func TestKeysOfControllers(t *testing.T) {
	for key, warned := range map[string]bool{
		"batch.kubernetes.io/job-completion-index": false, "apps.kubernetes.io/pod-index": false, "statefulset.kubernetes.io/pod-name": false,
		"pod-template-hash": false, "controller-revision-hash": false, "team": true, "example.com/team": true, "kubernetes.example.com/x": true,
	} {
		v := planned(t, 37, func(_ *corev1.PodSpec, app *corev1.Container) {
			app.Env = []corev1.EnvVar{variable("A", "metadata.labels['"+key+"']")}
		})
		if got := len(findingsOf(v, "KK-DOWN-105")) > 0; got != warned {
			t.Errorf("%s: warned %v", key, got)
		}
	}
}

// TestVerdicts: the first line is never better than what follows it.
func TestVerdicts(t *testing.T) {
	missing := scened(func(sc *scene) { sc.env(variable("A", "metadata.labels['no']"), "") })
	if got := verdict(analyzed(t, missing, ofPod)); !strings.Contains(got, "see 1 warning") {
		t.Error(got)
	}
	for what, c := range map[string]struct {
		v    View
		want string
	}{
		"another container":  {View{Object: Object{Kind: "Pod", Name: "p", Container: "b", Phase: "Running"}}, "Container b of Pod p uses no field of the Downward API."},
		"read, not compared": {View{Object: Object{Kind: "Pod", Name: "p", Phase: "Running"}, Uses: []Use{{Status: NotCompared, Has: new(string)}}}, "1 of them read in the container, 0 compared"},
		"no phase":           {View{Object: Object{Kind: "Pod", Name: "p"}, Uses: []Use{{Status: NotRead}}}, "was not read"},
		"cannot start":       {View{Object: Object{Kind: "Pod", Name: "p", Phase: "Pending"}, Uses: []Use{{Status: NoStart}}}, "1 cannot start"},
	} {
		if got := verdict(&c.v); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", what, got)
		}
	}
}
