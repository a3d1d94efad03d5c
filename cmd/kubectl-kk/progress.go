package main

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// progress is a line on a terminal that says how far a reading is. A reading that is over
// within patience has none, and a pipe has none.
type progress struct {
	w        io.Writer
	what     string
	patience time.Time
	terminal bool

	mu    sync.Mutex
	text  string
	shown bool
	// first shows the line when patience ends, where nothing has been reported since.
	first *time.Timer
}

// progressAfter is for how long nobody wonders whether something happens.
const progressAfter = time.Second

func newProgress(w io.Writer, what string) *progress {
	_, terminal := render.Terminal(w)
	return &progress{w: w, what: what, terminal: terminal, patience: now().Add(progressAfter)}
}

// report shows how many of all are done.
func (p *progress) report(done, all int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.terminal {
		return
	}
	p.text = fmt.Sprintf("%s: %d of %d", p.what, done, all)
	switch wait := p.patience.Sub(now()); {
	case wait <= 0:
		p.draw()
	case p.first == nil:
		p.first = time.AfterFunc(wait, func() {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.draw()
		})
	}
}

// draw writes the line over itself; after end there is nothing to write.
func (p *progress) draw() {
	if p.text != "" {
		p.shown = true
		fmt.Fprint(p.w, "\r\x1b[K"+p.text)
	}
}

// aside lets something else be written to the terminal, on a line of its own. Calls do
// not overlap.
func (p *progress) aside(write func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	write()
}

// end takes the line away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clear()
	p.text = ""
	if p.first != nil {
		p.first.Stop()
	}
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\x1b[K")
		p.shown = false
	}
}
