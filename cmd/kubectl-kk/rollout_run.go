package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func (o *rolloutOptions) run(c *cobra.Command) error {
	lang, err := o.language(os.Getenv)
	if err != nil {
		return err
	}
	view, err := o.view(lang)
	if err != nil {
		return err
	}
	if o.tape.plays() {
		return o.replay(c.Context(), view)
	}
	kube.NoticeSilence()
	clients, err := kube.Connect(o.flags, userAgent())
	if err != nil {
		return err
	}
	clients, clock, err := kube.WithClock(clients, now)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	o.request.Namespace = clients.Namespace
	tape, err := o.openSequence()
	if err != nil {
		return err
	}
	defer tape.discard()
	cluster, err := rollout.Open(c.Context(), rollout.Source{
		Client: clients.Interface, Streams: clients.Streams, Now: now, Offset: clock.Offset, Warn: o.warn, By: version(),
	}, o.request)
	if err != nil {
		return err
	}
	watch := &watch{o: o, cluster: cluster, view: view, tape: tape}
	err = watch.run(c.Context())
	return errors.Join(err, tape.finish())
}

// watch is one run against a cluster.
type watch struct {
	o       *rolloutOptions
	cluster *rollout.Cluster
	view    rolloutView
	tape    *sequence
}

// gatherFor is how long changes are collected before they are shown: they come in bursts.
const gatherFor = 50 * time.Millisecond

func (w *watch) run(ctx context.Context) error {
	if w.o.revision > 0 {
		return w.o.showRevision(w.cluster.Snapshot())
	}
	if !w.o.watch {
		st, err := w.step()
		if err != nil {
			return err
		}
		if st.HasErrors() {
			return errFinding
		}
		return nil
	}
	watching, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.cluster.Watch(watching)
	}()
	defer func() {
		stop()
		<-ended
	}()
	return w.loop(ctx)
}

// loop shows each change until the rollout ends.
func (w *watch) loop(ctx context.Context) error {
	var late <-chan time.Time
	if w.o.timeout > 0 {
		late = time.After(w.o.timeout)
	}
	tick := time.NewTicker(250 * time.Millisecond)
	defer tick.Stop()
	for {
		st, err := w.step()
		if err != nil {
			return err
		}
		if st != nil {
			switch outcome := w.o.ending.Judge(st); outcome {
			case rollout.Done:
				return nil
			case rollout.Broken:
				return errFinding
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-late:
			return fmt.Errorf("rollout-watch %s: not complete after %s", w.o.request.Target, w.o.timeout)
		case <-w.cluster.Changed():
			if err := pause(ctx, gatherFor); err != nil {
				return err
			}
		case <-tick.C:
		}
	}
}

// step shows how things stand now. It returns nil while they are being read anew.
func (w *watch) step() (*rollout.State, error) {
	s := w.cluster.Snapshot()
	if s == nil {
		return nil, nil
	}
	if err := w.tape.write(s); err != nil {
		return nil, err
	}
	st := rollout.Analyze(s, w.o.request)
	err := w.view.show(st, w.o.note(st))
	return st, err
}

// note is what the picture says of the watch itself.
func (o *rolloutOptions) note(st *rollout.State) string {
	if until := o.ending.StableUntil(); !until.IsZero() && st.Verdict == rollout.Complete {
		return fmt.Sprintf("complete; watching on for %s, until no Pod has restarted for %s", max(0, until.Sub(st.At)).Round(time.Second), o.ending.StableFor)
	}
	return ""
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// sequence is the file that --record writes, nil without the flag.
type sequence struct {
	tape   *tape
	writer *snapshot.SequenceWriter
	whole  bool
}

func (o *rolloutOptions) openSequence() (*sequence, error) {
	tape, err := o.tape.open()
	if tape == nil || err != nil {
		return nil, err
	}
	writer, err := snapshot.NewSequenceWriter(tape.file, snapshot.Head{
		By: version(), Namespace: o.request.Namespace, Target: o.request.Target.Kind, Name: o.request.Target.Name,
	})
	if err != nil {
		tape.discard()
		return nil, fmt.Errorf("--record: %w", err)
	}
	return &sequence{tape: tape, writer: writer}, nil
}

func (s *sequence) write(shot *snapshot.Snapshot) error {
	if s == nil {
		return nil
	}
	if err := s.writer.Write(shot); err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	s.whole = true
	return nil
}

// finish keeps the file, also of a watch that was interrupted.
func (s *sequence) finish() error {
	if s == nil || !s.whole {
		return nil
	}
	return s.tape.keep()
}

func (s *sequence) discard() {
	if s != nil {
		s.tape.discard()
	}
}

// showRevision shows one revision in place of the rollout.
func (o *rolloutOptions) showRevision(s *snapshot.Snapshot) error {
	o.request.Limit = 0
	r, err := rollout.Template(s, o.request, o.revision)
	if err != nil {
		return err
	}
	if o.output == "json" || o.output == "yaml" {
		return printObject(o.Out, o.output, r)
	}
	style, err := o.style(os.Getenv)
	if err != nil {
		return err
	}
	return rollout.RenderTemplate(o.Out, r, style)
}
