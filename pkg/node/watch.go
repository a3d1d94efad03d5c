package node

import (
	"context"
	"errors"
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

// errOver says that the time of a pod is over, and nothing else is wrong.
var errOver = errors.New("the time of the pod is over")

// Watch runs the plan on the target again and again, so long apart, and calls tick with
// each reading, until the context ends or tick returns an error. One pod reads many times.
// The error is a *Refused where the cluster does not allow the pod, or where its image
// cannot wait. No pod is left when Watch returns.
func (d *Debug) Watch(ctx context.Context, target Target, plan Plan, interval time.Duration, tick func(*snapshot.Reading) error) error {
	if err := d.mayDelete(ctx); err != nil {
		return err
	}
	raw := false
	for {
		err := d.watchOne(ctx, target, append(Plan{every(interval)}, plan...), raw, tick)
		switch {
		case errors.Is(err, errNeedsLegacy):
			raw = true
		case errors.Is(err, errNoShell):
			return cannotWait("the image has no shell")
		case !errors.Is(err, errOver):
			return err
		}
	}
}

func cannotWait(why string) error {
	return &Refused{Missing: snapshot.Missing{What: "read the node again and again in a debug pod", Why: why}}
}

// watchOne reads by one pod until its time is over.
func (d *Debug) watchOne(ctx context.Context, target Target, plan Plan, raw bool, tick func(*snapshot.Reading) error) error {
	argv, mark, err := plan.command()
	if err != nil {
		return err
	}
	life := lifetimes * d.Timeout
	pod := debugPod(target, d.Image, life.Truncate(time.Second)+endsAfter, raw, []container{{name: "read", command: argv}})
	starting, cancel := context.WithTimeout(ctx, d.Timeout)
	defer cancel()
	return d.with(starting, pod, func(pod *corev1.Pod) error {
		living, cancel := context.WithTimeout(ctx, life)
		defer cancel()
		var failed error
		err := d.log(living, pod, "read", func(r io.Reader) error {
			for all := newTranscripts(r, mark); ; {
				outputs, err := all.next()
				if err != nil {
					return err
				}
				reading := &snapshot.Reading{Node: target.Node, Via: "debug", Pod: d.Namespace + "/" + pod.Name, Outputs: outputs}
				if failed = d.told(reading, raw, tick); failed != nil {
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
		default:
			return err
		}
	})
}

// told passes a reading on, if it is one.
func (d *Debug) told(reading *snapshot.Reading, raw bool, tick func(*snapshot.Reading) error) error {
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
func (e *Exec) Watch(ctx context.Context, target Target, plan Plan, interval time.Duration, tick func(*snapshot.Reading) error) error {
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
}
