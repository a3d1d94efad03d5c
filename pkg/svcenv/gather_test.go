package svcenv

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	clienttesting "k8s.io/client-go/testing"

	kk "github.com/kubectl-kk/kubectl-kk"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// reader is a container whose files are given.
type reader struct {
	files map[string]string
	err   error
	asked []string
}

func (r *reader) Files(_ context.Context, _, _, container string, paths ...string) ([]kube.File, error) {
	r.asked = append(r.asked, container+": "+strings.Join(paths, " "))
	var out []kube.File
	for _, path := range paths {
		text, there := r.files[path]
		f := kube.File{Path: path, Data: []byte(text)}
		if !there {
			f.Complaint = "cat: can't open '" + path + "': Permission denied"
		}
		out = append(out, f)
	}
	return out, r.err
}

// clientOf is an API server that has the objects of a world.
func clientOf(w *world) *fake.Clientset {
	objects := []runtime.Object{&w.pod, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "login"}}}
	for i := range w.services {
		objects = append(objects, &w.services[i])
	}
	for i := range w.maps {
		objects = append(objects, &w.maps[i])
	}
	return fake.NewClientset(objects...)
}

// gather runs Gather against a fake API server and returns what was asked of it.
func gather(t *testing.T, w *world, r *reader, refuse ...string) (*snapshot.Snapshot, []string) {
	t.Helper()
	client := clientOf(w)
	client.PrependReactor("*", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		if slices.Contains(refuse, asked(action)) {
			return true, nil, apierrors.NewForbidden(schema.GroupResource{Resource: action.GetResource().Resource}, "", errors.New("no"))
		}
		return false, nil, nil
	})
	src := Source{Client: client, Taken: now}
	if r != nil {
		src.Reader = r
	}
	s, err := Gather(context.Background(), src, w.request())
	if err != nil {
		t.Fatal(err)
	}
	var calls []string
	for _, action := range client.Actions() {
		calls = append(calls, asked(action))
	}
	return s, calls
}

func asked(a clienttesting.Action) string {
	out := a.GetVerb() + " " + a.GetResource().Resource + " " + a.GetNamespace()
	if get, ok := a.(clienttesting.GetAction); ok {
		out += "/" + get.GetName()
	}
	return out
}

// TestGatherCalls: what is asked, no list that is not needed, never a Secret, and nothing
// that plugins.yaml does not say.
func TestGatherCalls(t *testing.T) {
	full := func(w *world) {
		w.secret("PW", false)
		w.fromSecret("")
		w.fromConfigMap("", "settings", map[string]string{"A": "1"})
		w.key("B", "settings", "A", false)
		w.key("C", "absent", "A", true)
	}
	for name, c := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"a bare Pod":             {func(*world) {}, "get pods shop/web, list services shop, get services default/kubernetes"},
		"links off":              {func(w *world) { off := false; w.pod.Spec.EnableServiceLinks = &off }, "get pods shop/web, get services default/kubernetes"},
		"ConfigMaps and Secrets": {full, "get pods shop/web, list services shop, get services default/kubernetes, get configmaps shop/absent, get configmaps shop/settings"},
	} {
		w := newWorld(t)
		c.change(w)
		r := &reader{files: map[string]string{firstEnviron: "PW=x\x00"}}
		_, calls := gather(t, w, r)
		if got := strings.Join(calls, ", "); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
		if want := "app: /proc/1/environ /proc/self/environ /proc/1/limits /proc/self/limits /proc/1/cmdline"; strings.Join(r.asked, ", ") != want {
			t.Errorf("%s: read %v", name, r.asked)
		}
		for _, call := range calls {
			if !described(t, call) {
				t.Errorf("%s: plugins.yaml does not say: %s", name, call)
			}
		}
	}
}

