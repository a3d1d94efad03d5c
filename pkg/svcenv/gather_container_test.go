package svcenv

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

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
