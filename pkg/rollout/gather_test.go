package rollout

import (
	"context"
	"strings"
	"testing"
	"time"
)

// opened is a Cluster that is watched until the test ends.
func opened(t *testing.T, s *server, req Request) *Cluster {
	t.Helper()
	c, err := Open(context.Background(), s.source(t), req)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Watch(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		select {
		case <-ended:
		case <-time.After(10 * time.Second):
			t.Error("the watch does not end with its context")
		}
	})
	return c
}

// eventually waits for a state, as the command does.
func eventually(t *testing.T, c *Cluster, req Request, what string, ask func(*State) bool) *State {
	t.Helper()
	deadline := time.After(20 * time.Second)
	for {
		if s := c.Snapshot(); s != nil {
			if st := Analyze(s, req); ask(st) {
				return st
			}
		}
		select {
		case <-c.Changed():
		case <-time.After(50 * time.Millisecond):
		case <-deadline:
			t.Fatalf("still not: %s\n%s", what, text(t, Analyze(c.Snapshot(), req), Options{}))
		}
	}
}

func pods(st *State) int {
	n := 0
	for _, r := range st.Revisions {
		n += len(r.Pods)
	}
	return n
}

func rolling() *world {
	w := newWorld(3, 3, 1, "1", "0")
	for range 3 {
		w.pod("old", true)
	}
	w.pod("new", false)
	return w
}

// TestWatch: what happens is seen, by the requests of the start and no others.
func TestWatch(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	eventually(t, c, req, "four Pods", func(st *State) bool { return pods(st) == 4 })
	s.watched(t)
	before := s.asked("/")
	if before > 12 {
		t.Errorf("%d requests to start:\n%s", before, strings.Join(s.requests, "\n"))
	}
	fresh := w.pod("new", true)
	s.put("pods", fresh)
	eventually(t, c, req, "a fifth Pod", func(st *State) bool { return pods(st) == 5 })
	s.gone("pods", w.pods[0])
	eventually(t, c, req, "one Pod less", func(st *State) bool { return pods(st) == 4 })
	if after := s.asked("/"); after != before {
		t.Errorf("%d requests more for two changes:\n%s", after-before, strings.Join(s.requests, "\n"))
	}
	for _, r := range s.requests {
		if !strings.HasPrefix(r, "GET ") || !strings.Contains(r, "/namespaces/shop/") {
			t.Errorf("asked %s", r)
		}
		if strings.Contains(r, "/pods?") && !strings.Contains(r, "labelSelector=app%3Dweb") || strings.Contains(r, "/deployments?") && !strings.Contains(r, "metadata.name%3Dweb") {
			t.Errorf("asked for more than belongs to the workload: %s", r)
		}
	}
}

// TestExpired: a version that the API server does not know any more means reading anew.
func TestExpired(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	s.expired = true
	req := w.request()
	c := opened(t, s, req)
	s.put("pods", w.pod("new", true))
	st := eventually(t, c, req, "the Pod that nobody told of", func(st *State) bool { return pods(st) == 5 })
	if st.Lost != nil {
		t.Errorf("a version that is too old is no lost connection: %+v", st.Lost)
	}
}

// TestCut: while the API server does not answer that is said, and after it what is true is
// shown, also what happened meanwhile.
func TestCut(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	s.watched(t)
	address := s.Listener.Addr().String()
	s.cut()
	s.CloseClientConnections()
	s.Close()
	st := eventually(t, c, req, "the connection is lost", func(st *State) bool { return st.Lost != nil })
	if out := text(t, st, Options{}); !strings.Contains(out, "reconnecting since") || pods(st) != 4 {
		t.Errorf("%s", out)
	}
	var e Ending
	st.Verdict = Complete
	if e.Judge(st) != Going {
		t.Error("what is old ends the watch")
	}
	s.gone("pods", w.pods[0])
	s.put("pods", w.pod("new", true))
	s.put("pods", w.pod("new", true))
	again(t, s, address)
	st = eventually(t, c, req, "the truth", func(st *State) bool { return st.Lost == nil && pods(st) == 5 })
	if st.Revisions[1].Pods[0].Name == w.pods[0].Name {
		t.Error("a Pod that is gone is still shown")
	}
}

// TestMadeAgain: a workload that is deleted and created again, with other labels.
func TestMadeAgain(t *testing.T) {
	s, w := newServer(t), rolling()
	s.load(w)
	req := w.request()
	c := opened(t, s, req)
	s.watched(t)
	s.gone("deployments", w.d)
	eventually(t, c, req, "it is gone", func(st *State) bool { return st.Verdict == Gone })
	other := newWorld(1, 0, 1, "1", "0")
	other.d.UID, other.d.Spec.Selector.MatchLabels = "another", map[string]string{"app": "web2"}
	rs := other.sets[1]
	rs.UID, rs.OwnerReferences[0].UID, rs.Labels = "another-set", "another", map[string]string{"app": "web2"}
	p := other.pod("new", true)
	p.Name, p.UID, p.OwnerReferences[0].UID, p.Labels = "web-again", "again", "another-set", map[string]string{"app": "web2"}
	s.put("replicasets", rs)
	s.put("pods", p)
	s.put("deployments", other.d)
	st := eventually(t, c, req, "the new one with its Pod", func(st *State) bool { return pods(st) == 1 })
	if st.Workload.UID != "another" || st.Revisions[0].Pods[0].Name != "web-again" || len(st.Revisions) != 1 {
		t.Errorf("%+v", st.Revisions)
	}
}
