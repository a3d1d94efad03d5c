package main

import (
	"fmt"
	"io"
	"time"
)

// progress says on stderr what is being done, with the time since the start in front.
type progress struct {
	out   io.Writer
	start time.Time
}

func (p *progress) step(format string, args ...any) {
	fmt.Fprintf(p.out, "%6.1fs  %s\n", time.Since(p.start).Seconds(), fmt.Sprintf(format, args...))
}
