//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// connects makes connections to a Service of bke-watch from a node, one after the other.
func connects(t *testing.T, node, service string, n int) {
	t.Helper()
	onNode(t, node, "sh", "-c", fmt.Sprintf("for i in $(seq %d); do curl -sS --max-time 2 http://%s >/dev/null || exit 1; sleep 0.02; done", n, clusterIPOf(t, service)))
}

// pods are those by which a watch has read, and that were not deleted.
func (w *counting) pods(t *testing.T) (read, left []string) {
	t.Helper()
	for _, r := range w.intervals(t) {
		if r.Node.Pod != "" && !slices.Contains(read, r.Node.Pod) {
			read = append(read, r.Node.Pod)
		}
	}
	for _, pod := range debugPods(t) {
		if slices.Contains(read, pod) {
			left = append(left, pod)
		}
	}
	return read, left
}

// lost are the objects that say that nothing is known.
func (w *counting) lost(t *testing.T) []svcpath.Rates {
	t.Helper()
	return slices.DeleteFunc(w.intervals(t), func(r svcpath.Rates) bool { return r.Lost == nil })
}

// stop ends a watch, of which no pod may be left.
func (w *counting) stop(t *testing.T) {
	t.Helper()
	_ = w.cmd.Process.Signal(syscall.SIGINT)
	_ = w.cmd.Wait()
	if code := w.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit %d, %s", code, w.stderr.String())
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { _, left := w.pods(t); return len(left) == 0 })
}

// TestServiceWatchPodDeleted deletes the debug pod of a watch: it says so, and another pod
// counts on, so that no connection is lost.
func TestServiceWatchPodDeleted(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	w := count(t, "web")
	connects(t, workNode, "web", 10)
	w.counted(t, 10)
	read, _ := w.pods(t)
	_, name, _ := strings.Cut(read[0], "/")
	kubectl(t, "-n", "kube-system", "delete", "pod", name, "--now")
	eventually(t, 15*time.Second, "it says that nothing is known", func() bool { return len(w.lost(t)) > 0 })
	connects(t, workNode, "web", 15)
	w.counted(t, 25)
	if l := w.lost(t)[0]; !strings.Contains(l.Lost.Why, name) || len(l.Ports) != 0 || time.Since(l.Lost.Since) > time.Minute {
		t.Errorf("%+v", l.Lost)
	}
	if read, _ := w.pods(t); len(read) != 2 {
		t.Errorf("read by %v", read)
	}
	w.stop(t)
}

// TestServiceWatchCut pulls the connection to the API server out, and later freezes it:
// nothing is shown for current meanwhile, and all connections are counted in the end.
func TestServiceWatchCut(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	cable, config := newCable(t)
	address := cable.l.Addr().String()
	w := count(t, "web", "--kubeconfig", config)
	connects(t, workNode, "web", 10)
	w.counted(t, 10)

	cable.pull()
	eventually(t, 15*time.Second, "it says that nothing is known", func() bool { return len(w.lost(t)) > 0 })
	connects(t, workNode, "web", 15)
	known := len(w.intervals(t)) - len(w.lost(t))
	cable.plug(address)
	w.counted(t, 25)
	if r := w.intervals(t)[len(w.intervals(t))-1]; r.Lost != nil || known != slices.IndexFunc(w.intervals(t), func(r svcpath.Rates) bool { return r.Lost != nil }) {
		t.Errorf("intervals were shown while the connection was out")
	}

	before := len(w.lost(t))
	cable.freeze()
	eventually(t, 15*time.Second, "it says that nothing is known", func() bool { return len(w.lost(t)) > before })
	connects(t, workNode, "web", 5)
	cable.thaw()
	w.counted(t, 30)
	w.stop(t)
	if w.stderr.Len() > 0 {
		t.Errorf("stderr %q", w.stderr.String())
	}
}

// TestServiceWatchChanges makes connections all the time while endpoints come and go, and
// kube-proxy writes the rules anew: never more are counted than were made.
func TestServiceWatchChanges(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	w := count(t, "web")
	stop := filepath.Join(t.TempDir(), "stop")
	var made bytes.Buffer
	traffic := exec.Command("nsenter", "--net=/run/netns/"+workNode, "--", "sh", "-c",
		fmt.Sprintf("n=0; while [ ! -e %s ]; do curl -s --max-time 1 http://%s >/dev/null; n=$((n+1)); sleep 0.02; done; echo $n", stop, clusterIPOf(t, "web")))
	traffic.Stdout = &made
	if err := traffic.Start(); err != nil {
		t.Fatal(err)
	}
	for _, replicas := range []int{3, 1, 2} {
		scaled(t, replicas)
		n := len(w.intervals(t))
		eventually(t, 10*time.Second, "two more intervals are over", func() bool { return len(w.intervals(t)) > n+2 })
	}
	if err := os.WriteFile(stop, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := traffic.Wait(); err != nil {
		t.Fatal(err)
	}
	n := len(w.intervals(t))
	eventually(t, 10*time.Second, "two more intervals are over", func() bool { return len(w.intervals(t)) > n+2 })
	var connections uint64
	if _, err := fmt.Sscan(made.String(), &connections); err != nil {
		t.Fatal(err)
	}
	added, total := w.sum(t)
	resets := 0
	for _, r := range w.intervals(t) {
		if r.Reset {
			resets++
		}
		for _, e := range r.Ports[0].Endpoints {
			if e.New > connections || e.PerSecond < 0 || e.PerSecond > 60 {
				t.Errorf("%d new, %.1f per second", e.New, e.PerSecond)
			}
		}
	}
	t.Logf("%d connections were made, %d counted, %d intervals with new rules", connections, added, resets)
	if added > connections || added != total || added < connections/2 || resets == 0 {
		t.Errorf("%d counted, %d in total, in %d intervals with new rules; %d connections were made", added, total, resets, connections)
	}
	w.stop(t)
}

// TestServiceWatchNodes counts on both nodes at once: each node what it translates.
func TestServiceWatchNodes(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	eventually(t, 20*time.Second, "the other node has the rules", func() bool {
		return strings.Count(onNode(t, otherNode, "iptables-save", "-t", "nat"), `"bke-watch/web -> `) == 2
	})
	w := countOn(t, "web", "--all-nodes")
	one := count(t, "web")
	eventually(t, 15*time.Second, "both nodes are counted on", func() bool { read, _ := w.pods(t); return len(read) == 2 })
	connects(t, workNode, "web", 10)
	connects(t, otherNode, "web", 7)
	w.counted(t, 17)
	one.counted(t, 10)
	sums := map[string]uint64{}
	for _, r := range w.intervals(t) {
		for _, e := range r.Ports[0].Endpoints {
			sums[r.Node.Name] += e.New
		}
	}
	if sums[workNode] != 10 || sums[otherNode] != 7 {
		t.Errorf("%v", sums)
	}
	if r := one.intervals(t)[0]; !r.OtherNodes || r.Chosen != svcpath.ChosenByUser || w.intervals(t)[0].OtherNodes {
		t.Errorf("%+v", r)
	}
	w.stop(t)
	one.stop(t)
}
