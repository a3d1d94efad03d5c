package kube

import (
	"cmp"
	"net/http"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Clock knows how far the clock of the API server is ahead of this machine's, by the Date
// of its answers.
type Clock struct {
	now func() time.Time
	mu  sync.Mutex
	// The offset lies between these: a Date has whole seconds only, so each answer narrows it.
	low, high time.Duration
	known     bool
}

// WithClock returns the clients with one that hears every answer of theirs. It needs the
// configuration of the clients, and sends no request.
func WithClock(c *Clients, now func() time.Time) (*Clients, *Clock, error) {
	clock := &Clock{now: now}
	config := rest.CopyConfig(c.Config)
	config.Wrap(clock.listen)
	out := &Clients{Config: config, Namespace: c.Namespace, timeout: c.timeout}
	bounded := rest.CopyConfig(config)
	bounded.Timeout = cmp.Or(c.timeout, patience)
	var err error
	if out.Interface, err = kubernetes.NewForConfig(bounded); err != nil {
		return nil, nil, err
	}
	if out.Streams, err = kubernetes.NewForConfig(config); err != nil {
		return nil, nil, err
	}
	return out, clock, nil
}

// Offset is how far the API server is ahead: 0 where that fits all of its answers, and
// before the first.
func (c *Clock) Offset() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case !c.known || c.low <= 0 && c.high >= 0:
		return 0
	case c.low > 0:
		return c.low
	default:
		return c.high
	}
}

type listener struct {
	clock *Clock
	next  http.RoundTripper
}

func (c *Clock) listen(next http.RoundTripper) http.RoundTripper { return &listener{c, next} }

// RoundTrip passes the request on.
func (l *listener) RoundTrip(req *http.Request) (*http.Response, error) {
	asked := l.clock.now()
	resp, err := l.next.RoundTrip(req)
	if err == nil {
		l.clock.hear(resp.Header.Get("Date"), asked, l.clock.now())
	}
	return resp, err
}

// hear narrows the offset by a Date that was written between two moments of this machine.
// One that contradicts what was known means that a clock was set: it counts alone.
func (c *Clock) hear(date string, asked, answered time.Time) {
	at, err := http.ParseTime(date)
	if err != nil {
		return
	}
	low, high := at.Sub(answered), at.Add(time.Second).Sub(asked)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known && low <= c.high && high >= c.low {
		low, high = max(low, c.low), min(high, c.high)
	}
	c.low, c.high, c.known = low, high, true
}
