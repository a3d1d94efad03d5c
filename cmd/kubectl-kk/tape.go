package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/pflag"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// tapeOptions are the flags of every command that can keep what it read, and
// answer from it again.
type tapeOptions struct {
	record string
	replay string
	demo   bool
	// recording is the built-in one that --demo replays, nil for a command that has none.
	recording []byte
	// holds says what a recording has of a Pod's environment, "" for what the Downward API gave.
	holds string
}

func (o *tapeOptions) addFlags(flags *pflag.FlagSet) {
	holds := o.holds
	if holds == "" {
		holds = "of a Pod's environment only what the Downward API gave; of downward also the Pod's annotations, in which kubectl apply keeps the manifest"
	}
	flags.StringVar(&o.record, "record", "", "Write all that was read to this file. It holds no Secret, and "+holds)
	flags.StringVar(&o.replay, "replay", "", "Answer from a file that --record wrote, without a cluster")
	if o.recording != nil {
		flags.BoolVar(&o.demo, "demo", false, "Answer from the recording of a real cluster that is built in")
	}
}

func (o *tapeOptions) validate() error {
	set := 0
	for _, on := range []bool{o.record != "", o.replay != "", o.demo} {
		if on {
			set++
		}
	}
	if set > 1 {
		return errors.New("--record, --replay and --demo exclude each other")
	}
	return nil
}

// plays says whether the answer comes from a recording.
func (o *tapeOptions) plays() bool { return o.demo || o.replay != "" }

// used says whether a recording is read or written.
func (o *tapeOptions) used() bool { return o.plays() || o.record != "" }

func (o *tapeOptions) load() (*snapshot.Snapshot, error) {
	if o.demo {
		s, err := snapshot.Decode(bytes.NewReader(o.recording))
		if err != nil {
			return nil, fmt.Errorf("read the built-in recording: %w", err)
		}
		return s, nil
	}
	file, err := os.Open(o.replay)
	if err != nil {
		return nil, fmt.Errorf("--replay: %w", err)
	}
	defer file.Close()
	s, err := snapshot.Decode(file)
	if err != nil {
		return nil, fmt.Errorf("--replay=%s: %w", o.replay, err)
	}
	return s, nil
}

// recordedNamespace is the one to look in when a recording answers: no kubeconfig has
// a say then.
func (s *suite) recordedNamespace() string {
	if *s.flags.Namespace != "" {
		return *s.flags.Namespace
	}
	return "default"
}

// tape is the file that a recording goes to. A regular file is written beside its
// final place and moved there when it is whole.
type tape struct {
	file *os.File
	path string // where to move it, "" where it is written in place
}

// open makes sure that the recording can be written, before the cluster is read.
func (o *tapeOptions) open() (*tape, error) {
	if o.record == "" {
		return nil, nil
	}
	path := o.record
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	// A pipe or a device is written to, never replaced.
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return nil, fmt.Errorf("--record: %w", err)
		}
		return &tape{file: file}, nil
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".kk-record-*")
	if err != nil {
		return nil, fmt.Errorf("--record=%s: %w", o.record, err)
	}
	return &tape{file: file, path: path}, nil
}

func (t *tape) write(s *snapshot.Snapshot) error {
	if t == nil {
		return nil
	}
	if err := snapshot.Encode(t.file, s); err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	return t.keep()
}

// keep ends the file, and moves it to its final place.
func (t *tape) keep() error {
	err := t.file.Close()
	if err == nil && t.path != "" {
		err = os.Rename(t.file.Name(), t.path)
	}
	if err != nil {
		return fmt.Errorf("--record: %w", err)
	}
	return nil
}

// discard removes what is not whole.
func (t *tape) discard() {
	if t == nil {
		return
	}
	t.file.Close()
	if t.path != "" {
		os.Remove(t.file.Name())
	}
}
