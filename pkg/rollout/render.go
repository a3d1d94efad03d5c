package rollout

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// Options say how a state is shown.
type Options struct {
	Style render.Style
	Lang  explain.Lang
	// Height is the number of lines of the screen: what does not fit is summed up, then cut,
	// and no line is wider than Style.Width. 0 shows all.
	Height int
	// Note is what there is to know about the watch itself, "" for nothing.
	Note string
}

// Render writes a state for a person.
func Render(w io.Writer, st *State, o Options) error {
	_, err := io.WriteString(w, strings.Join(Frame(st, o), "\n")+"\n")
	return err
}

// Frame returns the lines of a picture of the state. With a height it is that at most.
func Frame(st *State, o Options) []string {
	var p *picture
	for level := range tightest + 1 {
		p = &picture{st: st, o: o, level: level}
		p.draw()
		if o.Height <= 0 || len(p.lines) <= o.Height {
			return p.lines
		}
	}
	more := len(p.lines) - o.Height + 1
	return append(p.lines[:o.Height-1:o.Height-1], o.Style.Dim(render.Fit(fmt.Sprintf("… %d more lines", more), o.Style.Width)))
}

// picture is a frame that is being drawn. Its level says how much is summed up, from
// nothing but long runs of equal Pods to all that can be.
type picture struct {
	st    *State
	o     Options
	level int
	lines []string
}

const (
	shortFindings = 1
	groupPods     = 2
	fewRevisions  = 3
	tightest      = 4
)

// label is as wide as the words in front of lines.
const label = "           "

type mood func(render.Style, string) string

func (p *picture) draw() {
	p.first("", render.Style.Bold, verdict(p.st), p.st.Workload.Name+": "+verdictOnly(p.st), verdictOnly(p.st))
	if l := p.st.Lost; l != nil {
		p.text("", fmt.Sprintf("reconnecting since %s (%s): what follows was so then", l.Since.Format("15:04:05"), l.Why), render.Style.Bad)
	}
	p.arithmetic()
	p.waits()
	if p.st.HasErrors() {
		p.findings()
	}
	p.undo()
	p.gap()
	p.tree()
	p.nodes()
	if !p.st.HasErrors() {
		p.findings()
	}
	for _, m := range p.st.NotChecked {
		p.text("", "not checked: "+m.What+": "+m.Why, render.Style.Dim)
	}
	if p.o.Note != "" {
		p.text("", p.o.Note, render.Style.Dim)
	}
}

// gap is an empty line, where there is room for such.
func (p *picture) gap() {
	if p.level < fewRevisions && len(p.lines) > 0 && p.lines[len(p.lines)-1] != "" {
		p.lines = append(p.lines, "")
	}
}

// text adds a line behind a prefix. On a screen it is cut to its width, else broken.
func (p *picture) text(prefix, text string, m mood) {
	paint := func(s string) string {
		if m == nil {
			return s
		}
		return m(p.o.Style, s)
	}
	text = render.Escape(text)
	width := p.o.Style.Width
	if p.o.Height > 0 || width == 0 {
		if width > 0 {
			text = render.Fit(text, max(1, width-render.Columns(prefix)))
		}
		p.lines = append(p.lines, prefix+paint(text))
		return
	}
	for i, line := range render.Wrap(text, width-render.Columns(prefix)) {
		if i == 1 {
			prefix = strings.NewReplacer("├─ ", "│  ", "└─ ", "   ").Replace(prefix)
		}
		p.lines = append(p.lines, prefix+paint(line))
	}
}

// wrapped adds text that may take some lines of a screen; rest stands before all but the first.
func (p *picture) wrapped(prefix, rest, text string, most int) {
	width := p.o.Style.Width
	if p.o.Height <= 0 || width == 0 {
		p.text(prefix, text, nil)
		return
	}
	lines := render.Wrap(render.Escape(text), width-render.Columns(prefix))
	for i, line := range lines {
		if i == most-1 && len(lines) > most {
			line += " …"
		}
		if i < most {
			p.lines = append(p.lines, prefix+render.Fit(line, width-render.Columns(prefix)))
		}
		prefix = rest
	}
}

// first adds the first of some texts that fits, the last one where none does.
func (p *picture) first(prefix string, m mood, texts ...string) {
	room := p.o.Style.Width - render.Columns(prefix)
	for i, text := range texts {
		if p.o.Style.Width == 0 || i == len(texts)-1 || render.Columns(render.Escape(text)) <= room {
			p.text(prefix, text, m)
			return
		}
	}
}

func (p *picture) findings() {
	if len(p.st.Findings) == 0 {
		return
	}
	p.gap()
	if p.o.Height <= 0 {
		var out strings.Builder
		// A Builder takes all that is written.
		_ = explain.Write(&out, p.o.Style, p.st.Findings, p.o.Lang)
		p.lines = append(p.lines, strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")...)
		return
	}
	for _, f := range p.st.Findings {
		entry, _ := explain.Lookup(f.Code, p.o.Lang)
		m := map[explain.Severity]mood{explain.Error: render.Style.Bad, explain.Warning: render.Style.Warn}[f.Severity]
		p.text("", string(f.Severity)+" "+f.Code+"  "+entry.Title, m)
		if p.level < shortFindings {
			p.wrapped("  ", "  ", entry.Sentence(f.Args), 3)
		}
	}
}

func (p *picture) undo() {
	u := p.st.Undo
	if u == nil {
		return
	}
	var images []string
	for _, i := range u.Images {
		images = append(images, i.Container+" "+i.Image)
	}
	if p.o.Height > 0 && render.Columns(u.Command)+len(label) > p.o.Style.Width {
		// A command that is cut cannot be copied.
		p.text("go back:", "", nil)
		p.wrapped("", "", u.Command, 4)
	} else {
		p.text("go back    ", u.Command, nil)
	}
	if p.level >= tightest {
		return
	}
	p.text(label, fmt.Sprintf("revision %d runs %s, %d of its Pods are available", u.Revision, strings.Join(images, ", "), u.Available), render.Style.Dim)
}
