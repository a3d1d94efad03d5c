package node

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// Listener hears what a watch of a node reads.
type Listener struct {
	// Tick gets each reading. Its error ends the watch.
	Tick func(*snapshot.Reading) error
	// Lost is told why nothing is read for now, at each try that fails.
	Lost func(why error)
}

// How long a watch waits before another try, and for how long without any reading it goes
// on trying.
const (
	firstPause = time.Second
	maxPause   = 15 * time.Second
	patience   = 5 * time.Minute
)

// persist watches again where a watch that has read something has failed. What fails
// before is final: there is something to mend first.
func persist(ctx context.Context, hear Listener, watch func(tick func(*snapshot.Reading) error) error) error {
	var seen time.Time
	pause := firstPause
	for {
		var own error
		err := watch(func(reading *snapshot.Reading) error {
			seen, pause = time.Now(), firstPause
			own = hear.Tick(reading)
			return own
		})
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case own != nil || err == nil || seen.IsZero():
			return err
		case time.Since(seen) > patience:
			// The cause is named and not wrapped: what refuses now did not at first.
			return errors.New(fmt.Sprintf("nothing could be read for %s, and it is given up: ", patience) + err.Error())
		}
		hear.Lost(err)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause = min(2*pause, maxPause)
	}
}
