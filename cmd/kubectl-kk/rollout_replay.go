package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// replay shows what was recorded, at its own speed or another one. It ends with the
// recording, and as its last state does.
func (o *rolloutOptions) replay(ctx context.Context, view rolloutView) error {
	source := "--replay=" + o.tape.replay
	var in io.Reader = bytes.NewReader(o.tape.recording)
	if o.tape.demo {
		source = "read the built-in recording"
	} else {
		file, err := os.Open(o.tape.replay)
		if err != nil {
			return fmt.Errorf("--replay: %w", err)
		}
		defer file.Close()
		in = file
	}
	reader, err := snapshot.NewSequenceReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	if err := o.takeTarget(reader.Head); err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	p := &player{o: o, view: view}
	for {
		s, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return p.finish()
		case err != nil:
			return fmt.Errorf("%s: %w", source, err)
		}
		if err := p.play(ctx, s); err != nil {
			return err
		}
	}
}

// takeTarget takes the workload of the recording; one that was named must be the same.
func (o *rolloutOptions) takeTarget(head snapshot.Head) error {
	recorded := kube.Target{Kind: head.Target, Name: head.Name}
	if (o.request.Target != kube.Target{}) && o.request.Target != recorded {
		return fmt.Errorf("it is of %s, not of %s", recorded, o.request.Target)
	}
	o.request.Target, o.request.Namespace = recorded, head.Namespace
	return nil
}

// player shows recorded states, and lets the time between them pass.
type player struct {
	o    *rolloutOptions
	view rolloutView
	last *snapshot.Snapshot
}

func (p *player) play(ctx context.Context, s *snapshot.Snapshot) error {
	if p.last != nil && p.o.watch && p.o.revision == 0 {
		if err := p.wait(ctx, s.Rollout.Now); err != nil {
			return err
		}
	}
	if p.last = s; !p.o.watch || p.o.revision > 0 {
		return nil
	}
	st := rollout.Analyze(s, p.o.request)
	return p.view.show(st, "")
}

// wait lets the clock of the recording run to a moment, a second at a time, so that what
// counts down does.
func (p *player) wait(ctx context.Context, until time.Time) error {
	for {
		left := until.Sub(p.last.Rollout.Now)
		if left <= 0 {
			return nil
		}
		part := min(left, time.Second)
		if err := pause(ctx, time.Duration(float64(part)/p.o.factor)); err != nil {
			return err
		}
		if left == part {
			return nil
		}
		p.last.Rollout.Now = p.last.Rollout.Now.Add(part)
		if err := p.view.show(rollout.Analyze(p.last, p.o.request), ""); err != nil {
			return err
		}
	}
}

func (p *player) finish() error {
	if p.last == nil {
		return errors.New("the recording holds no state")
	}
	if p.o.revision > 0 {
		return p.o.showRevision(p.last)
	}
	st := rollout.Analyze(p.last, p.o.request)
	if !p.o.watch {
		if err := p.view.show(st, ""); err != nil {
			return err
		}
	}
	if st.Verdict == rollout.Failed || st.HasErrors() {
		return errFinding
	}
	return nil
}
