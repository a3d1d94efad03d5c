package walk

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Render writes the answer for people: for each kind of client what becomes of its
// packet, the rules that do it, and where it arrives. Clients that fare alike stand
// together.
func Render(w io.Writer, a *Walks, style render.Style) error {
	return RenderOwned(w, a, style, true, nil)
}

// RenderOwned is Render, with the rules or without, and with whose each endpoint is where
// owner says that.
func RenderOwned(w io.Writer, a *Walks, style render.Style, rules bool, owner func(address string) string) error {
	out := &printer{w: w, style: style, rules: rules, owner: owner}
	for i, g := range groups(a.Walks) {
		if i > 0 {
			out.line("")
		}
		out.group(a, g)
	}
	for _, note := range a.Notes {
		out.line("")
		out.line("note: " + note)
	}
	return out.err
}

type printer struct {
	w     io.Writer
	style render.Style
	rules bool
	owner func(address string) string
	err   error
}

func (out *printer) line(text string) { out.print(render.Escape(text)) }

// print writes what is escaped, and may be painted.
func (out *printer) print(text string) {
	if out.err == nil {
		_, out.err = fmt.Fprintln(out.w, text)
	}
}

// groups puts walks that end alike and hit the same rules together.
func groups(walks []Walk) [][]Walk {
	var out [][]Walk
next:
	for _, w := range walks {
		for i := range out {
			if Same(out[i][0], w) {
				out[i] = append(out[i], w)
				continue next
			}
		}
		out = append(out, []Walk{w})
	}
	return out
}

func (out *printer) group(a *Walks, g []Walk) {
	w := g[0]
	root := render.Branch{Label: fmt.Sprintf("%s/%s from %s: %s", a.To, a.Protocol, clients(g), w.verdict()), Mood: mood(w.Verdict)}
	if out.rules {
		root.Branches = tree(w.hits)
	}
	if out.err == nil {
		out.err = render.WriteTree(out.w, out.style, root)
	}
	for _, c := range w.Cases {
		out.line(c.words())
	}
	out.endpoints(w)
	if len(w.Affinity) > 0 {
		out.line("a client that was here before is sent where it was, by:")
	}
	for _, rule := range w.Affinity {
		out.line("  " + rule)
	}
}

// verdict is what becomes of the packet, in words.
func (w Walk) verdict() string {
	text := verdictWords(w.Verdict, w.Endpoints, w.Masquerade)
	depends := "depends on: " + strings.Join(w.DependsOn, "; ")
	switch {
	case len(w.DependsOn) == 0:
	case w.Verdict == netfilter.DNAT:
		text = "DNAT to " + count(len(w.Endpoints), "endpoint") + "; " + depends
	default:
		text = depends
	}
	for _, o := range w.Others {
		text += fmt.Sprintf("; %s for %s", o.Verdict, percent(o.Share))
	}
	return text
}

func verdictWords(v netfilter.Verdict, to []Endpoint, masquerade bool) string {
	switch v {
	case netfilter.DNAT:
		return fmt.Sprintf("DNAT to %s, %s", count(len(to), "endpoint"), masqueraded(to, masquerade))
	case netfilter.Reject:
		return "REJECT: the client gets an answer that says no"
	case netfilter.Drop:
		return "DROP: the client waits until it gives up"
	case netfilter.Accept:
		return "ACCEPT: a rule lets it through as it is" + sourceWords(masquerade)
	default:
		return "NONE: no rule takes it" + sourceWords(masquerade)
	}
}

func sourceWords(masquerade bool) string {
	if masquerade {
		return ", but for its source, which is masqueraded"
	}
	return ""
}

func masqueraded(to []Endpoint, some bool) string {
	n := 0
	for _, e := range to {
		if e.Masquerade {
			n++
		}
	}
	switch {
	case !some:
		return "the source stays"
	case n == len(to):
		return "the source is masqueraded"
	default:
		return fmt.Sprintf("the source is masqueraded on the way to %d of them", n)
	}
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func percent(share float64) string {
	return fmt.Sprintf("%v%%", math.Round(share*1000)/10)
}

func mood(v netfilter.Verdict) func(render.Style, string) string {
	switch v {
	case netfilter.Reject, netfilter.Drop:
		return render.Style.Bad
	case netfilter.Unsure:
		return render.Style.Warn
	default:
		return render.Style.Bold
	}
}

func (c Case) words() string {
	var when []string
	for _, h := range c.Holds {
		when = append(when, strings.TrimPrefix(h, "whether "))
	}
	for _, f := range c.Fails {
		when = append(when, "not "+strings.TrimPrefix(f, "whether "))
	}
	var to []string
	for _, e := range c.Endpoints {
		to = append(to, e.Address)
	}
	text := fmt.Sprintf("  if %s: %s", strings.Join(when, ", and "), verdictWords(c.Verdict, c.Endpoints, c.Masquerade))
	if len(to) > 0 {
		text += ": " + strings.Join(to, ", ")
	}
	return text
}

// endpoints is the table of where connections arrive.
func (out *printer) endpoints(w Walk) {
	if len(w.Endpoints) == 0 || out.err != nil {
		return
	}
	var rows [][]string
	for _, e := range w.Endpoints {
		masquerade := "no"
		switch {
		case len(w.DependsOn) > 0:
			masquerade = "<unknown>"
		case e.Masquerade:
			masquerade = "yes"
		}
		row := []string{e.Address, percent(e.Share), masquerade}
		if out.owner != nil {
			row = append(row, out.owner(e.Address))
		}
		rows = append(rows, row)
	}
	headings := []string{"ENDPOINT", "SHARE", "MASQUERADE"}
	if out.owner != nil {
		headings = append(headings, "POD")
	}
	out.err = render.WriteTable(out.w, headings, rows)
}

// tree nests the rules as the jumps do.
func tree(hits []netfilter.Hit) []render.Branch {
	out, _ := branches(hits, 0)
	return out
}

// branches takes the hits of one depth, with those deeper under the one before them.
func branches(hits []netfilter.Hit, depth int) ([]render.Branch, []netfilter.Hit) {
	var out []render.Branch
	for len(hits) > 0 && hits[0].Depth >= depth {
		if hits[0].Depth > depth && len(out) > 0 {
			out[len(out)-1].Branches, hits = branches(hits, depth+1)
			continue
		}
		out = append(out, render.Branch{Label: words(hits[0])})
		hits = hits[1:]
	}
	return out, hits
}
