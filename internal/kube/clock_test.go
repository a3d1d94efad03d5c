package kube

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
)

// TestClock: clocks that agree have no offset, however their seconds fall; one that is off is
// known to less than a second, and one that was set is followed.
func TestClock(t *testing.T) {
	base := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for _, off := range []time.Duration{0, 90 * time.Second, -time.Hour, 300 * time.Millisecond} {
		c := &Clock{}
		for i := range 20 {
			mine := base.Add(time.Duration(i) * 1370 * time.Millisecond)
			c.hear(mine.Add(off).Format(http.TimeFormat), mine.Add(-10*time.Millisecond), mine)
		}
		got := c.Offset()
		if off == 0 && got != 0 || (got-off).Abs() > 200*time.Millisecond && (off.Abs() > time.Second) || off == 300*time.Millisecond && got > off {
			t.Errorf("off by %s: told %s", off, got)
		}
		c.hear(base.Add(time.Minute).Format(http.TimeFormat), base, base)
		if got := c.Offset(); (got - time.Minute).Abs() > time.Second {
			t.Errorf("a clock that was set a minute ahead: %s", got)
		}
		c.hear("yesterday", base, base)
	}
	if new(Clock).Offset() != 0 {
		t.Error("nothing was heard, and there is an offset")
	}
}

// TestWithClock hears the answers of both clients.
func TestWithClock(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(2*time.Hour).UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()
	clients, clock, err := WithClock(&Clients{Config: &rest.Config{Host: server.URL}}, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := clients.Streams.CoreV1().Pods("x").Get(t.Context(), "y", metav1.GetOptions{}); err == nil {
		t.Error("no error")
	}
	if got := clock.Offset(); (got - 2*time.Hour).Abs() > 2*time.Second {
		t.Errorf("offset %s", got)
	}
}

// TestClockKeepsTimeout: --request-timeout bounds the requests of clients with a clock, too.
func TestClockKeepsTimeout(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) { <-req.Context().Done() }))
	t.Cleanup(server.Close)
	flags := genericclioptions.NewConfigFlags(false)
	timeout := "1"
	flags.APIServer, flags.Timeout = &server.URL, &timeout
	clients, err := Connect(flags, "test")
	if err != nil {
		t.Fatal(err)
	}
	clients, _, err = WithClock(clients, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	_, err = clients.Interface.CoreV1().Pods("shop").List(t.Context(), metav1.ListOptions{})
	if took := time.Since(began); err == nil || took > 5*time.Second {
		t.Errorf("%v after %s", err, took)
	}
}
