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
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

const countedObjects = `apiVersion: v1
kind: Namespace
metadata: {name: bke-watch}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: bke-watch}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: web, image: "hellok8s:v3", imagePullPolicy: IfNotPresent}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: bke-watch}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 3000}]}
---
apiVersion: v1
kind: Service
metadata: {name: datagrams, namespace: bke-watch}
spec: {ports: [{port: 514, protocol: UDP}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: datagrams, namespace: bke-watch, labels: {kubernetes.io/service-name: datagrams}}
addressType: IPv4
ports: [{port: 514, protocol: UDP}]
endpoints: [{addresses: [20.2.35.250]}, {addresses: [20.2.35.251]}]
`

// counting is a watch that runs.
type counting struct {
	cmd    *exec.Cmd
	file   string
	stderr bytes.Buffer
}

// count starts a watch of a Service of bke-watch, and returns when its first interval is over.
func count(t *testing.T, service string, args ...string) *counting {
	t.Helper()
	return countOn(t, service, append([]string{"--node", workNode}, args...)...)
}

// countOn is count on the nodes that the arguments name.
func countOn(t *testing.T, service string, args ...string) *counting {
	t.Helper()
	w := &counting{file: filepath.Join(t.TempDir(), "intervals")}
	out, err := os.Create(w.file)
	if err != nil {
		t.Fatal(err)
	}
	w.cmd = exec.Command(os.Getenv("KK_BIN"), append([]string{"svcpath", service, "-n", "bke-watch", "--watch", "--interval", "1s", "-o", "json"}, args...)...)
	w.cmd.Stdout, w.cmd.Stderr = out, &w.stderr
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = w.cmd.Process.Signal(syscall.SIGTERM)
		_ = w.cmd.Wait()
		_ = out.Close()
	})
	eventually(t, 30*time.Second, "an interval is over", func() bool { return len(w.intervals(t)) > 0 })
	return w
}

