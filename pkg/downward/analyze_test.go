package downward

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func analyzed(t *testing.T, s *snapshot.Snapshot, req Request) *View {
	t.Helper()
	view, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	return view
}

// scene is a Pod on its node, and what its container app holds: by $NAME a variable, by
// path a file.
type scene struct {
	pod   *corev1.Pod
	app   *corev1.Container
	node  *corev1.Node
	holds map[string]string
	// reading is of the container app, nil where it was not looked into.
	reading *snapshot.ContainerReading
}

// scened is the scene after a change, without what a recording does not keep.
func scened(change func(*scene)) *snapshot.Snapshot {
	sc := &scene{pod: podWith(nil), node: nodeOne(), holds: map[string]string{}}
	sc.app = &sc.pod.Spec.Containers[0]
	sc.reading = &snapshot.ContainerReading{Namespace: "shop", Pod: "web", Container: "app", Environ: "/proc/1/environ", Variables: map[string]string{}}
	change(sc)
	s := &snapshot.Snapshot{Pods: []corev1.Pod{snapshot.SlimWithFields(sc.pod)}, Nodes: []corev1.Node{snapshot.SlimNode(sc.node)}}
	if sc.reading != nil {
		for name, text := range sc.holds {
			if variable, env := strings.CutPrefix(name, "$"); env {
				sc.reading.Variables[variable] = text
			} else {
				sc.reading.Files = append(sc.reading.Files, snapshot.FileReading{Path: name, Text: text})
			}
		}
		s.Containers = []snapshot.ContainerReading{*sc.reading}
	}
	return s
}

// env gives the container a variable that holds a text.
func (sc *scene) env(v corev1.EnvVar, holds string) {
	sc.app.Env = append(sc.app.Env, v)
	sc.holds["$"+v.Name] = holds
}

// file mounts a volume at /p, by subPath at /p/NAME, with one file that holds a text.
func (sc *scene) file(f corev1.DownwardAPIVolumeFile, subPath bool, holds string) {
	sc.pod.Spec.Volumes = append(sc.pod.Spec.Volumes, infoVolume(f))
	m := mount("podinfo", "/p", "")
	if subPath {
		m = mount("podinfo", "/p/"+f.Path, f.Path)
	}
	sc.app.VolumeMounts = append(sc.app.VolumeMounts, m)
	sc.holds["/p/"+f.Path] = holds
}

// twin is a finding in a scene that should have it, and a scene as like to that as can
// be that should not.
type twin struct {
	what      string
	code      string
	severity  explain.Severity
	has, lack func(*scene)
	// status is the use's in the first scene, args are some of the finding's.
	status Status
	args   map[string]string
}

