package svcenv

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

// process reads the files of a real process in the place of a container's first.
type process struct{ pid int }

func (p process) Files(_ context.Context, _, _, _ string, paths ...string) ([]kube.File, error) {
	var out []kube.File
	for _, path := range paths {
		f := kube.File{Path: path}
		data, err := os.ReadFile(strings.Replace(path, "/proc/1/", fmt.Sprintf("/proc/%d/", p.pid), 1))
		if err != nil {
			f.Complaint = err.Error()
		}
		f.Data = data
		out = append(out, f)
	}
	return out, nil
}

// TestRealProcess starts a program with the environment that a container is said to get,
// and holds the answer to what the kernel then shows of it.
func TestRealProcess(t *testing.T) {
	w := newWorld(t)
	w.showValue = true
	w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"), service("shop", "1st", "fd00::1", "http 80/TCP", "53/UDP"))
	w.literal("URL", "http://$(REDIS_SERVICE_HOST) $$ $(NOBODY)")
	w.fromConfigMap("", "settings", map[string]string{"LINES": "one\ntwo\n", "EMPTY": "", "WIDE": "日本 🙂"})
	w.notRead = "it waits"
	var env []string
	for _, v := range w.answer().Variables {
		env = append(env, v.Name+"="+text1(v.Gets))
	}
	w.notRead = ""
	cmd := exec.Command("sleep", "60")
	env = append(env, "PATH=/bin", "TOKEN="+hush)
	cmd.Env = env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = cmd.Wait() }()
	defer func() { _ = cmd.Process.Kill() }()

	s, err := Gather(context.Background(), Source{Client: clientOf(w), Reader: process{cmd.Process.Pid}, Taken: now}, w.request())
	if err != nil {
		t.Fatal(err)
	}
	v, err := Analyze(s, w.request())
	if err != nil {
		t.Fatal(err)
	}
	for _, variable := range v.Variables {
		want := Same
		if variable.Name == "PATH" || variable.Name == "TOKEN" {
			want = Kept
		}
		if variable.Status != want {
			t.Errorf("%s: %s, has %q, gets %q", variable.Name, variable.Status, text1(variable.Has), text1(variable.Gets))
		}
	}
	z := v.Size
	bytes := 0
	for _, text := range cmd.Env {
		bytes += len(text) + 1
	}
	if z.Now.Count != len(cmd.Env) || z.Now.Strings != bytes || *z.Now != z.AfterRestart || z.Arguments == nil || z.Arguments.Strings != len("sleep 60 ") {
		t.Errorf("now %+v, after a restart %+v, arguments %+v; want %d variables of %d bytes", z.Now, z.AfterRestart, z.Arguments, len(cmd.Env), bytes)
	}
	if z.StackFrom != firstLimits || z.Limit == 0 || strings.Contains(asJSON(t, v), hush) {
		t.Errorf("%+v, or the token is in the answer", z)
	}
}
