package downward

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// two is a Pod whose containers app and other both use a field.
func two(pod *corev1.Pod) {
	pod.Spec.Containers[0].Env = []corev1.EnvVar{variable("POD_NAME", "metadata.name")}
	pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: "other", Env: pod.Spec.Containers[0].Env})
	pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, runs("other"))
}

func state(s corev1.ContainerState) func(*corev1.Pod) {
	return func(pod *corev1.Pod) {
		two(pod)
		pod.Status.ContainerStatuses[0].State = s
	}
}

// TestNotRead: a container that cannot be read is said to be so, with the reason, the
// others are read all the same, and what RBAC refuses is asked for once.
func TestNotRead(t *testing.T) {
	exec := func(err error) error { return fmt.Errorf("exec in pod shop/web: %w", err) }
	forbidden := exec(apierrors.NewForbidden(schema.GroupResource{Resource: "pods/exec"}, "web", errors.New("not you")))
	// What a WebSocket that is refused comes back as.
	refused := exec(errors.New(`pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`))
	gone := exec(apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, "web"))
	for what, c := range map[string]struct {
		change func(*corev1.Pod)
		errors map[string]error
		// app and other are why each was not read, "" where it was.
		app, other string
		execs      int
		missing    bool
	}{
		"both are read": {two, nil, "", "", 2, false},
		"exec refused":  {two, map[string]error{"app": forbidden, "other": forbidden}, `pods/exec "web" is forbidden: not you`, `pods/exec "web" is forbidden: not you`, 1, true},
		"exec refused, as a text": {two, map[string]error{"app": refused, "other": refused}, `pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`,
			`pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`, 1, true},
		"deleted meanwhile":  {two, map[string]error{"app": gone, "other": gone}, "the Pod was deleted meanwhile", "the Pod was deleted meanwhile", 2, false},
		"deleted, as a text": {two, map[string]error{"app": exec(errors.New(`pods "web" not found`))}, "the Pod was deleted meanwhile", "", 2, false},
		"no shell":           {two, map[string]error{"app": kube.ErrNoShell}, "its image has no sh and cat to read with", "", 2, false},
		"no answer":          {two, map[string]error{"app": exec(errors.New("no answer within 15s"))}, "no answer within 15s", "", 2, false},
		"finished": {state(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{Reason: "OOMKilled", ExitCode: 137}}), nil,
			"it has ended (OOMKilled, exit code 137)", "", 1, false},
		"waiting":         {state(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "CrashLoopBackOff"}}), nil, "it waits (CrashLoopBackOff)", "", 1, false},
		"no state":        {state(corev1.ContainerState{}), nil, "it has not started", "", 1, false},
		"not started yet": {func(pod *corev1.Pod) { two(pod); pod.Status.ContainerStatuses = nil }, nil, "it has not started", "it has not started", 0, false},
		"Windows":         {func(pod *corev1.Pod) { two(pod); pod.Spec.OS = &corev1.PodOS{Name: corev1.Windows} }, nil, "it is a Windows container", "it is a Windows container", 0, false},
		"a Windows node":  {func(pod *corev1.Pod) { two(pod); pod.Spec.NodeName = "windows" }, nil, "it is a Windows container", "it is a Windows container", 0, false},
	} {
		t.Run(what, func(t *testing.T) {
			windows := nodeOne()
			windows.Name, windows.Status.NodeInfo.OperatingSystem = "windows", "windows"
			inside := &containersInside{files: map[string]string{"app /proc/1/environ": "POD_NAME=web", "other /proc/1/environ": "POD_NAME=web"}, errors: c.errors}
			var warned []string
			s, err := Gather(context.Background(), Source{
				Client: apiServer(nil, podWith(c.change), nodeOne(), windows), Reader: inside, Warn: func(text string) { warned = append(warned, text) },
			}, ofPod)
			if err != nil {
				t.Fatal(err)
			}
			for name, want := range map[string]string{"app": c.app, "other": c.other} {
				got := s.Container("shop", "web", name)
				if got == nil || got.NotRead != want || (got.Variables["POD_NAME"] == "web") != (want == "") {
					t.Errorf("%s: %+v, want %q", name, got, want)
				}
			}
			if len(inside.asked) != c.execs || len(warned) != len(s.Missing) || (len(s.Missing) == 1) != c.missing {
				t.Errorf("%d execs, want %d; warned of %v; missing %v", len(inside.asked), c.execs, warned, s.Missing)
			}
			if c.missing {
				want := &rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods/exec"}, Verbs: []string{"get", "create"}}
				m := s.Missing[0]
				if diff := cmp.Diff(want, m.Allow); diff != "" || m.What != "exec in pod shop/web" || m.Why != c.app || warned[0] != m.What+": "+c.app {
					t.Errorf("%s: %s; warned of %q; allow (-want +got)\n%s", m.What, m.Why, warned[0], diff)
				}
			}
			checkNotRead(t, c.app, c.other, analyzed(t, s, ofPod))
		})
	}
}

