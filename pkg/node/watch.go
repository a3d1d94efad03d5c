package node

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Uptime asks for the time since the node has started: the clock of what is read on it.
func Uptime() Read { return Read{verb: "uptime", words: [4]string{"-", "-", "-", "-"}} }

// UptimeOf returns the node's clock in a reading. ok is false where it was not asked, as
// in an image without a shell.
func UptimeOf(reading *snapshot.Reading) (since time.Duration, ok bool) {
	for _, o := range reading.Outputs {
		if len(o.Argv) == 2 && o.Argv[1] == "/proc/uptime" {
			seconds, err := strconv.ParseFloat(strings.TrimSpace(o.Text), 64)
			return time.Duration(seconds * float64(time.Second)), err == nil
		}
	}
	return 0, false
}

// every is the question that makes the script ask the plan again and again.
func every(interval time.Duration) Read {
	return Read{verb: "every", words: [4]string{strconv.FormatFloat(interval.Seconds(), 'f', -1, 64), "-", "-", "-"}}
}

// lifetimes is for how many times its Timeout a pod of a watch is used: then another one
// takes its place, so that none lives on for long after a kk that was killed.
const lifetimes = 4

var (
	// errOver says that the time of a pod is over, and nothing else is wrong.
	errOver   = errors.New("the time of the pod is over")
	errSilent = errors.New("the pod has printed nothing for too long")
)

// Watch runs the plan on the target again and again, so long apart, and tells the readings,
// until the context ends or hear.Tick returns an error. One pod reads many times. Where it
// ends too early, or the API server cannot be reached, hear.Lost is told why, and another
// pod is tried. The error is a *Refused where the cluster does not allow the pod, or where
// its image cannot wait. No pod is left when Watch returns, or Warn has been told which.
func (d *Debug) Watch(ctx context.Context, target Target, plan Plan, interval time.Duration, hear Listener) error {
	if err := d.mayDelete(ctx); err != nil {
		return err
	}
	w := &podWatch{Debug: d, target: target, plan: append(Plan{every(interval)}, plan...), silence: interval + d.Timeout}
	defer w.leave(ctx)
	return persist(ctx, hear, func(tick func(*snapshot.Reading) error) error { return w.pods(ctx, tick) })
}

func cannotWait(why string) error {
	return &Refused{Missing: snapshot.Missing{What: "read the node again and again in a debug pod", Why: why}}
}

// podWatch is a watch by pods, of which one takes the place of the other.
type podWatch struct {
	*Debug
	target Target
	plan   Plan
	// silence is how long a pod may print nothing.
	silence time.Duration
	raw     bool
	// left are pods that could not be deleted when it was time, with the reason.
	left map[string]error
}

// pods reads by one pod after the other, until one fails.
func (w *podWatch) pods(ctx context.Context, tick func(*snapshot.Reading) error) error {
	for {
		w.clear(ctx)
		err := w.pod(ctx, tick)
		switch {
		case errors.Is(err, errNeedsLegacy):
			w.raw = true
		case errors.Is(err, errNoShell):
			return cannotWait("the image has no shell")
		case !errors.Is(err, errOver):
			return err
		}
	}
}

// pod reads by one pod until its time is over.
func (w *podWatch) pod(ctx context.Context, tick func(*snapshot.Reading) error) error {
	argv, mark, err := w.plan.command()
	if err != nil {
		return err
	}
	life := lifetimes * w.Timeout
	pod := debugPod(w.target, w.Image, life.Truncate(time.Second)+endsAfter, w.raw, []container{{name: "read", command: argv}})
	starting, cancel := context.WithTimeout(ctx, w.Timeout)
	defer cancel()
	undeleted, err := w.use(starting, pod, func(pod *corev1.Pod) error { return w.follow(ctx, pod, life, mark, tick) })
	if undeleted != nil {
		w.left[pod.Name] = undeleted
	}
	return err
}

// follow tells what a pod prints.
func (w *podWatch) follow(ctx context.Context, pod *corev1.Pod, life time.Duration, mark string, tick func(*snapshot.Reading) error) error {
	living, cancel := context.WithTimeout(ctx, life)
	defer cancel()
	heard, hush := context.WithCancelCause(living)
	defer hush(nil)
	late := time.AfterFunc(w.silence, func() { hush(errSilent) })
	defer late.Stop()
	var failed error
	err := w.log(heard, pod, "read", func(r io.Reader) error {
		for all := newTranscripts(r, mark); ; {
			outputs, err := all.next()
			if err != nil {
				return err
			}
			late.Reset(w.silence)
			filterOutputs(outputs, w.plan)
			reading := &snapshot.Reading{Node: w.target.Node, Via: "debug", Pod: w.Namespace + "/" + pod.Name, Outputs: outputs}
			if failed = told(reading, w.raw, tick); failed != nil {
				return failed
			}
		}
	})
	switch {
	case failed != nil:
		return failed
	case ctx.Err() != nil:
		return ctx.Err()
	case living.Err() != nil:
		return errOver
	case errors.Is(context.Cause(heard), errSilent):
		return fmt.Errorf("debug pod %s/%s on %s has printed nothing for %s", w.Namespace, pod.Name, w.target.Node, w.silence)
	case errors.Is(err, errCut):
		return fmt.Errorf("debug pod %s/%s has ended, or was deleted by someone else", w.Namespace, pod.Name)
	default:
		return err
	}
}

// clear deletes the pods that could not be deleted before.
func (w *podWatch) clear(ctx context.Context) {
	if w.left == nil {
		w.left = map[string]error{}
	}
	for name := range w.left {
		if w.left[name] = w.delete(ctx, name); w.left[name] == nil {
			delete(w.left, name)
		}
	}
}

// leave is for the end: what is left now stays.
func (w *podWatch) leave(ctx context.Context) {
	w.clear(ctx)
	for name, err := range w.left {
		w.stays(name, err)
	}
}

// told passes a reading on, if it is one.
func told(reading *snapshot.Reading, raw bool, tick func(*snapshot.Reading) error) error {
	if !raw && wantsRawSocket(reading.Outputs) && !usesNFT(reading.Outputs) {
		return errNeedsLegacy
	}
	for _, o := range reading.Outputs {
		if o.Argv[0] == "sleep" && o.Exit != 0 {
			return cannotWait("the image has no program sleep")
		}
	}
	return tick(reading)
}

// Watch runs the plan in the target's kube-proxy pod again and again, as Debug does in one
// of its own.
func (e *Exec) Watch(ctx context.Context, target Target, plan Plan, interval time.Duration, hear Listener) error {
	return persist(ctx, hear, func(tick func(*snapshot.Reading) error) error {
		clock := time.NewTicker(interval)
		defer clock.Stop()
		for {
			reading, err := e.Read(ctx, target, plan)
			if err != nil {
				return err
			}
			if err := tick(reading); err != nil {
				return err
			}
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-clock.C:
			}
		}
	})
}
