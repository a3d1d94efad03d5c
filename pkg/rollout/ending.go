package rollout

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Outcome says how a watch ended.
type Outcome int

// The outcomes: Going is of a watch that goes on.
const (
	Going Outcome = iota
	Done
	Broken
)

// Ending decides when a watch is over.
type Ending struct {
	// FailFast ends it with the first new Pod that crashes again and again or has no image.
	FailFast bool
	// StableFor is how long a rollout must have been complete without a restart.
	StableFor time.Duration

	since    time.Time
	restarts int32
}

// Judge takes the next state, in the order of time.
func (e *Ending) Judge(st *State) Outcome {
	switch {
	case st.Lost != nil:
		// What is shown is old.
		return Going
	case st.Verdict == Failed, e.FailFast && hopeless(st):
		return Broken
	case st.Verdict != Complete:
		e.since = time.Time{}
		return Going
	case e.StableFor == 0:
		return Done
	}
	if n := restarts(st); e.since.IsZero() || n > e.restarts {
		e.since, e.restarts = st.At, n
	}
	if st.At.Sub(e.since) < e.StableFor {
		return Going
	}
	return Done
}

// StableUntil is when a complete rollout has been so for long enough, zero before it is.
func (e *Ending) StableUntil() time.Time {
	if e.since.IsZero() || e.StableFor == 0 {
		return time.Time{}
	}
	return e.since.Add(e.StableFor)
}

// hopeless: a Pod of the new revision will not become ready by waiting.
func hopeless(st *State) bool {
	for _, w := range st.Waits {
		switch {
		case w.Old:
		case w.Kind == WaitCrash && w.Trouble.Looping,
			// The kubelet tries a few times before it calls that a back-off.
			w.Kind == WaitPull && w.Trouble.Reason != "ErrImagePull" && w.Trouble.Reason != "RegistryUnavailable",
			w.Kind == WaitConfig && w.Trouble.Reason != "FailedCreatePodSandBox":
			return true
		}
	}
	return false
}

func restarts(st *State) int32 {
	n := int32(0)
	for _, r := range st.Revisions {
		for _, p := range r.Pods {
			if r.New {
				n += p.Restarts
			}
		}
	}
	return n
}

// ParseSpeed reads how many times as fast a recording is played: "4x", "0.5x", "4".
func ParseSpeed(text string) (float64, error) {
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(n >= 0.01 && n <= 10000) {
		return 0, errors.New("it is a number from 0.01 to 10000, such as 4x")
	}
	return n, nil
}
