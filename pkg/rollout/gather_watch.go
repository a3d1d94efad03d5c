package rollout

import (
	"context"
	"errors"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

const (
	// firstPause and longestPause are between two tries to reach the API server again.
	firstPause, longestPause = 250 * time.Millisecond, 2 * time.Second
	// refusedPause is between two tries of what was refused.
	refusedPause = time.Minute
	// headPatience is how long the API server may take to begin a watch.
	headPatience = 15 * time.Second
)

// Watch keeps the objects as they are in the cluster, until the context ends. It asks for
// nothing again but what ends by itself.
func (c *Cluster) Watch(ctx context.Context) {
	var wait sync.WaitGroup
	defer wait.Wait()
	wait.Add(1)
	go func() {
		defer wait.Done()
		c.follow(ctx, c.workload)
	}()
	for ctx.Err() == nil {
		parts, cancel := context.WithCancel(ctx)
		c.mu.Lock()
		list := c.parts
		c.mu.Unlock()
		for _, r := range list {
			if r.once && r.settled {
				continue
			}
			wait.Add(1)
			go func() {
				defer wait.Done()
				c.follow(parts, r)
			}()
		}
		select {
		case <-ctx.Done():
		case <-c.restart:
		}
		cancel()
	}
}

// follow reads a resource where that is needed, and watches it, again and again.
func (c *Cluster) follow(ctx context.Context, r *resource) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		err := c.round(ctx, r)
		if c.note(ctx, r, err) {
			if r.once {
				return
			}
			// A watch that ends at once is not begun again at once.
			if pause = firstPause; time.Since(began) > time.Second {
				continue
			}
		}
		if err != nil && refused(err) {
			pause = refusedPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
}

// round reads a resource that is not known, or watches it until the watch ends.
func (c *Cluster) round(ctx context.Context, r *resource) error {
	if r.version == "" {
		if err := c.readAgain(ctx, r); err != nil || r.once {
			return err
		}
		c.note(ctx, r, nil)
		c.applied(ctx, r)
	}
	err := c.watchOnce(ctx, r)
	if err != nil {
		// Nobody knows what was missed.
		r.version = ""
	}
	if apierrors.IsResourceExpired(err) || apierrors.IsGone(err) {
		return nil
	}
	return err
}

// readAgain lists without holding the lock, since that may take long.
func (c *Cluster) readAgain(ctx context.Context, r *resource) error {
	fresh := *r
	if err := fresh.read(ctx); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	r.objects, r.version = fresh.objects, fresh.version
	return nil
}

// watchOnce takes what a watch sends until it ends. Its error is that of the beginning, or
// what the API server sent in place of an object.
func (c *Cluster) watchOnce(ctx context.Context, r *resource) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	o := r.options
	o.ResourceVersion, o.AllowWatchBookmarks = r.version, true
	late := time.AfterFunc(headPatience, cancel)
	w, err := r.watch(ctx, o)
	if !late.Stop() && err == nil {
		w.Stop()
		err = errors.New("no answer in time")
	}
	if err != nil {
		return err
	}
	defer w.Stop()
	c.note(ctx, r, nil)
	for event := range w.ResultChan() {
		if event.Type == watch.Error {
			return apierrors.FromObject(event.Object)
		}
		m, ok := event.Object.(metav1.Object)
		if !ok {
			continue
		}
		c.mu.Lock()
		r.version = m.GetResourceVersion()
		changed := event.Type != watch.Bookmark && r.take(event)
		c.mu.Unlock()
		if changed {
			c.applied(ctx, r)
		}
	}
	return nil
}

// applied does what follows from a change: the workload may have another selector than
// before, and a container may have crashed.
func (c *Cluster) applied(ctx context.Context, r *resource) {
	if r == c.workload {
		c.reselect()
	}
	c.signal()
	if r.name == "pods" {
		go c.readLogs(ctx)
	}
}

// reselect begins anew with the parts of a workload that was deleted and made again with
// another selector.
func (c *Cluster) reselect() {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.workload.only()
	if w == nil {
		return
	}
	selector, err := selectorOf(w)
	if err != nil || selector == c.selector {
		return
	}
	c.selector, c.parts = selector, c.partsFor(selector)
	select {
	case c.restart <- struct{}{}:
	default:
	}
}
