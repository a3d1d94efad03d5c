package svcenv

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
	// Wide lists every variable, however many stay the same.
	Wide bool
	// ShowValues has columns for the values of variables that are no Service's.
	ShowValues bool
}

// Render writes the answer for a person: what a restart would change and whether the
// container would still start, what is wrong, the variables of the Services, the others,
// and the size of all.
func Render(w io.Writer, v *View, o Options) error {
	out := &printer{w: w, o: o}
	for _, line := range render.Wrap(render.Escape(verdict(v)), o.Style.Width) {
		out.line(o.Style.Bold(line))
	}
	out.dim(header(v))
	out.line("")
	if out.err == nil {
		out.err = explain.Write(w, o.Style, v.Findings, o.Lang)
	}
	out.services(v)
	out.others(v)
	out.size(v.Size)
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

func (out *printer) dim(text string) {
	for _, line := range render.Wrap(render.Escape(text), out.o.Style.Width) {
		out.line(out.o.Style.Dim(line))
	}
}

func (out *printer) sections(header []string, sections []render.Section) {
	if out.err == nil {
		out.err = render.WriteSections(out.w, out.o.Style, header, sections)
	}
}

// verdict is the answer in one line.
func verdict(v *View) string {
	name := fmt.Sprintf("Pod %s/%s, container %s", v.Object.Namespace, v.Object.Name, v.Container.Name)
	for _, f := range v.Findings {
		switch f.Code {
		case explain.EnvironmentTooLarge:
			return fmt.Sprintf("%s: will not start again: its environment would take %d bytes (%s), and Linux allows %d (%s).",
				name, v.Size.AfterRestart.Total, size(v.Size.AfterRestart.Total), v.Size.Limit, size(int(v.Size.Limit)))
		case explain.StringTooLong:
			return name + ": will not start again: the variable " + f.Args["variable"] + " is too long."
		case explain.ConfigMapAbsent:
			return name + ": cannot start: ConfigMap " + f.Args["configMap"] + " does not exist."
		case explain.ConfigMapKeyAbsent:
			return fmt.Sprintf("%s: cannot start: ConfigMap %s has no key %s.", name, f.Args["configMap"], f.Args["key"])
		case explain.EnvironmentReplaced:
			return name + ": its process has no variable of any Service; what the kubelet gave did not reach it."
		}
	}
	return name + ": " + difference(v)
}

// difference says what a restart would change.
func difference(v *View) string {
	count := map[Status]int{}
	for _, s := range v.Services {
		count[s.Status]++
	}
	var changes []string
	for _, c := range []struct {
		status Status
		verb   string
	}{{Added, "add"}, {Removed, "remove"}, {Changed, "change"}} {
		if n := count[c.status]; n > 0 {
			changes = append(changes, fmt.Sprintf("%s those of %d", c.verb, n))
		}
	}
	switch {
	case v.Container.ReadFrom == "" && len(changes) > 0:
		return fmt.Sprintf("what it has was not read; by the age of the Services a restart would %s.", strings.Join(changes, ", "))
	case v.Container.ReadFrom == "":
		return fmt.Sprintf("what it has was not read; if it started now, it would get the variables of %s.", plural(len(v.Services), "Service"))
	case count[NotCompared] > 0 && len(changes) == 0:
		return fmt.Sprintf("has the variables of %s; what a restart would change is not known of %d.", plural(len(v.Services), "Service"), count[NotCompared])
	case len(changes) == 0:
		return fmt.Sprintf("has the variables of %s, and a restart would give it the same.", plural(len(v.Services), "Service"))
	default:
		return fmt.Sprintf("has the variables of %s; a restart would %s.", plural(len(v.Services)-count[Added], "Service"), strings.Join(changes, ", "))
	}
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// size words bytes as a person reads them.
func size(bytes int) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(bytes)/(1<<20))
	case bytes >= 10<<10:
		return fmt.Sprintf("%.0f KiB", float64(bytes)/(1<<10))
	default:
		return plural(bytes, "byte")
	}
}

// header says what was read for the answer.
func header(v *View) string {
	o, c := v.Object, v.Container
	state := o.Phase + ", on no node yet"
	if o.Node != "" {
		state = o.Phase + " on " + o.Node
	}
	parts := []string{state}
	if o.Of != "" {
		parts = append(parts, "picked from "+o.Of)
	}
	if c.StartedAt != nil {
		parts = append(parts, fmt.Sprintf("the container runs since %s, restarts %d", c.StartedAt.Format(timeForm), c.Restarts))
	}
	if len(c.Others) > 0 {
		parts = append(parts, "other containers (-c): "+strings.Join(c.Others, ", "))
	}
	read := "read: the API only"
	if c.ReadFrom != "" {
		read = "read: the API, and " + c.ReadFrom + " by exec"
	}
	return strings.Join(append(parts, read), "; ")
}
