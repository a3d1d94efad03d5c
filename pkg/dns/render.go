package dns

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// Options say how a Resolution is shown.
type Options struct {
	Style render.Style
	Lang  explain.Lang
	// Wide shows every query, and all of the file.
	Wide bool
}

// Render writes the answer for a person: the answer in one line, what is wrong, then
// the file and the names.
func Render(w io.Writer, r *Resolution, o Options) error {
	out := &printer{w: w, o: o, r: r}
	out.line(o.Style.Bold(render.Escape(verdict(r))))
	out.line(o.Style.Dim(render.Escape(r.readWords())))
	out.line("")
	if r.HasErrors() {
		out.findings()
	}
	if (len(r.Lookups) == 0 || o.Wide) && !r.Windows {
		out.tree(r.fileTree())
	}
	for _, l := range r.Lookups {
		out.tree(r.lookupTree(l, o.Wide))
		out.savings(l)
		out.others(l)
	}
	if r.Should != nil && (o.Wide || r.Windows) {
		out.should()
	}
	if !r.HasErrors() {
		out.findings()
	}
	out.notChecked()
	return out.err
}

type printer struct {
	w   io.Writer
	o   Options
	r   *Resolution
	err error
}

func (out *printer) line(text string) {
	if out.err == nil {
		_, out.err = fmt.Fprintln(out.w, text)
	}
}

func (out *printer) tree(b render.Branch) {
	if out.err == nil {
		out.err = render.WriteTree(out.w, out.o.Style, b)
	}
	out.line("")
}

func (out *printer) table(header []string, rows [][]string) {
	if out.err == nil && len(rows) > 0 {
		out.err = render.WriteTable(out.w, header, rows)
		out.line("")
	}
}

func (out *printer) findings() {
	if out.err == nil {
		out.err = explain.Write(out.w, out.o.Style, out.r.Findings, out.o.Lang)
	}
}

// savings says what would cost fewer queries.
func (out *printer) savings(l Lookup) {
	var rows [][]string
	for _, s := range l.Savings {
		instead := s.Type
		if s.Ndots != nil {
			instead = "(ndots:" + strconv.Itoa(*s.Ndots) + " in the Pod's dnsConfig)"
		}
		rows = append(rows, []string{s.Target, instead, strconv.Itoa(s.Queries), strconv.Itoa(s.InsteadOf)})
	}
	out.table([]string{"IF YOU MEAN", "TYPE", "QUERIES", "INSTEAD OF"}, rows)
}

// others says what other resolvers do otherwise.
func (out *printer) others(l Lookup) {
	var rows [][]string
	for _, o := range l.Others {
		tries := "nothing"
		if len(o.Names) > 0 {
			tries = strings.Join(o.Names, ", ")
		}
		if len(o.Names) > 1 {
			tries = fmt.Sprintf("%d names, %s first", len(o.Names), o.Names[0])
		}
		rows = append(rows, []string{o.Libc.name(), tries, strconv.Itoa(o.Queries), o.Result})
	}
	header := []string{"OTHERWISE BY", "TRIES", "QUERIES", "RESULT"}
	if !slices.ContainsFunc(l.Others, func(o Other) bool { return o.Result != "" }) {
		header[3] = ""
	}
	out.table(header, rows)
}

// should shows what the kubelet writes for the Pod, and from where.
func (out *printer) should() {
	var rows [][]string
	add := func(what string, list []Entry) {
		for _, e := range list {
			rows = append(rows, []string{what, e.Value, string(e.From)})
		}
	}
	s := out.r.Should
	add("nameserver", s.Servers)
	add("search", s.Search)
	add("option", s.Options)
	add("cut", s.Cut)
	out.table([]string{"SHOULD HAVE", "VALUE", "FROM"}, rows)
}

// notChecked says what could not be read, and why.
func (out *printer) notChecked() {
	for i, m := range out.r.NotChecked {
		if i == 0 && len(out.r.Findings) > 0 && out.r.HasErrors() {
			out.line("")
		}
		out.line(out.o.Style.Dim(render.Escape("Not checked: " + m.What + ": " + m.Why)))
	}
}

// readWords says what was read, and by whose rules.
func (r *Resolution) readWords() string {
	if r.NotRead != "" {
		return "computed, not read: " + r.NotRead + "; from " + r.Source + r.libcWords()
	}
	return "read: " + r.Source + r.libcWords()
}

// libcWords say which resolver the answer is about, and how that is known.
func (r *Resolution) libcWords() string {
	if r.Windows {
		return ""
	}
	words := "; as " + r.Config.Libc.words()
	if r.LibcBecause != "" {
		words += ": " + r.LibcBecause
	}
	if r.LibcAssumed {
		words += ", which is assumed: --libc says another"
	}
	return words
}

// name is the resolver as a sentence has it.
func (l Libc) name() string {
	if l == Go {
		return "Go"
	}
	return string(l)
}

func (l Libc) words() string {
	switch l {
	case Musl:
		return "musl does (Alpine)"
	case Go:
		return "Go does (programs without cgo)"
	default:
		return "glibc does (Debian, Ubuntu, Red Hat)"
	}
}

// words say what a name stands for.
func (m Meaning) words() string {
	switch m.Kind {
	case MeansService:
		return "Service " + m.Service + " in " + m.Namespace
	case MeansPod:
		return "Pod " + m.Host + " of headless Service " + m.Service + " in " + m.Namespace
	case MeansPodIP:
		return "Pod with the address " + strings.ReplaceAll(m.Host, "-", ".") + " in " + m.Namespace
	case MeansPort:
		return "port " + m.Host + " of Service " + m.Service + " in " + m.Namespace
	case MeansNothing:
		return "no name that Kubernetes gives"
	case MeansOutside:
		return "a name outside of the cluster"
	case MeansTopLevel:
		return "a top-level name"
	default:
		return ""
	}
}
