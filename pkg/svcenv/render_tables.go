package svcenv

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// maxRows is how many rows of a table are shown that say nothing new, unless the wide form
// is asked for.
const maxRows = 40

// services writes the variables of the Services, what a restart would change first.
func (out *printer) services(v *View) {
	byService := map[string][]Variable{}
	for _, variable := range v.Variables {
		if variable.Source == FromService {
			byService[variable.From] = append(byService[variable.From], variable)
		}
	}
	services := slices.Clone(v.Services)
	slices.SortStableFunc(services, func(a, b Service) int { return urgency(a.Status) - urgency(b.Status) })
	var sections []render.Section
	shown, left, leftServices := 0, 0, 0
	for _, s := range services {
		rows := byService[s.words()]
		if !out.o.Wide && shown > 0 && shown+len(rows) > maxRows {
			left, leftServices = left+len(rows), leftServices+1
			continue
		}
		shown += len(rows)
		section := render.Section{Title: s.title()}
		for _, variable := range rows {
			section.Rows = append(section.Rows, variable.ofService())
		}
		sections = append(sections, section)
	}
	if shown == 0 {
		return
	}
	out.sections([]string{"VARIABLE", "PORT", "HAS", "AFTER RESTART", "STATUS"}, sections)
	if left > 0 {
		out.dim(fmt.Sprintf("and %s of %s; -o wide lists all", plural(left, "more variable"), plural(leftServices, "Service")))
	}
	out.line("")
}

func urgency(s Status) int {
	return slices.Index([]Status{Changed, Removed, Added, NotCompared, NotRead, Same}, s)
}

// title is the heading of a Service's variables.
func (s Service) title() string {
	text := s.words()
	if s.ClusterIP != "" {
		text += ", " + s.ClusterIP
	}
	switch {
	case s.Created == nil && s.Status == NotCompared:
		return text + ": could not be read"
	case s.Created == nil:
		return text + ": gives none any more"
	case s.Younger:
		return text + ", age " + s.Age + ": younger than the container"
	default:
		return text + ", age " + or(s.Age, "<unknown>")
	}
}

func (v Variable) ofService() []string {
	return []string{v.Name, or(v.Port, render.None), v.Has.shown(), v.Gets.shown(), string(v.Status)}
}

// shown is a value in a cell: where it is hidden or not known, its length.
func (v *Value) shown() string {
	switch {
	case v == nil:
		return render.None
	case v.Text != nil && *v.Text == "":
		return `""`
	case v.Text != nil:
		return *v.Text
	case v.Bytes != nil:
		return "<hidden, " + plural(*v.Bytes, "byte") + ">"
	default:
		return "<unknown>"
	}
}

// length is how long a value is, in a cell.
func (v *Value) length() string {
	switch {
	case v == nil:
		return render.None
	case v.Bytes == nil:
		return "<unknown>"
	default:
		return fmt.Sprint(*v.Bytes)
	}
}

// others writes the variables that are no Service's.
func (out *printer) others(v *View) {
	head := []string{"VARIABLE", "FROM", "BYTES", "REFERS TO", "STATUS"}
	if out.o.ShowValues {
		head = append(head, "HAS", "AFTER RESTART", "IN THE MANIFEST")
	}
	var rows [][]string
	left := 0
	for _, variable := range v.Variables {
		if variable.Source == FromService {
			continue
		}
		if !out.o.Wide && len(rows) >= maxRows && (variable.Status == Same || variable.Status == Kept) {
			left++
			continue
		}
		rows = append(rows, out.other(variable))
	}
	if len(rows) == 0 {
		return
	}
	out.sections(head, []render.Section{{Rows: rows}})
	if left > 0 {
		out.dim("and " + plural(left, "more variable") + "; -o wide lists all")
	}
	out.line("")
}

func (out *printer) other(v Variable) []string {
	bytes := v.Has.length()
	if v.Has == nil {
		bytes = v.Gets.length()
	} else if v.Gets != nil && v.Gets.length() != bytes {
		bytes += " → " + v.Gets.length()
	}
	row := []string{v.Name, v.origin(), bytes, v.refersTo(), string(v.Status)}
	if out.o.ShowValues {
		row = append(row, v.Has.shown(), v.Gets.shown(), or(v.Expression, render.None))
	}
	return row
}

// origin is who gives a variable.
func (v Variable) origin() string {
	var text string
	switch {
	case v.Source == FromOther:
		text = "image, runtime or process"
	case v.From == "":
		text = "manifest"
	case v.Key != "":
		text = v.From + ", key " + v.Key
	default:
		text = v.From
	}
	if v.Hides != "" {
		text += "; hides Service " + v.Hides
	}
	return text
}

func (v Variable) refersTo() string {
	var parts []string
	for _, name := range v.References {
		part := "$(" + name + ")"
		if slices.Contains(v.Unresolved, name) {
			part += " unresolved"
		}
		parts = append(parts, part)
	}
	return or(strings.Join(parts, ", "), render.None)
}

func or(text, none string) string {
	if text == "" {
		return none
	}
	return text
}

// size writes how much of the room is taken.
func (out *printer) size(z *Size) {
	if z == nil {
		out.dim("SIZE  not checked: the limits that kk knows are those of Linux")
		return
	}
	row := func(when string, m *Measure) []string {
		if m == nil {
			return []string{when, "<not read>", "<not read>", "<not read>", render.None}
		}
		least := ""
		if m.AtLeast {
			least = "at least "
		}
		percent := fmt.Sprintf("%.1f%%", float64(m.Total)*100/float64(max(z.Limit, 1)))
		return []string{when, least + fmt.Sprint(m.Count), least + fmt.Sprint(m.Strings), least + fmt.Sprint(m.Total), percent}
	}
	out.sections([]string{"SIZE", "VARIABLES", "BYTES", "WITH POINTERS AND ARGUMENTS", "OF THE LIMIT"}, []render.Section{{Rows: [][]string{
		row("environment now", z.Now), row("environment after restart", &z.AfterRestart),
	}}})
	out.line("")
	out.dim(z.legend())
}

// legend says what the limit is, and what it follows from.
func (z *Size) legend() string {
	stack, from := "no limit of the stack", "assumed, because it was not read"
	if z.Stack != noLimit {
		stack = "the usual stack limit of " + size(int(z.Stack))
		if z.StackFrom != "" {
			stack = "the container's stack limit of " + size(int(z.Stack))
		}
	}
	if z.StackFrom != "" {
		from = z.StackFrom
	}
	arguments := "the arguments were not read and are not counted"
	if z.Arguments != nil {
		arguments = plural(z.Arguments.Count, "argument")
	}
	return fmt.Sprintf("LIMIT  %s bytes for variables and arguments together, by %s (%s); %s; one string may take %d bytes",
		fmt.Sprint(z.Limit), stack, from, arguments, z.StringLimit)
}
