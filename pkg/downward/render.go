package downward

import (
	"fmt"
	"io"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// Options say how an answer is shown.
type Options struct {
	Style render.Style
	Lang  explain.Lang
	// Wide shows values at length, and the rule behind each field.
	Wide bool
}

// Render writes the answer for a person: whether the values hold, what is wrong, what
// the Pod uses, and all that it could use.
func Render(w io.Writer, v *View, o Options) error {
	out := &printer{w: w, o: o}
	for _, line := range render.Wrap(render.Escape(verdict(v)), o.Style.Width) {
		out.line(o.Style.Bold(line))
	}
	for _, line := range render.Wrap(render.Escape(header(v)), o.Style.Width) {
		out.line(o.Style.Dim(line))
	}
	out.line("")
	if out.err == nil {
		out.err = explain.Write(w, o.Style, v.Findings, o.Lang)
	}
	out.notChecked(v)
	out.uses(v)
	out.fields(v.Fields, v.Object.Kind == "Pod" && len(v.Fields) > 0)
	return out.err
}

// RenderAll writes the answers for the templates of a manifest, under one line for all
// where there are several.
func RenderAll(w io.Writer, views []*View, o Options) error {
	out := &printer{w: w, o: o}
	var wrong []string
	for _, v := range views {
		if v.HasErrors() {
			wrong = append(wrong, v.Object.words())
		}
	}
	switch {
	case len(views) < 2:
	case len(wrong) == 0:
		out.line(o.Style.Bold(fmt.Sprintf("%d Pod templates: all can have what they take from the Downward API.", len(views))))
	default:
		text := fmt.Sprintf("%d of %d Pod templates take what cannot be had: %s.", len(wrong), len(views), strings.Join(wrong, ", "))
		for _, line := range render.Wrap(render.Escape(text), o.Style.Width) {
			out.line(o.Style.Bold(line))
		}
	}
	for _, v := range views {
		if len(views) > 1 {
			out.line("")
		}
		if out.err == nil {
			out.err = Render(w, v, o)
		}
	}
	return out.err
}

type printer struct {
	w   io.Writer
	o   Options
	err error
}

func (out *printer) line(text string) {
	if out.err == nil {
		_, out.err = fmt.Fprintln(out.w, text)
	}
}

func (out *printer) sections(header []string, sections []render.Section) {
	if out.err == nil {
		out.err = render.WriteSections(out.w, out.o.Style, header, sections)
	}
}

// notChecked says what was refused, so that a recording says it too.
func (out *printer) notChecked(v *View) {
	for _, m := range v.NotChecked {
		for _, line := range render.Wrap(render.Escape("Not checked: "+m.What+": "+m.Why), out.o.Style.Width) {
			out.line(out.o.Style.Warn(line))
		}
	}
	if len(v.NotChecked) > 0 {
		out.line("")
	}
}

func (out *printer) uses(v *View) {
	head := []string{"USED AS", "CONTAINER", "FIELD", "VALUE NOW", "STATUS"}
	if out.o.Wide {
		head = append(head, "CONTAINER HOLDS", "READ FROM")
	}
	var rows [][]string
	for _, u := range v.Uses {
		if u.Token && !out.o.Wide {
			continue
		}
		row := []string{u.as(), or(u.Container, render.None), u.what(), out.text(u.Should), string(u.Status)}
		if out.o.Wide {
			holds := "<not read>"
			if u.Has != nil {
				holds = cut(*u.Has, out.room())
			}
			row = append(row, holds, or(u.From, render.None))
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		out.sections(head, []render.Section{{Rows: rows}})
		out.line("")
	}
}

func (u Use) as() string {
	if u.As == "env" {
		return "$" + u.Name
	}
	return u.Name
}

// what is the field, with its unit and the container it is of.
func (u Use) what() string {
	text := u.Field
	if u.Of != "" && u.Of != u.Container {
		text += " of " + u.Of
	}
	if u.Divisor != "" && u.Divisor != "1" {
		text += " by " + u.Divisor
	}
	return text
}

func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// room is how many columns of a value are shown.
func (out *printer) room() int {
	if out.o.Wide {
		return 100
	}
	return 40
}

// text is the value of a use in a cell.
func (out *printer) text(v Value) string {
	if v.State != "" && v.State != Partly {
		return "<" + string(v.State) + ">"
	}
	text := cut(v.Text, out.room())
	if v.Origin == FromNode || v.Origin == FromPodLimit {
		text += " (" + string(v.Origin) + ")"
	}
	return text
}

// cut shortens a value, and says how long it is.
func cut(text string, room int) string {
	if text == "" {
		return `""`
	}
	runes := []rune(text)
	if len(runes) <= room {
		return text
	}
	return fmt.Sprintf("%s… (%d bytes)", string(runes[:room-12]), len(text))
}