// check analyzes both scenes.
func (c twin) check(t *testing.T) {
	t.Helper()
	with, without := analyzed(t, scened(c.has), ofPod), analyzed(t, scened(c.lack), ofPod)
	found := findingsOf(with, c.code)
	if len(found) != 1 || found[0].Severity != c.severity || found[0].Subject != "Pod shop/web" {
		t.Fatalf("%d findings of %s: %+v\nall: %v", len(found), c.code, found, codes(with))
	}
	for name, want := range c.args {
		if got := found[0].Args[name]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if c.status != "" && with.Uses[0].Status != c.status {
		t.Errorf("the use is %q, want %q", with.Uses[0].Status, c.status)
	}
	if lacked := findingsOf(without, c.code); len(lacked) != 0 {
		t.Errorf("the other has it too: %+v", lacked)
	}
	if with.HasErrors() != (c.severity == explain.Error) {
		t.Errorf("errors: %v, with %v", with.HasErrors(), codes(with))
	}
	inWords(t, with)
}

func findingsOf(v *View, code string) (out []explain.Finding) {
	for _, f := range v.Findings {
		if f.Code == code {
			out = append(out, f)
		}
	}
	return out
}

func codes(v *View) (out []string) {
	for _, f := range v.Findings {
		out = append(out, f.Code)
	}
	return out
}

var unfilled = regexp.MustCompile(`\{[a-zA-Z]+\}`)

// inWords: in each language a finding is a whole sentence.
func inWords(t *testing.T, v *View) {
	t.Helper()
	for _, lang := range []explain.Lang{explain.English, explain.Chinese} {
		var out bytes.Buffer
		if err := Render(&out, v, Options{Lang: lang}); err != nil {
			t.Fatal(err)
		}
		if unfilled.MatchString(out.String()) || strings.Contains(out.String(), "(, ") || strings.Contains(out.String(), "is )") {
			t.Errorf("a sentence has a gap:\n%s", out.String())
		}
	}
}

// TestNothingToFind: a Pod that holds what it should has no finding, each of its uses
// holds its value, and the values are those of its own fields.
func TestNothingToFind(t *testing.T) {
	want := map[string]string{
		"metadata.name": "web", "metadata.namespace": "shop", "metadata.uid": "11-22", "metadata.labels['app']": "web", "metadata.annotations['note']": "hello",
		"spec.nodeName": "node-1", "spec.host": "node-1", "spec.serviceAccountName": "default",
		"status.hostIP": "192.0.2.1", "status.hostIPs": "192.0.2.1", "status.podIP": "10.0.0.7", "status.podIPs": "10.0.0.7,fd00::7",
	}
	v := analyzed(t, scened(func(sc *scene) {
		for field, text := range want {
			sc.env(variable(field, field), text)
		}
		sc.env(resourceVariable("CPU", "limits.cpu", "", "1m"), "1000")
		sc.file(resourceFile("memory", "requests.memory", "app"), false, "67108864")
	}), ofPod)
	if len(v.Findings) != 0 || len(v.Uses) != len(want)+2 {
		t.Errorf("%d uses, found %v", len(v.Uses), codes(v))
	}
	for _, u := range v.Uses {
		if u.Status != Holds || u.Should.Text != *u.Has {
			t.Errorf("%s: %s, should be %q, is %q", u.Name, u.Status, u.Should.Text, *u.Has)
		}
	}
}

// TestSameAnswer: the order of maps is not the order of an answer.
func TestSameAnswer(t *testing.T) {
	s := scened(func(sc *scene) {
		for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			sc.pod.Labels[key+"pp"], sc.pod.Annotations[key] = key, key
		}
		sc.env(variable("A", "metadata.labels['ap']"), "")
		sc.env(variable("B", "metadata.labels['app']"), "old")
		sc.file(file("labels", "metadata.labels"), false, `app="old"`)
	})
	first := ""
	for range 20 {
		text, err := json.Marshal(analyzed(t, s, ofPod))
		if err != nil {
			t.Fatal(err)
		}
		if first != "" && string(text) != first {
			t.Fatalf("two answers:\n%s\n%s", first, text)
		}
		first = string(text)
	}
	if v := analyzed(t, s, ofPod); !slices.IsSortedFunc(v.Findings, func(a, b explain.Finding) int { return strings.Compare(a.Code, b.Code) }) {
		t.Errorf("findings are not sorted: %v", codes(v))
	}
}

// TestAnotherPod: a snapshot answers for what was read only.
func TestAnotherPod(t *testing.T) {
	s := scened(func(*scene) {})
	s.PickedFrom = "deployment/web, 1 of 3 Pods"
	for _, c := range []struct {
		namespace, kind, name, container, says string
	}{
		{"shop", "Pod", "web", "", ""},
		{"shop", "Deployment", "web", "app", ""},
		{"shop", "Pod", "other", "", "find pod/other in namespace shop: the snapshot holds only pod shop/web"},
		{"default", "Pod", "web", "", "find pod/web in namespace default: the snapshot holds only pod shop/web"},
		{"default", "Deployment", "web", "", "the snapshot holds only pod shop/web"},
		{"shop", "StatefulSet", "web", "", "the snapshot holds only pod shop/web"},
		{"shop", "Pod", "web", "apq", "--container=apq: pod shop/web has no such container; its containers: app"},
	} {
		_, err := Analyze(s, Request{Namespace: c.namespace, Target: kube.Target{Kind: c.kind, Name: c.name}, Container: c.container})
		if (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s/%s in %s: %v, want %q", c.kind, c.name, c.namespace, err, c.says)
		}
	}
	if _, err := Analyze(&snapshot.Snapshot{}, ofPod); err == nil || !strings.Contains(err.Error(), "holds no Pod") {
		t.Errorf("an empty snapshot: %v", err)
	}
}
