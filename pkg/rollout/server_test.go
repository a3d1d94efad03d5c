package rollout

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
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
	s := &server{version: 100, objects: map[string]map[string]metav1.Object{}, watchers: map[*watcher]bool{}, refused: map[string]bool{}}
	s.Server = httptest.NewServer(s)
	t.Cleanup(func() {
		s.cut()
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
		watch.serve(w, req)
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

func (w *watcher) serve(out http.ResponseWriter, req *http.Request) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(http.StatusOK)
	flush := out.(http.Flusher)
	flush.Flush()
	for {
		select {
		case <-req.Context().Done():
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

var kinds = map[string]metav1.TypeMeta{
	"deployments": {APIVersion: "apps/v1", Kind: "Deployment"}, "replicasets": {APIVersion: "apps/v1", Kind: "ReplicaSet"},
	"pods": {APIVersion: "v1", Kind: "Pod"}, "events": {APIVersion: "v1", Kind: "Event"},
}

// put creates or changes an object; gone deletes it.
func (s *server) put(resource string, o metav1.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	o.SetResourceVersion(fmt.Sprint(s.version))
	if s.objects[resource] == nil {
		s.objects[resource] = map[string]metav1.Object{}
	}
	_, there := s.objects[resource][o.GetName()]
	s.objects[resource][o.GetName()] = o
	s.tell(map[bool]string{true: "MODIFIED", false: "ADDED"}[there], resource, o)
}

func (s *server) gone(resource string, o metav1.Object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version++
	o.SetResourceVersion(fmt.Sprint(s.version))
	delete(s.objects[resource], o.GetName())
	s.tell("DELETED", resource, o)
}

func (s *server) tell(event, resource string, o metav1.Object) {
	data, _ := json.Marshal(o)
	var fields map[string]any
	_ = json.Unmarshal(data, &fields)
	fields["apiVersion"], fields["kind"] = kinds[resource].APIVersion, kinds[resource].Kind
	line, _ := json.Marshal(map[string]any{"type": event, "object": fields})
	s.history = append(s.history, told{s.version, resource, o.GetLabels(), string(line)})
	for w := range s.watchers {
		if w.resource == resource && w.selector.Matches(labels.Set(o.GetLabels())) {
			w.events <- string(line)
		}
	}
}

// cut breaks every connection that is open.
func (s *server) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for w := range s.watchers {
		close(w.cut)
		delete(s.watchers, w)
	}
}

// watched waits until all that belongs to a Deployment is watched: this server does not tell
// a watcher of what happened before.
func (s *server) watched(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		n := len(s.watchers)
		s.mu.Unlock()
		if n == 4 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d watches", n)
		}
	}
}

func (s *server) asked(part string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if strings.Contains(r, part) {
			n++
		}
	}
	return n
}

// load puts a world onto the server.
func (s *server) load(w *world) {
	s.put("deployments", w.d)
	for _, rs := range w.sets {
		rs.Labels = map[string]string{"app": "web"}
		s.put("replicasets", rs)
	}
	for _, p := range w.pods {
		s.put("pods", p)
	}
}

func (s *server) source(t *testing.T) Source {
	t.Helper()
	clients, clock, err := kube.WithClock(&kube.Clients{Config: &rest.Config{Host: s.URL, QPS: 1000, Burst: 1000}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	var client kubernetes.Interface = clients.Interface
	return Source{Client: client, Streams: clients.Streams, Now: time.Now, Offset: clock.Offset}
}

// again serves on the old address, as an API server that was restarted.
func again(t *testing.T, s *server, address string) {
	t.Helper()
	var listener net.Listener
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		l, err := net.Listen("tcp", address)
		if err == nil {
			listener = l
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	next := httptest.NewUnstartedServer(s)
	next.Listener.Close()
	next.Listener = listener
	next.Start()
	t.Cleanup(func() {
		s.cut()
		next.CloseClientConnections()
		next.Close()
	})
}
