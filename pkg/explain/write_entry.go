package explain

import (
	"io"
	"strconv"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// heading is the words between the texts of an entry.
type heading struct{ means, why, do string }

var headings = map[Lang]heading{
	English: {"What it means", "Why Kubernetes does so", "What to do"},
	Chinese: {"这意味着什么", "为什么会这样", "怎么办"},
}

// WriteEntry shows all that the catalog says of one code.
func WriteEntry(w io.Writer, style render.Style, e Entry, lang Lang) error {
	// Lines of a terminal's full width are hard to read.
	if style.Width == 0 || style.Width > readable {
		style.Width = readable
	}
	p := &page{w: w, style: style}
	words := headings[lang]
	p.line(style.Bold(e.Code + "  " + e.Title))
	p.section(words.means, e.Meaning)
	p.section(words.why, e.Why)
	p.line("")
	p.line(style.Bold(words.do))
	for i, step := range e.Do {
		number := strconv.Itoa(i+1) + ". "
		p.block("  "+number, "     ", style.Named(step))
	}
	return p.err
}

const readable = 100

func (p *page) section(title, text string) {
	p.line("")
	p.line(p.style.Bold(title))
	p.block("  ", "  ", p.style.Named(text))
}