// intervals are those that are over.
func (w *counting) intervals(t *testing.T) []svcpath.Rates {
	t.Helper()
	text, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	var out []svcpath.Rates
	for _, line := range strings.SplitAfter(string(text), "\n") {
		var r svcpath.Rates
		if !strings.HasSuffix(line, "\n") {
			break
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		out = append(out, r)
	}
	return out
}

// sum adds up what the intervals counted, and what the last one of each node says of all of
// them.
func (w *counting) sum(t *testing.T) (added, total uint64) {
	t.Helper()
	totals := map[string]uint64{}
	for _, r := range w.intervals(t) {
		if r.Lost == nil {
			totals[r.Node.Name] = 0
		}
		for _, p := range r.Ports {
			for _, e := range p.Endpoints {
				added += e.New
				totals[r.Node.Name] += e.Total
			}
		}
	}
	for _, n := range totals {
		total += n
	}
	return added, total
}

// counted waits until exactly so many connections are counted, and stays for an interval
// more, in which none may come.
func (w *counting) counted(t *testing.T, want uint64) {
	t.Helper()
	eventually(t, 15*time.Second, fmt.Sprintf("%d connections are counted", want), func() bool { added, _ := w.sum(t); return added >= want })
	n := len(w.intervals(t))
	eventually(t, 15*time.Second, "another interval is over", func() bool { return len(w.intervals(t)) > n })
	if added, total := w.sum(t); added != want || total != want {
		t.Errorf("%d counted, %d in total; %d connections were made\n%s", added, total, want, w.stderr.String())
	}
}

// settled waits until the rules were written anew, lead to so many endpoints, and have not
// been written again for two intervals: what is counted before that may be lost.
func (w *counting) settled(t *testing.T, endpoints int) {
	t.Helper()
	eventually(t, 20*time.Second, "the rules have been written anew", func() bool {
		on, all := 0, w.intervals(t)
		reset := slices.ContainsFunc(all, func(r svcpath.Rates) bool { return r.Reset })
		if len(all) < 3 {
			return false
		}
		for _, e := range all[len(all)-1].Ports[0].Endpoints {
			if e.OnNode != nil && *e.OnNode {
				on++
			}
		}
		quiet := !slices.ContainsFunc(all[len(all)-2:], func(r svcpath.Rates) bool { return r.Reset })
		return reset && quiet && on == endpoints
	})
}

// end interrupts the watch, which is no error.
func (w *counting) end(t *testing.T, signal syscall.Signal) {
	t.Helper()
	_ = w.cmd.Process.Signal(signal)
	_ = w.cmd.Wait()
	if code := w.cmd.ProcessState.ExitCode(); code != 0 || w.stderr.Len() > 0 {
		t.Errorf("after %s: exit %d, %s", signal, code, w.stderr.String())
	}
	eventually(t, 5*time.Second, "no debug pod is left", func() bool { return len(debugPods(t)) == 0 })
}

func clusterIPOf(t *testing.T, service string) string {
	t.Helper()
	return strings.TrimSpace(kubectl(t, "-n", "bke-watch", "get", "service", service, "-o", "jsonpath={.spec.clusterIP}"))
}

// scaled brings the Deployment to a number of Pods, and waits until the node has rules for them.
func scaled(t *testing.T, replicas int) {
	t.Helper()
	kubectl(t, "-n", "bke-watch", "scale", "deployment/web", "--replicas="+itoa(replicas))
	kubectl(t, "-n", "bke-watch", "rollout", "status", "deployment/web", "--timeout=60s")
	eventually(t, 20*time.Second, "the node has the rules", func() bool {
		return strings.Count(onNode(t, workNode, "iptables-save", "-t", "nat"), `"bke-watch/web -> `) == replicas
	})
}

// TestServiceWatch makes a known number of connections, in bursts of several a second, and
// holds the intervals of a watch to it.
func TestServiceWatch(t *testing.T) {
	apply(t, countedObjects)
	scaled(t, 2)
	url := "http://" + clusterIPOf(t, "web")
	burst := func(n int) {
		onNode(t, workNode, "sh", "-c", fmt.Sprintf("for i in $(seq %d); do curl -sS --max-time 2 %s >/dev/null || exit 1; sleep 0.05; done", n, url))
	}
	t.Run("debug", func(t *testing.T) {
		w := count(t, "web")
		burst(40)
		w.counted(t, 40)
		scaled(t, 3)
		w.settled(t, 3)
		burst(30)
		w.counted(t, 70)
		scaled(t, 2)
		w.settled(t, 2)
		burst(10)
		w.counted(t, 80)
		w.end(t, syscall.SIGINT)
	})
	t.Run("exec", func(t *testing.T) {
		w := count(t, "web", "--via", "exec")
		burst(20)
		w.counted(t, 20)
		w.end(t, syscall.SIGTERM)
	})
	t.Run("exactly the rights of one reading", func(t *testing.T) {
		config := userIn(t, "bke-watch", "bke-watch-reader", rolesFor(t, "svcpath", "--via debug"))
		w := count(t, "web", "--kubeconfig", config)
		burst(20)
		w.counted(t, 20)
		if all := w.intervals(t); all[0].Node.Via != "debug" {
			t.Errorf("read by %s", all[0].Node.Via)
		}
		w.end(t, syscall.SIGTERM)
	})
	t.Run("several pods", func(t *testing.T) {
		w := count(t, "web", "--timeout", "2s")
		made := uint64(0)
		for pods := map[string]bool{}; len(pods) < 3 && made < 400; made += 10 {
			burst(10)
			for _, r := range w.intervals(t) {
				pods[r.Node.Pod] = true
			}
		}
		w.counted(t, made)
		w.end(t, syscall.SIGINT)
	})
	t.Run("datagrams", func(t *testing.T) {
		w := count(t, "datagrams")
		for range 12 {
			onNode(t, workNode, "bash", "-c", "echo hello >/dev/udp/"+clusterIPOf(t, "datagrams")+"/514")
		}
		w.counted(t, 12)
		w.end(t, syscall.SIGTERM)
	})
}
