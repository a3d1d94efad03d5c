package node

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

var errPod = errors.New("the pod is gone")

// TestPersist: a watch that has read something is begun again after a failure, later and
// later, and given up in the end.
func TestPersist(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		var lost []time.Duration
		hear := Listener{
			Tick: func(*snapshot.Reading) error { return nil },
			Lost: func(error) { lost = append(lost, time.Since(began)) },
		}
		err := persist(t.Context(), hear, func(tick func(*snapshot.Reading) error) error {
			if tries++; tries == 1 || tries == 4 {
				_ = tick(&snapshot.Reading{})
			}
			return errPod
		})
		if err == nil || !strings.Contains(err.Error(), "nothing could be read for 5m0s") || !strings.Contains(err.Error(), errPod.Error()) {
			t.Errorf("%v", err)
		}
		second := time.Second
		if len(lost) < 6 || lost[0] != 0 || lost[1] != second || lost[2] != 3*second || lost[3] != 7*second || lost[4] != 8*second {
			t.Errorf("lost at %v", lost)
		}
		if took := time.Since(began); took > 6*time.Minute {
			t.Errorf("given up after %s", took)
		}
	})
}

// TestPersistEnds: what fails before the first reading is final, and so is the listener's
// own error, and the end of the context.
func TestPersistEnds(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	own := errors.New("no room to write")
	for name, c := range map[string]struct {
		ctx        context.Context
		reads      bool
		tick, want error
	}{
		"never read":    {t.Context(), false, nil, errPod},
		"its own error": {t.Context(), true, own, own},
		"an interrupt":  {ended, true, nil, context.Canceled},
	} {
		hear := Listener{Tick: func(*snapshot.Reading) error { return c.tick }, Lost: func(error) { t.Errorf("%s: it is lost", name) }}
		err := persist(c.ctx, hear, func(tick func(*snapshot.Reading) error) error {
			if c.reads {
				if err := tick(&snapshot.Reading{}); err != nil {
					return err
				}
			}
			return errPod
		})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}
