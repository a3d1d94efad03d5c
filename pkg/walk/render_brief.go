package walk

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// Differ says whether it matters where packets come from.
func (a *Walks) Differ() bool { return len(groups(a.Walks)) > 1 }

// RenderBrief writes, for addresses to which packets fare alike, a line for each of the
// clients that do: what becomes of their packets, and where they arrive if those of others
// arrive elsewhere.
func RenderBrief(w io.Writer, answers []*Walks, style render.Style) error {
	out := &printer{w: w, style: style}
	var same []briefly
	for _, a := range answers {
		to, fates := a.To+"/"+a.Protocol, a.fates()
		i := slices.IndexFunc(same, func(b briefly) bool { return slices.Equal(b.fates, fates) })
		if i < 0 {
			same = append(same, briefly{[]string{to}, fates})
		} else {
			same[i].to = append(same[i].to, to)
		}
	}
	for _, b := range same {
		for _, line := range render.Wrap("to "+list(b.to), style.Width) {
			out.line(line)
		}
		for _, f := range b.fates {
			out.fate(f)
		}
	}
	return out.err
}

// briefly is what becomes of packets to some addresses.
type briefly struct {
	to    []string
	fates []fate
}

type fate struct {
	text    string
	verdict netfilter.Verdict
}

func (a *Walks) fates() []fate {
	all := groups(a.Walks)
	places := map[string]bool{}
	for _, g := range all {
		places[g[0].arrivals()] = true
	}
	delete(places, "")
	var out []fate
	for _, g := range all {
		text := fmt.Sprintf("from %s: %s", clients(g), g[0].verdict())
		if to := g[0].arrivals(); len(places) > 1 && to != "" {
			text += " (" + to + ")"
		}
		out = append(out, fate{text, g[0].Verdict})
	}
	return out
}

func (out *printer) fate(f fate) {
	indent := "  "
	for _, line := range render.Wrap(render.Escape(f.text), max(out.style.Width-2*len(indent), 0)) {
		if f.verdict != netfilter.DNAT {
			line = mood(f.verdict)(out.style, line)
		}
		out.print(indent + line)
		indent = "    "
	}
}

// mostArrivals is how many endpoints a line names.
const mostArrivals = 4

// arrivals names the endpoints.
func (w Walk) arrivals() string {
	var out []string
	for _, e := range w.Endpoints {
		out = append(out, e.Address)
	}
	if more := len(out) - mostArrivals; more > 0 {
		out = append(out[:mostArrivals], fmt.Sprintf("%d more", more))
	}
	return strings.Join(out, ", ")
}

// clients names those that fare alike.
func clients(g []Walk) string {
	var from []string
	for _, one := range g {
		words := clientWords[one.From]
		if words == "" {
			words = one.From
		}
		from = append(from, words)
	}
	return list(from)
}

// clientWords name the clients that nobody named.
var clientWords = map[string]string{pod: "a Pod", itself: "the node itself", outside: "outside"}

func list(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