// described says whether plugins.yaml has a rule for a call of env without TYPE/NAME.
func described(t *testing.T, call string) bool {
	t.Helper()
	p, ok := kk.Command("env")
	if !ok {
		t.Fatal("plugins.yaml does not describe env")
	}
	fields := strings.Fields(call)
	namespace, name, _ := strings.Cut(fields[2], "/")
	for _, access := range p.RBAC {
		where := strings.Replace(access.Namespace, "target", "shop", 1)
		if access.Way == "" && where == namespace && slices.ContainsFunc(access.Rules, func(r rbacv1.PolicyRule) bool {
			named := len(r.ResourceNames) == 0 || slices.Contains(r.ResourceNames, name)
			return named && slices.Contains(r.Resources, fields[1]) && slices.Contains(r.Verbs, fields[0])
		}) {
			return true
		}
	}
	return false
}

// TestGatherRefused: what is refused is named with the rule that would allow it, and the
// rest is answered.
func TestGatherRefused(t *testing.T) {
	for refused, allow := range map[string]string{
		"list services shop": "list services []", "get services default/kubernetes": "get services [kubernetes]", "get configmaps shop/settings": "get configmaps [settings]",
	} {
		w := newWorld(t)
		w.fromConfigMap("", "settings", map[string]string{"A": "1"})
		s, _ := gather(t, w, &reader{files: map[string]string{firstEnviron: "A=1\x00"}}, refused)
		if len(s.Missing) != 1 || s.Missing[0].Allow == nil {
			t.Fatalf("%s: %+v", refused, s.Missing)
		}
		a := s.Missing[0].Allow
		if got := a.Verbs[0] + " " + a.Resources[0] + " [" + strings.Join(a.ResourceNames, "") + "]"; got != allow {
			t.Errorf("%s: allowed by %s", refused, got)
		}
		if _, err := Analyze(s, w.request()); err != nil {
			t.Errorf("%s: %v", refused, err)
		}
	}
	w := newWorld(t)
	r := &reader{err: errors.New(`pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`)}
	s, _ := gather(t, w, r)
	if len(s.Missing) != 1 || s.Missing[0].Allow.Resources[0] != "pods/exec" || len(s.Missing[0].Allow.Verbs) != 2 || !strings.Contains(s.Containers[0].NotRead, "forbidden") {
		t.Errorf("exec: %+v, %+v", s.Missing, s.Containers[0])
	}
}

// TestGatherKeepsLittle: of a ConfigMap the keys that are taken, of a Service its ports.
func TestGatherKeepsLittle(t *testing.T) {
	w := newWorld(t)
	w.services[0].Annotations, w.services[0].Spec.Selector = map[string]string{"a": hush}, map[string]string{"a": hush}
	w.fromConfigMap("", "settings", map[string]string{"A": "1", "B": hush})
	w.app().EnvFrom = nil
	w.key("X", "settings", "A", false)
	w.app().Command, w.app().Args = []string{"sh", hush}, []string{hush}
	w.pod.Annotations = map[string]string{"note": hush}
	s, _ := gather(t, w, &reader{files: map[string]string{firstEnviron: "X=1\x00TOKEN=" + hush, firstCmdline: "sh\x00" + hush + "\x00"}})
	var out strings.Builder
	if err := snapshot.Encode(&out, s); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), hush) {
		t.Errorf("the recording holds more than it needs:\n%s", out.String())
	}
}

// TestRequestContainer: which container is meant, and what there is instead.
func TestRequestContainer(t *testing.T) {
	w := newWorld(t)
	w.pod.Spec.Containers = append(w.pod.Spec.Containers, corev1.Container{Name: "sidecar"})
	w.pod.Spec.InitContainers = []corev1.Container{{Name: "first"}}
	for annotation, want := range map[string]string{"": "app", "sidecar": "sidecar", "nobody": "app"} {
		w.pod.Annotations = map[string]string{"kubectl.kubernetes.io/default-container": annotation}
		if c, err := w.request().container(&w.pod); err != nil || c.Name != want {
			t.Errorf("%q: %v, %v", annotation, c, err)
		}
	}
	r := w.request()
	r.Container = "sidcar"
	if _, err := r.container(&w.pod); err == nil || !strings.Contains(err.Error(), "--container=sidcar: pod shop/web has no such container; its containers: sidecar") {
		t.Errorf("got %v", err)
	}
}
