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

// gather runs Gather against a fake API server and returns what was asked of it.
func gather(t *testing.T, w *world, r *reader, refuse ...string) (*snapshot.Snapshot, []string) {
	t.Helper()
	objects := []runtime.Object{&w.pod, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "login"}}}
	for i := range w.services {
		objects = append(objects, &w.services[i])
	}
	for i := range w.maps {
		objects = append(objects, &w.maps[i])
	}
	client := fake.NewClientset(objects...)
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

// TestGatherReads: which file counts, and what is kept of each.
func TestGatherReads(t *testing.T) {
	limits := "Limit Soft\nMax stack size 8388608 unlimited bytes\nMax processes 1 1 p\n"
	for name, c := range map[string]struct {
		files   map[string]string
		environ string
		names   int
		limits  string
		argv    int
		notRead string
	}{
		"process 1":           {map[string]string{firstEnviron: "A=1\x00B=2\x00", ownEnviron: "C=3\x00", firstLimits: limits, firstCmdline: "sh\x00-c\x00"}, firstEnviron, 2, firstLimits, 2, ""},
		"the own":             {map[string]string{ownEnviron: "A=1\x00", ownLimits: limits, firstCmdline: "sh\x00"}, ownEnviron, 1, ownLimits, 0, ""},
		"process 1 has none":  {map[string]string{firstEnviron: "", ownEnviron: "A=1\x00"}, ownEnviron, 1, "", 0, ""},
		"none":                {map[string]string{firstEnviron: "", ownEnviron: ""}, "", 0, "", 0, "the environment of its process is empty"},
		"not allowed":         {nil, "", 0, "", 0, "cat: can't open '/proc/1/environ': Permission denied"},
		"arguments overwrote": {map[string]string{firstEnviron: "A=1\x00", firstCmdline: "nginx: master"}, firstEnviron, 1, "", 1, ""},
	} {
		w := newWorld(t)
		s, _ := gather(t, w, &reader{files: c.files})
		r := s.Containers[0]
		if r.Environ != c.environ || len(r.Environment) != c.names || r.NotRead != c.notRead {
			t.Errorf("%s: %+v", name, r)
		}
		if argv := r.Argv; (argv == nil) != (c.argv == 0) || argv != nil && argv.Count != c.argv {
			t.Errorf("%s: arguments %+v", name, argv)
		}
		if c.limits != "" && (len(r.Files) != 1 || r.Files[0].Path != c.limits || r.Files[0].Text != "Max stack size 8388608 unlimited bytes") {
			t.Errorf("%s: limits %+v", name, r.Files)
		}
	}
}

// TestGatherWithoutProcess: a container that cannot be read is not, and it is said why.
func TestGatherWithoutProcess(t *testing.T) {
	waiting := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}
	ended := corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "Error", ExitCode: 3}}
	for want, change := range map[string]func(w *world){
		"it waits (CrashLoopBackOff)":       func(w *world) { w.pod.Status.ContainerStatuses[0].State = waiting },
		"it has ended (Error, exit code 3)": func(w *world) { w.pod.Status.ContainerStatuses[0].State = ended },
		"it has not started":                func(w *world) { w.pod.Status.ContainerStatuses = nil },
		"it is a Windows container":         func(w *world) { w.pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows} },
	} {
		w := newWorld(t)
		change(w)
		r := &reader{}
		s, _ := gather(t, w, r)
		if s.Containers[0].NotRead != want || len(r.asked) != 0 {
			t.Errorf("%s: %+v, asked %v", want, s.Containers[0], r.asked)
		}
		v, err := Analyze(s, w.request())
		if err != nil {
			t.Fatal(err)
		}
		if (v.Size == nil) != strings.Contains(want, "Windows") || !strings.Contains(codes(v), "106") {
			t.Errorf("%s: size %+v, findings %s", want, v.Size, codes(v))
		}
	}
	w := newWorld(t)
	w.pod.Spec.OS, w.pod.Spec.NodeSelector = nil, map[string]string{corev1.LabelOSStable: "windows"}
	if s, _ := gather(t, w, &reader{}); s.Containers[0].NotRead != "it is a Windows container" {
		t.Errorf("by the selector of nodes: %+v", s.Containers[0])
	}
}

// TestGatherSharedProcesses: process 1 is then none of the container's.
func TestGatherSharedProcesses(t *testing.T) {
	w := newWorld(t)
	shared := true
	w.pod.Spec.ShareProcessNamespace = &shared
	r := &reader{files: map[string]string{ownEnviron: "PWD=/\x00SHLVL=1\x00A=1\x00", ownLimits: ""}}
	s, _ := gather(t, w, r)
	if len(r.asked) != 1 || r.asked[0] != "app: /proc/self/environ /proc/self/limits" {
		t.Errorf("read %v", r.asked)
	}
	v, err := Analyze(s, w.request())
	if err != nil {
		t.Fatal(err)
	}
	if v.Size.Now.Count != 1 {
		t.Errorf("what the shell adds is counted: %+v", v.Size.Now)
	}
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
