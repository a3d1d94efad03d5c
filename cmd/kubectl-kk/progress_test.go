package main

import (
	"bytes"
	"testing"
	"time"
)

// TestProgress: a line that is written over itself and is gone in the end, on a terminal
// only, and not for what is over at once.
func TestProgress(t *testing.T) {
	long, soon := now().Add(-time.Minute), now().Add(time.Minute)
	for name, c := range map[string]struct {
		terminal bool
		patience time.Time
		want     string
	}{
		"terminal": {true, long, "\r\x1b[Knodes read: 1 of 3\r\x1b[Knodes read: 2 of 3\r\x1b[Kwarning: x\n\r\x1b[Knodes read: 3 of 3\r\x1b[K"},
		"at once":  {true, soon, "warning: x\n"},
		"pipe":     {false, long, "warning: x\n"},
	} {
		var out bytes.Buffer
		p := &progress{w: &out, what: "nodes read", terminal: c.terminal, patience: c.patience}
		p.report(1, 3)
		p.report(2, 3)
		p.aside(func() { out.WriteString("warning: x\n") })
		p.report(3, 3)
		p.end()
		p.end()
		if got := out.String(); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
	if newProgress(&bytes.Buffer{}, "x").terminal {
		t.Error("a buffer is taken for a terminal")
	}
}
