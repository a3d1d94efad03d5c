package downward

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// titles are the groups' headings.
var titles = map[Group]string{
	EnvOrVolume: "By a variable or a file (fieldRef)",
	EnvOnly:     "By a variable only (fieldRef)",
	VolumeOnly:  "By a file only (fieldRef)",
	Resources:   "Resources (resourceFieldRef)",
}

// changes are the words of a Change in a cell; legend explains them.
var changes = map[Change]string{Never: "fixed", AtRestart: "restart", Live: "live", AtResize: "resize"}

const legend = "CHANGES  fixed: never in the life of a Pod.  restart: a variable is computed when its container starts.  " +
	"live: a file follows within about a minute, unless it is mounted by subPath.  resize: as live, by a resize in place.  " +
	"Of a pair the first is the variable's, the second the file's."

// fields writes the table of fields; of says whether they are a Pod's, with values.
func (out *printer) fields(fields []Field, of bool) {
	if len(fields) == 0 {
		return
	}
	head := []string{"FIELD", "ENV", "VOLUME"}
	if of {
		head = append(head, "VALUE", "CHANGES", "USED BY")
	} else {
		head = append(head, "CHANGES", "FEATURE GATES")
	}
	if out.o.Wide {
		head = append(head, "REASON")
	}
	var sections []render.Section
	for _, f := range fields {
		title := f.title()
		if len(sections) == 0 || sections[len(sections)-1].Title != title {
			sections = append(sections, render.Section{Title: title})
		}
		last := &sections[len(sections)-1]
		last.Rows = append(last.Rows, out.row(f, of))
	}
	out.sections(head, sections)
	out.line("")
	for _, line := range render.Wrap(legend, out.o.Style.Width) {
		out.line(out.o.Style.Dim(line))
	}
}

func (f Field) title() string {
	if f.Container != "" {
		return "Resources of container " + f.Container + " (resourceFieldRef)"
	}
	return titles[f.Group]
}

func (out *printer) row(f Field, of bool) []string {
	row := []string{f.Field, f.Env.words(), f.Volume.words()}
	if of {
		row = append(row, out.value(f))
	}
	row = append(row, f.changes())
	if of {
		row = append(row, or(strings.Join(f.UsedBy, ", "), render.None))
	} else {
		row = append(row, or(strings.Join(f.Gates, ", "), render.None))
	}
	if out.o.Wide {
		row = append(row, reasons[f.Reason])
	}
	return row
}

func (w Way) words() string {
	switch {
	case w.Allowed && w.Since != "":
		return "yes, since " + w.Since
	case w.Allowed:
		return "yes"
	case w.Since != "" && w.Gate != "":
		return "no, from " + w.Since + " on (gate " + w.Gate + ")"
	case w.Since != "":
		return "no, from " + w.Since + " on"
	default:
		return "no"
	}
}

func (f Field) changes() string {
	env, file := changes[f.Env.Changes], changes[f.Volume.Changes]
	switch {
	case env == "" || env == file:
		return file
	case file == "":
		return env
	default:
		return env + "/" + file
	}
}

// value is what a variable and a file get: once where that is the same.
func (out *printer) value(f Field) string {
	env, file := f.Env.Value, f.Volume.Value
	switch {
	case env == nil && file == nil:
		return render.None
	case env == nil:
		return out.cell(*file)
	case file == nil:
		return out.cell(*env)
	}
	one, other := out.cell(*env), out.cell(*file)
	if one == other {
		return one
	}
	return "env " + one + ", file " + other
}

// cell is a value with what it is in other units, and where it comes from.
func (out *printer) cell(v Value) string {
	if v.State != "" && v.State != Partly {
		return "<" + string(v.State) + ">"
	}
	text := cut(v.Text, out.room())
	if notes := v.notes(); len(notes) > 0 {
		text += " (" + strings.Join(notes, "; ") + ")"
	}
	return text
}

func (v Value) notes() []string {
	var notes []string
	if v.Quantity != "" && v.Quantity != v.Text && v.Origin != UnsetRequest {
		notes = append(notes, v.Quantity)
	}
	for _, d := range []string{"1m", "1Mi"} {
		if by := v.ByDivisor[d]; by != "" && by != "0" {
			notes = append(notes, fmt.Sprintf("%s by %s", by, d))
		}
	}
	if v.Origin != "" && v.Origin != FromKubelet {
		notes = append(notes, string(v.Origin))
	}
	if v.State != "" {
		notes = append(notes, string(v.State))
	}
	return notes
}
