//go:build e2e

package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// plane is a control plane of its own, of the cluster's programs: etcd, an API server and
// the controllers of Deployments. It has no node: its Pods run when a test says so.
type plane struct {
	t                 *testing.T
	dir               string
	etcd, peer, serve string // ports
	server            *exec.Cmd
}

func newPlane(t *testing.T) *plane {
	t.Helper()
	p := &plane{t: t, dir: t.TempDir(), etcd: freePort(t), peer: freePort(t), serve: freePort(t)}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p.write("key", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
	p.write("tokens", "kk-test,admin,1,system:masters\n")
	config := p.write("kubeconfig", fmt.Sprintf("apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: 'https://127.0.0.1:%s', insecure-skip-tls-verify: true}}]\n"+
		"contexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: kk-test}}]\n", p.serve))
	t.Setenv("KUBECONFIG", config)
	p.start("etcd", "--data-dir="+p.dir+"/etcd", "--unsafe-no-fsync", "--log-level=error", "--listen-client-urls=http://127.0.0.1:"+p.etcd,
		"--advertise-client-urls=http://127.0.0.1:"+p.etcd, "--listen-peer-urls=http://127.0.0.1:"+p.peer)
	p.startServer()
	p.start("kube-controller-manager", "--kubeconfig="+config, "--controllers=deployment-controller,replicaset-controller,daemonset-controller", "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=2000", "--kube-api-burst=2000", "--concurrent-replicaset-syncs=5")
	return p
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func (p *plane) write(name, text string) string {
	p.t.Helper()
	file := filepath.Join(p.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// start runs one of the cluster's programs until the test ends.
func (p *plane) start(name string, args ...string) *exec.Cmd {
	p.t.Helper()
	cmd := exec.Command(filepath.Join(filepath.Dir(os.Getenv("KK_CLUSTER_KUBECTL")), name), args...)
	log, err := os.OpenFile(filepath.Join(p.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	return cmd
}

func (p *plane) startServer() {
	p.t.Helper()
	p.server = p.start("kube-apiserver", "--etcd-servers=http://127.0.0.1:"+p.etcd, "--bind-address=127.0.0.1", "--secure-port="+p.serve, "--cert-dir="+p.dir,
		"--token-auth-file="+p.dir+"/tokens", "--service-account-issuer=https://kk.test", "--service-account-key-file="+p.dir+"/key",
		"--service-account-signing-key-file="+p.dir+"/key", "--disable-admission-plugins=ServiceAccount", "--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.96.0.0/16", "--max-requests-inflight=2000", "--max-mutating-requests-inflight=2000")
	eventually(p.t, 60*time.Second, "the API server of the test answers", func() bool {
		return run(p.t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), "get", "--raw", "/readyz").exit == 0
	})
}

// killServer ends the API server as a crash does.
func (p *plane) killServer() {
	p.t.Helper()
	if err := p.server.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	_ = p.server.Wait()
}

// ready makes every Pod run and be ready, as a kubelet would say. A Pod that the controller
// deletes meanwhile is none.
func (s *stage) ready() {
	s.t.Helper()
	for _, pod := range strings.Fields(s.kubectl("get", "pods", "-o", "jsonpath={.items[*].metadata.name}")) {
		got := s.try("patch", "pod", pod, "--subresource=status", "-p", `{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"`+
			time.Now().UTC().Format(time.RFC3339)+`"}],"containerStatuses":[{"name":"app","image":"x","imageID":"x","ready":true,"restartCount":0,"state":{"running":{"startedAt":"2026-01-01T00:00:00Z"}}}]}}`)
		if got.exit != 0 && !strings.Contains(got.stderr, "NotFound") {
			s.t.Fatal(got.stderr)
		}
	}
}

// node makes one that nothing runs on, with taints in JSON. The API server taints a new one
// by itself, until controllers that are not here call it ready.
func (p *plane) node(name, taints string) {
	p.t.Helper()
	kubectl(p.t, "apply", "-f", p.write("node.yaml", "apiVersion: v1\nkind: Node\nmetadata: {name: "+name+"}\n"))
	kubectl(p.t, "patch", "node", name, "--type=merge", "-p", `{"spec":{"taints":`+taints+`}}`)
}

// bareStage is a stage on a plane, which has no ServiceAccounts.
func bareStage(t *testing.T) *stage {
	t.Helper()
	kubectl(t, "create", "namespace", "rollout-plane")
	return &stage{t, "rollout-plane"}
}

// TestRolloutServerKilled kills the API server in the middle of a rollout, twice, and starts it
// again; meanwhile its memory of old versions is gone.
func TestRolloutServerKilled(t *testing.T) {
	p := newPlane(t)
	s := bareStage(t)
	s.create("Deployment", "replicas: 3", firstVersion)
	w := s.watch(web)
	w.until(30*time.Second, "three Pods", func(st *rollout.State) bool { return len(st.Revisions) == 1 && len(st.Revisions[0].Pods) == 3 })
	for i := range 2 {
		p.killServer()
		w.until(20*time.Second, "it reconnects", func(st *rollout.State) bool { return st.Lost != nil && len(w.lost()) == i+1 })
		p.startServer()
		eventually(t, 30*time.Second, "it sees the API server again", func() bool {
			all := w.states()
			return all[len(all)-1].Lost == nil
		})
	}
	s.ready()
	all := w.end(0)
	if final := all[len(all)-1]; final.Verdict != rollout.Complete || final.Workload.Available != 3 {
		t.Errorf("%+v", final.Workload)
	}
}

// lost are the times since when the connection was lost.
func (w *watching) lost() map[time.Time]bool {
	out := map[time.Time]bool{}
	for _, st := range w.states() {
		if st.Lost != nil {
			out[st.Lost.Since] = true
		}
	}
	return out
}

var peakForm = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// TestRolloutThousandPods measures a watch of 1,000 Pods: its memory, its requests, and how
// long a change takes to its line.
func TestRolloutThousandPods(t *testing.T) {
	newPlane(t)
	s := bareStage(t)
	s.create("Deployment", "replicas: 1000\nprogressDeadlineSeconds: 6000", firstVersion)
	eventually(t, 2*time.Minute, "1,000 Pods", func() bool { return s.kubectl("get", web, "-o", "jsonpath={.status.replicas}") == "1000" })
	counted := &recorder{}
	config := counted.inFrontOfAPI(t)
	cmd := exec.Command(os.Getenv("KK_BIN"), "rollout-watch", web, "-n", s.ns, "--kubeconfig", config, "-o", "lines")
	var out lockedBuffer
	cmd.Stdout, cmd.Stderr = &out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	eventually(t, 30*time.Second, "the first state", func() bool { return strings.Count(out.String(), "\n") > 1000 })
	pods := strings.Fields(s.kubectl("get", "pods", "-o", "jsonpath={.items[0:20].metadata.name}"))
	var took []time.Duration
	for _, pod := range pods {
		s.kubectl("label", "pod", pod, "app-")
		began := time.Now()
		atOnce(t, 10*time.Second, pod+" is gone from it", func() bool { return strings.Contains(out.String(), "Pod "+pod+"  gone") })
		took = append(took, time.Since(began))
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	peak, _ := strconv.Atoi(peakForm.FindStringSubmatch(string(status))[1])
	counted.mu.Lock()
	defer counted.mu.Unlock()
	median := took[len(took)/2]
	t.Logf("peak memory %d MiB, %d requests, from the end of kubectl label to the line %v", peak>>10, len(counted.requests), took)
	if peak > 80<<10 || len(counted.requests) > 12 || median > 200*time.Millisecond {
		t.Errorf("peak memory %d MiB (goal 80), %d requests (goal 12), median %s (goal 200 ms)", peak>>10, len(counted.requests), median)
	}
	_ = cmd.Process.Signal(os.Interrupt)
	_ = cmd.Wait()
}