// checkNotRead: the answer says it as a finding of its own, and of each use.
func checkNotRead(t *testing.T, app, other string, view *View) {
	t.Helper()
	for _, u := range view.Uses {
		reason := map[string]string{"app": app, "other": other}[u.Container]
		if (u.Status == Holds) != (reason == "") || (u.Status == NotRead) != (reason != "") {
			t.Errorf("%s: %s with %q", u.Container, u.Status, reason)
		}
	}
	said := map[string]string{}
	for _, f := range view.Findings {
		if f.Code == "KK-DOWN-115" {
			said[f.Args["container"]] = f.Args["reason"]
		}
	}
	if said["app"] != app || said["other"] != other {
		t.Errorf("found %v, want %q and %q", said, app, other)
	}
}

// TestForbiddenInAName: a Pod may have any name, and it says nothing about RBAC.
func TestForbiddenInAName(t *testing.T) {
	pod := podWith(func(pod *corev1.Pod) { two(pod); pod.Name = "forbidden-words" })
	req := Request{Namespace: "shop", Target: kube.Target{Kind: "Pod", Name: pod.Name}}
	slow := errors.New("exec in pod shop/forbidden-words: no answer within 15s")
	inside := &containersInside{errors: map[string]error{"app": slow, "other": slow}}
	s, err := Gather(context.Background(), Source{Client: apiServer(nil, pod, nodeOne()), Reader: inside}, req)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Missing) != 0 || len(inside.asked) != 2 {
		t.Errorf("%d tries, missing %+v", len(inside.asked), s.Missing)
	}
}

// TestInterrupted: an interrupt is no finding about the container.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	inside := interrupting{&containersInside{}, cancel}
	_, err := Gather(ctx, Source{Client: apiServer(nil, podWith(two), nodeOne()), Reader: inside}, ofPod)
	if !errors.Is(err, context.Canceled) || len(inside.asked) != 1 {
		t.Errorf("%v after %v", err, inside.asked)
	}
}

type interrupting struct {
	*containersInside
	cancel func()
}

func (i interrupting) Files(ctx context.Context, namespace, pod, container string, paths ...string) ([]kube.File, error) {
	_, _ = i.containersInside.Files(ctx, namespace, pod, container, paths...)
	i.cancel()
	return nil, ctx.Err()
}

// TestEnvirons: variables are read from the container's first process, else from what
// the kubelet gave to a new one. Where process 1 may be another container's, only the
// latter counts.
func TestEnvirons(t *testing.T) {
	yes := true
	const first, own = "app /proc/1/environ", "app /proc/self/environ"
	none := func(*corev1.PodSpec) {}
	for what, c := range map[string]struct {
		change func(*corev1.PodSpec)
		files  map[string]string
		asked  string
		status Status
		from   string
	}{
		"both":             {none, map[string]string{first: "POD_NAME=web", own: "POD_NAME=old"}, "/proc/1/environ /proc/self/environ", Holds, "/proc/1/environ"},
		"the first":        {none, map[string]string{first: "POD_NAME=web"}, "/proc/1/environ /proc/self/environ", Holds, "/proc/1/environ"},
		"its own":          {none, map[string]string{own: "POD_NAME=web"}, "/proc/1/environ /proc/self/environ", Holds, "/proc/self/environ"},
		"an empty one":     {none, map[string]string{first: "", own: "POD_NAME=web"}, "/proc/1/environ /proc/self/environ", Absent, "/proc/1/environ"},
		"neither":          {none, nil, "/proc/1/environ /proc/self/environ", NotRead, ""},
		"shared processes": {func(spec *corev1.PodSpec) { spec.ShareProcessNamespace = &yes }, map[string]string{first: "POD_NAME=pause", own: "POD_NAME=web"}, "/proc/self/environ", Holds, "/proc/self/environ"},
		"host's processes": {func(spec *corev1.PodSpec) { spec.HostPID = true }, map[string]string{first: "POD_NAME=init", own: "POD_NAME=web"}, "/proc/self/environ", Holds, "/proc/self/environ"},
	} {
		t.Run(what, func(t *testing.T) {
			inside := &containersInside{files: c.files}
			pod := podWith(func(pod *corev1.Pod) {
				pod.Spec.Containers[0].Env = []corev1.EnvVar{variable("POD_NAME", "metadata.name")}
				c.change(&pod.Spec)
			})
			s, err := Gather(context.Background(), Source{Client: apiServer(nil, pod, nodeOne()), Reader: inside}, ofPod)
			if err != nil {
				t.Fatal(err)
			}
			if want := []string{"shop/web app: " + c.asked}; !slices.Equal(inside.asked, want) {
				t.Errorf("asked %v, want %v", inside.asked, want)
			}
			u := analyzed(t, s, ofPod).Uses[0]
			if u.Status != c.status || u.From != c.from {
				t.Errorf("%s from %q, want %s from %q", u.Status, u.From, c.status, c.from)
			}
			if c.status == NotRead && !strings.Contains(s.Containers[0].NotRead, "No such file") {
				t.Errorf("not read, because %q", s.Containers[0].NotRead)
			}
		})
	}
}
