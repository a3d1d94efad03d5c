//go:build e2e

package e2e

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// TestRolloutMinute cuts two watches off for a whole minute in the middle of a rollout: the
// connection of one is closed and refused, that of the other carries nothing any more.
func TestRolloutMinute(t *testing.T) {
	s := newStage(t)
	s.create("Deployment", "replicas: 2\nminReadySeconds: 10", firstVersion)
	closed, closedConfig := newCable(t)
	frozen, frozenConfig := newCable(t)
	address := closed.l.Addr().String()
	refused, silent := s.watch(web, "--kubeconfig", closedConfig), s.watch(web, "--kubeconfig", frozenConfig)
	began := time.Now()
	closed.pull()
	frozen.freeze()
	refused.until(5*time.Second, "it says at once that it reconnects", func(st *rollout.State) bool { return st.Lost != nil })
	silent.until(25*time.Second, "it says that it reconnects", func(st *rollout.State) bool { return st.Lost != nil })
	t.Logf("silence was noticed after %s", time.Since(began).Round(time.Second))
	s.kubectl("scale", web, "--replicas=3")
	s.settled(web)
	time.Sleep(time.Until(began.Add(time.Minute)))
	closed.plug(address)
	frozen.thaw()
	thawed := time.Now()
	for name, w := range map[string]*watching{"refused": refused, "silent": silent} {
		all := w.end(0)
		if final := all[len(all)-1]; final.Lost != nil || final.Workload.Available != 3 || len(final.Revisions[0].Pods) != 3 {
			t.Errorf("%s: %+v", name, final.Workload)
		}
		for _, st := range all {
			if st.Lost != nil && st.Verdict == rollout.Complete {
				t.Errorf("%s: what was not known was called complete", name)
			}
		}
	}
	if took := time.Since(thawed); took > 20*time.Second {
		t.Errorf("it took %s to see the truth again", took)
	}
}

// ahead is how far the clock of the cluster of TestRolloutClock is ahead of this machine's.
const ahead = 17 * time.Minute

// TestRolloutClock watches a cluster whose clock is ahead: all times in what it says, and the
// Date of its answers. What counts down does so as if the clocks were the same.
func TestRolloutClock(t *testing.T) {
	s := newStage(t)
	config := clusterAhead(t)
	s.create("Deployment", "replicas: 1\nminReadySeconds: 8\nprogressDeadlineSeconds: 60", firstVersion)
	w := s.watch(web, "--kubeconfig", config)
	all := w.end(0)
	counted := false
	for _, st := range all {
		if off := time.Until(st.At) - ahead; off > 3*time.Second || off < -2*time.Minute {
			t.Errorf("the time is %s off that of the cluster", off)
		}
		for _, r := range st.Revisions {
			if age := st.At.Sub(r.Created); age < -2*time.Second || age > 60*time.Second {
				t.Errorf("revision %d is %s old", r.Number, age)
			}
		}
		for _, wait := range st.Waits {
			if wait.Kind == rollout.WaitMinReady {
				counted = true
				if left := wait.Until.Sub(st.At); left < -2*time.Second || left > 10*time.Second {
					t.Errorf("%s left of minReadySeconds 8", left)
				}
			}
		}
		if d := st.Workload.Deadline; d != nil && (d.Sub(st.At) < 30*time.Second || d.Sub(st.At) > 62*time.Second) {
			t.Errorf("%s left of a deadline of 60 s", d.Sub(st.At))
		}
	}
	if !counted {
		t.Error("minReadySeconds was never waited for")
	}
}

var timeInJSON = regexp.MustCompile(`"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"`)

// clusterAhead returns a kubeconfig for the cluster with another clock.
func clusterAhead(t *testing.T) (kubeconfig string) {
	t.Helper()
	loaded, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	transport, err := rest.TransportFor(loaded)
	if err != nil {
		t.Fatal(err)
	}
	target, err := url.Parse(loaded.Host)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.Transport, proxy.FlushInterval = transport, -1
	proxy.ModifyResponse = func(resp *http.Response) error {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			resp.Header.Set("Date", date.Add(ahead).UTC().Format(http.TimeFormat))
		}
		resp.Header.Del("Content-Length")
		resp.ContentLength = -1
		resp.Body = shifted(resp.Body)
		return nil
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		req.Header.Set("Accept", "application/json")
		req.Header.Set("Accept-Encoding", "identity")
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	config, err := clientcmd.LoadFromFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server, cluster.CertificateAuthorityData, cluster.CertificateAuthority = server.URL, nil, ""
	}
	kubeconfig = filepath.Join(t.TempDir(), "kubeconfig")
	if err := clientcmd.WriteToFile(*config, kubeconfig); err != nil {
		t.Fatal(err)
	}
	return kubeconfig
}

// shifted is a body of JSON, line by line, with its times by the other clock.
func shifted(body io.ReadCloser) io.ReadCloser {
	out, in := io.Pipe()
	go func() {
		defer body.Close()
		lines := bufio.NewReader(body)
		for {
			line, err := lines.ReadString('\n')
			_, failed := io.WriteString(in, timeInJSON.ReplaceAllStringFunc(line, func(quoted string) string {
				at, err := time.Parse(time.RFC3339Nano, strings.Trim(quoted, `"`))
				if err != nil {
					return quoted
				}
				return `"` + at.Add(ahead).Format(time.RFC3339Nano) + `"`
			}))
			if err != nil || failed != nil {
				in.CloseWithError(err)
				return
			}
		}
	}()
	return &struct {
		io.Reader
		io.Closer
	}{out, closers{out, body}}
}

type closers []io.Closer

func (c closers) Close() error {
	for _, one := range c {
		_ = one.Close()
	}
	return nil
}

// ice holds back what a cable carries.
type ice struct {
	mu   sync.Mutex
	thaw *sync.Cond
	is   bool
}

func (i *ice) set(is bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.thaw == nil {
		i.thaw = sync.NewCond(&i.mu)
	}
	i.is = is
	i.thaw.Broadcast()
}

// wait returns when nothing is held back.
func (i *ice) wait() {
	i.mu.Lock()
	defer i.mu.Unlock()
	for i.is {
		i.thaw.Wait()
	}
}

// freeze makes the cable carry nothing any more, with all connections open and new ones
// accepted; thaw ends that.
func (c *cable) freeze() { c.frozen.set(true) }
func (c *cable) thaw()   { c.frozen.set(false) }
