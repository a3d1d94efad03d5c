package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/rollout"
)

// rolloutView shows states in their order.
type rolloutView interface {
	// show is called for every state, also for one in which nothing changed.
	show(st *rollout.State, note string) error
}

// view is the one for the output that was asked for.
func (o *rolloutOptions) view(lang explain.Lang) (rolloutView, error) {
	style, err := o.style(os.Getenv)
	if err != nil {
		return nil, err
	}
	screen, terminal := render.NewScreen(o.Out)
	format := o.format(terminal)
	options := rollout.Options{Style: style, Lang: lang}
	switch {
	case format == "json" && o.watch:
		return &jsonView{s: o.suite, lang: lang}, nil
	case format == "json", format == "yaml":
		return &onceView{print: func(st *rollout.State) error { return printObject(o.Out, format, st) }}, nil
	case format == "lines":
		return &linesView{s: o.suite, lang: lang, told: map[string]bool{}}, nil
	case terminal && o.watch:
		return &screenView{screen: screen, options: options, continued: continued()}, nil
	case o.watch:
		return &pagesView{s: o.suite, options: options}, nil
	default:
		return &onceView{print: func(st *rollout.State) error { return rollout.Render(o.Out, st, options) }}, nil
	}
}

// format is the one asked for, else what fits the output.
func (o *rolloutOptions) format(terminal bool) string {
	switch {
	case o.output != "auto":
		return o.output
	case terminal || !o.watch:
		return "tree"
	default:
		return "lines"
	}
}

// onceView shows the first state.
type onceView struct {
	print func(*rollout.State) error
	shown bool
}

func (v *onceView) show(st *rollout.State, _ string) error {
	if v.shown {
		return nil
	}
	v.shown = true
	return wrote(v.print(st))
}

func wrote(err error) error {
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// screenView draws in place.
type screenView struct {
	screen  *render.Screen
	options rollout.Options
	// continued has something when the program was stopped and goes on.
	continued <-chan os.Signal
}

func (v *screenView) show(st *rollout.State, note string) error {
	o := v.options
	o.Style.Width, o.Height = v.screen.Size()
	o.Note = note
	select {
	case <-v.continued:
		// The shell has written below the picture.
		v.screen.Forget()
	default:
	}
	return wrote(v.screen.Draw(rollout.Frame(st, o)))
}

// pagesView writes a whole picture for every change, behind a line with its time.
type pagesView struct {
	s       *suite
	options rollout.Options
	last    *rollout.State
}

func (v *pagesView) show(st *rollout.State, _ string) error {
	if rollout.Same(v.last, st) {
		return nil
	}
	v.last = st
	if _, err := fmt.Fprintln(v.s.Out, "# "+st.At.Format(time.RFC3339)); err != nil {
		return wrote(err)
	}
	return wrote(rollout.Render(v.s.Out, st, v.options))
}

// linesView writes one line for everything that happens. A finding that comes and goes, as
// that of a container in a crash loop, is told once of a revision.
type linesView struct {
	s    *suite
	lang explain.Lang
	last *rollout.State
	told map[string]bool
}

func (v *linesView) show(st *rollout.State, _ string) error {
	var out strings.Builder
	for _, c := range rollout.Changes(v.last, st, v.lang) {
		key := c.Finding + " " + c.Revision
		if c.Finding != "" && v.told[key] {
			continue
		}
		v.told[key] = true
		fmt.Fprintf(&out, "%s  %s  %s\n", st.At.Format("2006-01-02T15:04:05.000Z"), render.Escape(c.What), render.Escape(c.Text))
	}
	v.last = st
	_, err := fmt.Fprint(v.s.Out, out.String())
	return wrote(err)
}

// jsonView writes one object a line for every change.
type jsonView struct {
	s    *suite
	lang explain.Lang
	last *rollout.State
}

func (v *jsonView) show(st *rollout.State, _ string) error {
	if rollout.Same(v.last, st) {
		return nil
	}
	if v.last != nil {
		st.Changes = rollout.Changes(v.last, st, v.lang)
	}
	v.last = st
	data, err := json.Marshal(st)
	if err != nil {
		return wrote(err)
	}
	_, err = fmt.Fprintln(v.s.Out, render.EscapeJSON(string(data)))
	return wrote(err)
}
