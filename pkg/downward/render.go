package downward

import (
	"fmt"
	"io"
	"slices"
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
	out.uses(v)
	out.fields(v.Fields, v.Object.Kind == "Pod" && len(v.Fields) > 0)
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

// verdict is the answer in one line.
func verdict(v *View) string {
	name := v.Object.words()
	count, n := map[Status]int{}, 0
	for _, u := range v.Uses {
		if !u.Token {
			count[u.Status]++
			n++
		}
	}
	wrong := wrongWords(count)
	switch {
	case n == 0:
		return name + " uses no field of the Downward API."
	case v.Object.Phase == "" && count[Refused] > 0:
		return fmt.Sprintf("%s would be refused, or not start: %d of its %s of the Downward API cannot be had.", name, count[Refused], uses(n))
	case v.Object.Phase == "":
		return fmt.Sprintf("%s can have what it takes from the Downward API: %s.", name, uses(n))
	case wrong != "":
		return fmt.Sprintf("%s: %s of the Downward API, not all as they should be now: %s.", name, uses(n), wrong)
	case count[Holds] == n:
		return fmt.Sprintf("%s: %s of the Downward API, and the container holds what it should now.", name, uses(n))
	case count[Holds] == 0:
		return fmt.Sprintf("%s: %s of the Downward API; what the container holds was not read.", name, uses(n))
	default:
		return fmt.Sprintf("%s: %s of the Downward API, %d of them read in the container, and as they should be.", name, uses(n), count[Holds])
	}
}

func wrongWords(count map[Status]int) string {
	var words []string
	for _, s := range []Status{Refused, Absent, Other, Old, Behind, Overridden} {
		if count[s] > 0 {
			words = append(words, fmt.Sprintf("%d %s", count[s], s))
		}
	}
	return strings.Join(words, ", ")
}

func uses(n int) string {
	if n == 1 {
		return "1 use"
	}
	return fmt.Sprintf("%d uses", n)
}

// header says what was read for the answer.
func header(v *View) string {
	o := v.Object
	if o.Phase == "" {
		return "by the rules of Kubernetes " + o.Version + "; no cluster was asked"
	}
	state := o.Phase + ", on no node yet"
	if o.Node != "" {
		state = o.Phase + " on " + o.Node
	}
	parts := []string{state}
	if o.Version != "" {
		parts = append(parts, "Kubernetes "+o.Version)
	}
	if o.Of != "" {
		parts = append(parts, "picked from "+o.Of)
	}
	var from []string
	for _, u := range v.Uses {
		if u.Has != nil && !slices.Contains(from, u.Container) {
			from = append(from, u.Container)
		}
	}
	read := "read: the API only"
	if len(from) > 0 {
		read = "read: the API, and by exec in container " + strings.Join(from, ", ")
	}
	return strings.Join(append(parts, read), "; ")
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
