//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The images that stand for versions of the tutorial's program: two that run, and one that
// ends at once with exit code 2.
const (
	firstVersion, secondVersion, problemVersion = `image: "curl:1"`, `image: "hellok8s:v3"`, `image: "kk-noshell:1"`
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

// compare holds the numbers of each state to the objects that were recorded at that moment.
func (w *watching) compare(all []rollout.State) {
	w.s.t.Helper()
	frames := w.frames()
	if len(frames) == 0 || len(all) == 0 {
		w.s.t.Fatalf("%d states, %d recorded", len(all), len(frames))
	}
	for i := range all {
		st := &all[i]
		var frame *snapshot.Snapshot
		for _, f := range frames {
			if !f.Rollout.Now.After(st.At) {
				frame = f
			}
		}
		if frame == nil {
			w.s.t.Fatalf("nothing was recorded before %s", st.At)
		}
		sameNumbers(w.s.t, st, frame)
	}
}

func (w *watching) frames() []*snapshot.Snapshot {
	w.s.t.Helper()
	in, err := os.Open(w.file)
	if err != nil {
		w.s.t.Fatal(err)
	}
	defer in.Close()
	reader, err := snapshot.NewSequenceReader(in)
	if err != nil {
		w.s.t.Fatal(err)
	}
	var out []*snapshot.Snapshot
	for {
		s, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			w.s.t.Fatal(err)
		}
		out = append(out, s)
	}
}

// sameNumbers compares what a state says with the status of the objects, and counts Pods.
func sameNumbers(t *testing.T, st *rollout.State, s *snapshot.Snapshot) {
	t.Helper()
	r, w := s.Rollout, st.Workload
	said := []int32{w.Desired, w.Current, w.Updated, w.Ready, w.Available}
	var api []int32
	switch {
	case r.Deployment != nil:
		d := r.Deployment
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	case r.StatefulSet != nil:
		d := r.StatefulSet
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.UpdatedReplicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	case r.DaemonSet != nil:
		d := r.DaemonSet.Status
		api = []int32{d.DesiredNumberScheduled, d.CurrentNumberScheduled, d.UpdatedNumberScheduled, d.NumberReady, d.NumberAvailable}
	case r.ReplicaSet != nil:
		d := r.ReplicaSet
		api = []int32{*d.Spec.Replicas, d.Status.Replicas, d.Status.Replicas, d.Status.ReadyReplicas, d.Status.AvailableReplicas}
	default:
		api = []int32{0, 0, 0, 0, 0}
	}
	if !slices.Equal(said, api) {
		t.Errorf("%s: desired, exist, updated, ready, available %v; the API said %v", st.At, said, api)
	}
	for _, set := range r.ReplicaSets {
		i := slices.IndexFunc(st.Revisions, func(r rollout.Revision) bool { return r.Name == set.Name })
		if i < 0 {
			continue
		}
		rev := st.Revisions[i]
		if *rev.Desired != *set.Spec.Replicas || rev.Current != set.Status.Replicas || rev.Ready != set.Status.ReadyReplicas || rev.Available != set.Status.AvailableReplicas ||
			strconv.FormatInt(rev.Number, 10) != set.Annotations["deployment.kubernetes.io/revision"] {
			t.Errorf("%s: %+v; the API said %+v, replicas %d", st.At, rev, set.Status, *set.Spec.Replicas)
		}
		samePods(t, st, rev, podsOwnedBy(s, set.UID))
	}
}

func podsOwnedBy(s *snapshot.Snapshot, uid types.UID) []corev1.Pod {
	var out []corev1.Pod
	for _, pod := range s.Pods {
		if len(pod.OwnerReferences) > 0 && pod.OwnerReferences[0].UID == uid {
			out = append(out, pod)
		}
	}
	return out
}

func samePods(t *testing.T, st *rollout.State, rev rollout.Revision, pods []corev1.Pod) {
	t.Helper()
	if len(rev.Pods) != len(pods) {
		t.Errorf("%s: %d Pods of revision %d, the API said %d", st.At, len(rev.Pods), rev.Number, len(pods))
		return
	}
	for i, pod := range pods {
		ready := slices.ContainsFunc(pod.Status.Conditions, func(c corev1.PodCondition) bool { return c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue })
		restarts := int32(0)
		for _, c := range pod.Status.ContainerStatuses {
			restarts += c.RestartCount
		}
		if p := rev.Pods[i]; p.Name != pod.Name || p.IsReady != ready || p.Restarts != restarts || p.Deleting != (pod.DeletionTimestamp != nil) {
			t.Errorf("%s: %+v; the API said %s ready %v restarts %d", st.At, p, pod.Name, ready, restarts)
		}
	}
}

// everFound are the codes of all findings of all states.
func everFound(all []rollout.State) []string {
	var out []string
	for _, st := range all {
		for _, f := range st.Findings {
			out = append(out, f.Code)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
