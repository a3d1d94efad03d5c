//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// looked runs the script of a look in this process's own namespaces, with a dig that
// prints its arguments.
func looked(t *testing.T, look Look, id, dig string) (*Looked, error) {
	t.Helper()
	dir := fakeTools(t, map[string]string{"dig": dig})
	argv, mark, err := look.command(id)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", argv[1:]...)
	cmd.Env = []string{"PATH=" + dir + ":/usr/bin:/bin"}
	cmd.Dir = t.TempDir()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	if left, _ := filepath.Glob(cmd.Dir + "/*"); len(left) > 0 {
		t.Errorf("the script made %v", left)
	}
	return look.parse(out.Bytes(), mark)
}

func TestLook(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a file $(touch pwned)")
	if err := os.WriteFile(file, []byte("one\nno end"), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := func(server, name string) Query {
		return Query{Server: server, Name: name, Type: "A", Wait: 2 * time.Second}
	}
	tcp := ask("192.0.2.53", "$(touch pwned)")
	tcp.TCP = true
	look := Look{
		Files: []string{file, "/absent"}, Process: []string{"comm"}, Go: true,
		Queries: []Query{tcp, ask("192.0.2.1", "silent"), ask("192.0.2.1", "web"), ask("192.0.2.53", "last")},
	}
	got, err := looked(t, look, "self", `echo "$*"; case $* in *silent*) echo timed out; exit 9 ;; esac`)
	if err != nil {
		t.Fatal(err)
	}
	if string(got.Files[0].Data) != "one\nno end" || got.Files[1].Complaint == "" || string(got.Process[0].Data) != "cat\n" || got.Go != "no" {
		t.Errorf("%+v", got)
	}
	if !strings.HasPrefix(got.Replies[0], "@192.0.2.53 -q $(touch pwned). -t A +tcp +tries=1 +time=2 ") || !strings.Contains(got.Replies[1], "-q silent. -t A +notcp") {
		t.Errorf("%q", got.Replies)
	}
	if got.Replies[2] != ";; not asked again" || !strings.Contains(got.Replies[3], "-q last.") {
		t.Errorf("a silent server: %q", got.Replies)
	}
}

// TestLookFindsNoProcess: an ID that no cgroup has.
func TestLookFindsNoProcess(t *testing.T) {
	if _, err := looked(t, Look{Files: []string{"/etc/passwd"}}, strings.Repeat("ab", 32), ":"); !errors.Is(err, ErrNoProcess) {
		t.Error(err)
	}
}

// TestLookIsCut: an output that ends early is an error, wherever it ends.
func TestLookIsCut(t *testing.T) {
	look := Look{Files: []string{"/etc/passwd"}, Queries: []Query{{Name: "web"}}}
	whole := "m >\nroot\nm <\nm >\n;; reply\nm <\nm end\n"
	if _, err := look.parse([]byte(whole), "m"); err != nil {
		t.Fatal(err)
	}
	for cut := range len(whole) - len("m end\n") {
		if _, err := look.parse([]byte(whole[:cut]), "m"); err == nil {
			t.Errorf("cut at %d is taken for whole", cut)
		}
	}
}

// TestLookPod: what it may do grows with what is asked, and no further.
func TestLookPod(t *testing.T) {
	b := &Beside{Debug: Debug{Timeout: time.Second}}
	for network, want := range map[bool]string{false: "SYS_PTRACE", true: "SYS_PTRACE SYS_ADMIN"} {
		pod := lookPod(Target{Node: "n"}, "", b, nil, network)
		c := pod.Spec.Containers[0].SecurityContext
		var caps []string
		for _, name := range c.Capabilities.Add {
			caps = append(caps, string(name))
		}
		if strings.Join(caps, " ") != want || *c.Privileged || c.Capabilities.Drop[0] != "ALL" || !*c.ReadOnlyRootFilesystem || len(pod.Spec.Volumes) != 0 || *pod.Spec.AutomountServiceAccountToken {
			t.Errorf("%v: %v %+v", network, caps, c)
		}
	}
}

// TestUserOf: an ephemeral container is never root.
func TestUserOf(t *testing.T) {
	id := func(n int64) *int64 { return &n }
	pod := &corev1.Pod{Spec: corev1.PodSpec{Containers: []corev1.Container{{Name: "app"}}}}
	if got := userOf(pod, "app"); got != nobody {
		t.Errorf("%d", got)
	}
	pod.Spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: id(0)}
	if got := userOf(pod, "app"); got != nobody {
		t.Errorf("%d", got)
	}
	pod.Spec.SecurityContext.RunAsUser = id(7)
	if got := userOf(pod, "app"); got != 7 {
		t.Errorf("%d", got)
	}
	pod.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{RunAsUser: id(9)}
	if got := userOf(pod, "app"); got != 9 {
		t.Errorf("%d", got)
	}
}
