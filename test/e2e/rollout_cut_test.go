//go:build e2e

package e2e

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// cable is a TCP connection to the API server that can be pulled out.
type cable struct {
	t      *testing.T
	target string
	mu     sync.Mutex
	l      net.Listener
	open   map[net.Conn]bool
	frozen ice
}

// newCable returns one with the kubeconfig that goes through it. The certificate is checked
// for the API server's own name.
func newCable(t *testing.T) (c *cable, kubeconfig string) {
	t.Helper()
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	c = &cable{t: t, open: map[net.Conn]bool{}}
	for _, cluster := range config.Clusters {
		c.target = strings.TrimPrefix(cluster.Server, "https://")
		c.plug("127.0.0.1:0")
		host, _, err := net.SplitHostPort(c.target)
		if err != nil {
			t.Fatal(err)
		}
		cluster.Server, cluster.TLSServerName = "https://"+c.l.Addr().String(), host
	}
	t.Cleanup(c.pull)
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	return c, kubeconfig
}

func (c *cable) plug(address string) {
	c.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		c.t.Fatal(err)
	}
	c.l = l
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
}

func (c *cable) carry(conn net.Conn) {
	far, err := net.Dial("tcp", c.target)
	if err != nil {
		conn.Close()
		return
	}
	c.mu.Lock()
	c.open[conn], c.open[far] = true, true
	c.mu.Unlock()
	pipe := func(to, from net.Conn) {
		buffer := make([]byte, 32<<10)
		for {
			n, err := from.Read(buffer)
			c.frozen.wait()
			if n > 0 {
				_, _ = to.Write(buffer[:n])
			}
			if err != nil {
				break
			}
		}
		to.Close()
		from.Close()
	}
	go pipe(far, conn)
	pipe(conn, far)
}

// pull breaks all connections and refuses new ones.
func (c *cable) pull() {
	c.l.Close()
	c.mu.Lock()
	defer c.mu.Unlock()
	for conn := range c.open {
		conn.Close()
	}
	clear(c.open)
}

// TestRolloutCut pulls the connection out in the middle of a rollout that goes on meanwhile.
func TestRolloutCut(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nminReadySeconds: 8", firstVersion)
	cable, config := newCable(t)
	address := cable.l.Addr().String()
	w := s.watch(web, "--kubeconfig", config)
	cable.pull()
	w.until(10*time.Second, "it says that it reconnects", func(st *rollout.State) bool {
		return st.Lost != nil && strings.Contains(st.Lost.Why, "connection refused")
	})
	s.settled(web)
	s.kubectl("scale", web, "--replicas=3")
	s.settled(web)
	plugged := time.Now()
	cable.plug(address)
	all := w.end(0)
	if took := time.Since(plugged); took > 8*time.Second {
		t.Errorf("it took %s to see the truth again", took)
	}
	final := all[len(all)-1]
	if final.Lost != nil || final.Workload.Available != 3 || len(final.Revisions[0].Pods) != 3 {
		t.Errorf("%+v", final.Workload)
	}
	for _, st := range all {
		if st.Lost != nil && st.Verdict == rollout.Complete {
			t.Error("what was not known was called complete")
		}
	}
}

// TestRolloutTimeoutWhileCut: a time that passes while nothing is known ends it all the same.
func TestRolloutTimeoutWhileCut(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 60", firstVersion)
	cable, config := newCable(t)
	w := s.watch(web, "--kubeconfig", config, "--timeout", "6s")
	cable.pull()
	w.end(1)
	if !strings.Contains(w.errOut.String(), "not complete after 6s") || strings.Count(w.errOut.String(), "\n") != 1 {
		t.Errorf("%q", w.errOut.String())
	}
}

// TestRolloutNoServer: an API server that is not there at the start is an error.
func TestRolloutNoServer(t *testing.T) {
	cable, config := newCable(t)
	cable.pull()
	got := as(t, config, "rollout-watch", web)
	if got.exit != 1 || !strings.Contains(got.stderr, "does not answer: connect: connection refused") && !strings.Contains(got.stderr, "connection refused") || strings.Count(got.stderr, "\n") != 1 {
		t.Errorf("exit %d, %q", got.exit, got.stderr)
	}
}

// TestRolloutFollows: how long after a change at the API server its state is printed.
func TestRolloutFollows(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 0", firstVersion)
	s.settled(web)
	w := s.watch(web, "--stable-for", "1h")
	var took []time.Duration
	for i := range 15 {
		cause := "change-" + itoa(i)
		s.kubectl("annotate", "--overwrite", web, "kubernetes.io/change-cause="+cause)
		// The change of what is shown is the ReplicaSet's, which the controller makes; its
		// time is not known better than kubectl's end, which comes later than the request.
		began := time.Now()
		atOnce(t, 10*time.Second, cause, func() bool { return strings.Contains(w.out.String(), `"`+cause+`"`) })
		took = append(took, time.Since(began))
	}
	slices.Sort(took)
	t.Logf("from the end of kubectl annotate to the line that shows it: %v", took)
	if median := took[len(took)/2]; median > 200*time.Millisecond {
		t.Errorf("the median is %s", median)
	}
	w.interrupt()
}

// atOnce asks more often than eventually.
func atOnce(t *testing.T, patience time.Duration, what string, ask func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ask(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", patience, what)
		}
	}
}
