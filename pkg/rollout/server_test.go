package rollout

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// server is a small API server: lists and watches of what a rollout needs, with versions, and
// connections that can be cut.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	version  int
	objects  map[string]map[string]metav1.Object // resource → name
	watchers map[*watcher]bool
	requests []string
	refused  map[string]bool // resources
	expired  bool            // the next watch of Pods is answered with 410
	history  []told
	// ended is closed when the test ends: then no watch stays open, not even one that a
	// client has begun just now.
	ended chan struct{}
	end   func()
}

// told is an event of a watch.
type told struct {
	version  int
	resource string
	labels   labels.Set
	line     string
}

type watcher struct {
	resource string
	selector labels.Selector
	events   chan string
	cut      chan struct{}
}

func newServer(t *testing.T) *server {
	s := &server{version: 100, objects: map[string]map[string]metav1.Object{}, watchers: map[*watcher]bool{}, refused: map[string]bool{}, ended: make(chan struct{})}
	s.end = sync.OnceFunc(func() { close(s.ended) })
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.end()
		s.CloseClientConnections()
		s.Close()
	})
	return s
}

// ServeHTTP answers /apis/apps/v1/namespaces/shop/RESOURCE, and a log.
func (s *server) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	parts := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	resource, q := parts[len(parts)-1], req.URL.Query()
	selector, _ := labels.Parse(q.Get("labelSelector"))
	s.mu.Lock()
	s.requests = append(s.requests, req.Method+" "+req.URL.RequestURI())
	switch {
	case s.refused[resource]:
		s.mu.Unlock()
		status(w, http.StatusForbidden, metav1.StatusReasonForbidden, resource+" is forbidden: User \"jane\" cannot list resource")
	case resource == "log":
		s.mu.Unlock()
		fmt.Fprint(w, "started\npanic: something went wrong\n\ngoroutine 1 [running]:\nmain.main()\n\t/main.go:7\n")
	case q.Get("watch") != "":
		if s.expired && resource == "pods" {
			s.expired = false
			s.mu.Unlock()
			status(w, http.StatusGone, metav1.StatusReasonExpired, "too old resource version")
			return
		}
		watch := &watcher{resource, selector, make(chan string, 100), make(chan struct{})}
		s.watchers[watch] = true
		since, _ := strconv.Atoi(q.Get("resourceVersion"))
		for _, e := range s.history {
			if e.version > since && e.resource == resource && selector.Matches(e.labels) {
				watch.events <- e.line
			}
		}
		s.mu.Unlock()
		watch.serve(w, req, s.ended)
	default:
		list := map[string]any{"metadata": map[string]string{"resourceVersion": fmt.Sprint(s.version)}, "items": s.matching(resource, selector, q.Get("fieldSelector"))}
		s.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(list)
	}
}

func (s *server) matching(resource string, selector labels.Selector, field string) []metav1.Object {
	out := []metav1.Object{}
	for name, o := range s.objects[resource] {
		if selector.Matches(labels.Set(o.GetLabels())) && (!strings.HasPrefix(field, "metadata.name=") || field == "metadata.name="+name) {
			out = append(out, o)
		}
	}
	return out
}

func (w *watcher) serve(out http.ResponseWriter, req *http.Request, ended chan struct{}) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(http.StatusOK)
	flush := out.(http.Flusher)
	flush.Flush()
	for {
		select {
		case <-req.Context().Done():
			return
		case <-ended:
			return
		case <-w.cut:
			panic(http.ErrAbortHandler)
		case line := <-w.events:
			fmt.Fprintln(out, line)
			flush.Flush()
		}
	}
}

func status(w http.ResponseWriter, code int32, reason metav1.StatusReason, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(int(code))
	_ = json.NewEncoder(w).Encode(metav1.Status{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Status"}, Status: "Failure", Code: code, Reason: reason, Message: message})
}
