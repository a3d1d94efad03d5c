package explain

import (
	"fmt"
	"io"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// Write shows findings with their words in a language, each with what was seen and
// what to run next.
func Write(w io.Writer, style render.Style, findings []Finding, lang Lang) error {
	for _, f := range findings {
		p := &page{w: w, style: style}
		p.finding(f, lang)
		if p.err != nil {
			return p.err
		}
	}
	return nil
}

type page struct {
	w     io.Writer
	style render.Style
	err   error
}

func (p *page) finding(f Finding, lang Lang) {
	entry, ok := Lookup(f.Code, lang)
	if !ok {
		entry = Entry{Title: f.Code, Message: f.Subject}
	}
	p.line(p.severity(f.Severity) + " " + f.Code + "  " + p.style.Bold(render.Escape(entry.Title)))
	p.block("  ", "  ", render.Escape(entry.Sentence(f.Args)))
	for _, e := range f.Evidence {
		p.block("  seen  ", "        ", render.Escape(e.Where+": "+e.What))
	}
	for _, n := range f.Next {
		p.line("  next  " + p.style.Named(render.Escape(n)))
	}
	p.line(p.style.Named("  more  kubectl kk explain " + f.Code))
	p.line("")
}

func (p *page) severity(s Severity) string {
	switch s {
	case Error:
		return p.style.Bad(string(s))
	case Warning:
		return p.style.Warn(string(s))
	default:
		return string(s)
	}
}

// block writes text that may be broken into lines behind a heading.
func (p *page) block(first, rest, text string) {
	room := 0
	if p.style.Width > 0 {
		room = p.style.Width - len(first)
	}
	for i, line := range render.Wrap(text, room) {
		if i == 0 {
			p.line(first + line)
		} else {
			p.line(rest + line)
		}
	}
}

func (p *page) line(text string) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, text)
	}
}
