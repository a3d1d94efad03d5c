//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// The versions of the tutorial's program: two that run, and one that panics.
const (
	firstVersion, secondVersion, problemVersion = `image: "hellok8s:v1"`, `image: "hellok8s:v2"`, `image: "hellok8s:v2_problem"`
)

// stage is a namespace for one scene.
type stage struct {
	t  *testing.T
	ns string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t, "rollout-" + strings.ToLower(strings.TrimPrefix(t.Name(), "Test")) + "-" + strconv.Itoa(os.Getpid())}
	s.ns = strings.ReplaceAll(s.ns, "/", "-")
	kubectl(t, "create", "namespace", s.ns)
	t.Cleanup(func() { kubectl(t, "delete", "namespace", s.ns, "--wait=false") })
	eventually(t, 30*time.Second, "the namespace has its ServiceAccount", func() bool {
		return run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "-n", s.ns, "get", "serviceaccount", "default").exit == 0
	})
	return s
}

// kubectl runs kubectl in the namespace.
func (s *stage) kubectl(args ...string) string {
	s.t.Helper()
	return kubectl(s.t, append([]string{"-n", s.ns}, args...)...)
}

// try runs kubectl in the namespace, which may refuse.
func (s *stage) try(args ...string) result {
	s.t.Helper()
	return run(s.t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), append([]string{"-n", s.ns}, args...)...)
}

// create makes a workload named web. spec are lines of its spec, container the fields of its
// one container, pod lines of the Pod's spec.
func (s *stage) create(kind, spec, container string, pod ...string) {
	s.t.Helper()
	manifest := fmt.Sprintf("apiVersion: apps/v1\nkind: %s\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n", kind)
	for _, line := range strings.Split(spec, "\n") {
		manifest += "  " + line + "\n"
	}
	manifest += "  template:\n    metadata: {labels: {app: web}}\n    spec:\n      terminationGracePeriodSeconds: 1\n"
	for _, line := range pod {
		manifest += "      " + line + "\n"
	}
	manifest += "      containers:\n      - {name: app, imagePullPolicy: IfNotPresent, " + container + "}\n"
	file := filepath.Join(s.t.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.kubectl("apply", "-f", file)
}

// settled waits until kubectl calls the rollout finished.
func (s *stage) settled(ref string) {
	s.t.Helper()
	s.kubectl("rollout", "status", ref, "--timeout=90s")
}

// image sets the container's image.
func (s *stage) image(ref, image string) {
	s.t.Helper()
	s.kubectl("set", "image", ref, "app="+strings.Trim(strings.TrimPrefix(image, "image: "), `"`))
}

// watching is a rollout-watch that runs.
type watching struct {
	s      *stage
	cmd    *exec.Cmd
	out    lockedBuffer
	errOut bytes.Buffer
	file   string
}

// lockedBuffer is written by a program while it is read.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// watch starts rollout-watch -o json --record.
func (s *stage) watch(ref string, args ...string) *watching {
	s.t.Helper()
	w := &watching{s: s, file: filepath.Join(s.t.TempDir(), "recording")}
	args = append([]string{"rollout-watch", ref, "-n", s.ns, "-o", "json", "--record", w.file}, args...)
	w.cmd = exec.Command(os.Getenv("KK_BIN"), args...)
	w.cmd.Stdout, w.cmd.Stderr = &w.out, &w.errOut
	if err := w.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	eventually(s.t, 20*time.Second, "the first state", func() bool { return strings.Contains(w.out.String(), "\n") })
	return w
}

// states are those that were printed so far.
func (w *watching) states() []rollout.State {
	w.s.t.Helper()
	var out []rollout.State
	for line := range strings.Lines(w.out.String()) {
		if !strings.HasSuffix(line, "\n") {
			break
		}
		var st rollout.State
		if err := json.Unmarshal([]byte(line), &st); err != nil {
			w.s.t.Fatalf("not JSON: %v\n%s", err, line)
		}
		out = append(out, st)
	}
	return out
}

// until waits for a state.
func (w *watching) until(patience time.Duration, what string, ask func(*rollout.State) bool) {
	w.s.t.Helper()
	eventually(w.s.t, patience, what, func() bool {
		all := w.states()
		return slices.ContainsFunc(all, func(st rollout.State) bool { return ask(&st) })
	})
}

// interrupt ends the watch as ctrl-C does, and returns all states.
func (w *watching) interrupt() []rollout.State {
	w.s.t.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGINT); err != nil {
		w.s.t.Fatal(err)
	}
	return w.end(1)
}

// end waits until the watch ends by itself, and returns all states. Each was compared with
// what the API had said then.
func (w *watching) end(wantExit int) []rollout.State {
	w.s.t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- w.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(2 * time.Minute):
		w.s.t.Fatalf("it does not end:\n%s", w.out.String())
	}
	all := w.states()
	if got := w.cmd.ProcessState.ExitCode(); got != wantExit {
		w.s.t.Fatalf("exit %d, want %d: %s\n%+v", got, wantExit, w.errOut.String(), all[len(all)-1])
	}
	w.compare(all)
	return all
}
