package rollout

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/rest"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

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
	return Source{Client: clients.Interface, Streams: clients.Streams, Now: time.Now, Offset: clock.Offset}
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
		s.end()
		next.CloseClientConnections()
		next.Close()
	})
}
