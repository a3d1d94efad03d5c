package rollout

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

func (p *picture) tree() {
	w := &p.st.Workload
	if p.st.Verdict == Gone {
		return
	}
	numbers := fmt.Sprintf("%d desired, %d exist, %d updated, %d ready, %d available", w.Desired, w.Current, w.Updated, w.Ready, w.Available)
	if w.Terminating != nil && *w.Terminating > 0 {
		numbers += fmt.Sprintf(", %d terminating", *w.Terminating)
	}
	short := fmt.Sprintf("%d desired, %d exist, %d updated, %d available", w.Desired, w.Current, w.Updated, w.Available)
	p.first("", nil, spaced(w.name(), w.Strategy, numbers, p.age(w.Created)), spaced(w.name(), numbers), spaced(w.Name, numbers), spaced(w.Name, short), short)
	var shown []*Revision
	hidden := p.st.OlderRevisions
	for i := range p.st.Revisions {
		r := &p.st.Revisions[i]
		if p.level >= fewRevisions && !r.New && len(r.Pods) == 0 {
			hidden++
			continue
		}
		shown = append(shown, r)
	}
	for i, r := range shown {
		corner, below := "├─ ", "│  "
		if i == len(shown)-1 && hidden == 0 {
			corner, below = "└─ ", "   "
		}
		p.revision(r, corner, below)
	}
	if hidden > 0 {
		p.text("└─ ", fmt.Sprintf("%s without Pods (--limit-revisions)", plural(hidden, "older revision")), render.Style.Dim)
	}
}

func (p *picture) revision(r *Revision, corner, below string) {
	number, name, isNew := "revision "+strconv.FormatInt(r.Number, 10), r.Name, ""
	switch {
	case p.st.Workload.Kind == "ReplicaSet":
		number = "ReplicaSet"
	case r.New:
		isNew = "new"
	}
	var m mood
	if !r.New && len(r.Pods) == 0 {
		m = render.Style.Dim
	}
	if r.Name == "" {
		p.text(corner, "new revision, not made yet", nil)
	} else {
		cells, numbers, age := bar(r, p.st.Workload.Desired), revisionNumbers(r), p.age(r.Created)
		p.first(corner, m, spaced(number, name, isNew, cells, numbers, age), spaced(number, isNew, cells, numbers, age), spaced(number, isNew, numbers))
	}
	lines := below
	if len(r.Pods) > 0 {
		lines += "│  "
	} else {
		lines += "   "
	}
	p.why(r, lines)
	p.pods(r, below)
}

// spaced are texts two blanks apart, those that are there.
func spaced(texts ...string) string {
	return strings.Join(slices.DeleteFunc(texts, func(s string) bool { return s == "" }), "  ")
}

func revisionNumbers(r *Revision) string {
	if r.Unknown {
		return "its Pods are not known"
	}
	if r.Current == 0 && len(r.Pods) == 0 && (r.Desired == nil || *r.Desired == 0) {
		return "no Pods"
	}
	desired := ""
	if r.Desired != nil {
		desired = fmt.Sprintf("%d desired, ", *r.Desired)
	}
	return fmt.Sprintf("%s%d ready, %d available", desired, r.Ready, r.Available)
}

// why says why a revision exists.
func (p *picture) why(r *Revision, prefix string) {
	if !r.busy() && p.level >= groupPods {
		return
	}
	if r.ChangeCause != "" {
		p.text(prefix, "cause: "+r.ChangeCause, nil)
	}
	if len(r.Earlier) > 0 {
		p.text(prefix, "was revision "+strconv.FormatInt(r.Earlier[len(r.Earlier)-1], 10)+" before", render.Style.Dim)
	}
	most := 8
	if p.level >= groupPods {
		most = 2
	}
	for i, d := range r.Differences {
		if i == most {
			p.text(prefix, fmt.Sprintf("%d more differences from revision %d", len(r.Differences)-most, r.Since), render.Style.Dim)
			break
		}
		p.text(prefix, d.String(), nil)
	}
	if r.Since == 0 && p.level < groupPods {
		p.images(r, prefix)
	}
}

func (p *picture) images(r *Revision, prefix string) {
	for _, i := range r.Images {
		p.text(prefix, "container "+i.Container+": image "+i.Image, render.Style.Dim)
	}
}

// barCells is how many cells a bar has at most.
const barCells = 10

// bar shows a revision's share: █ available, ▒ ready, ░ there, · not there. There is none
// where that is not known.
func bar(r *Revision, desired int32) string {
	if r.Unknown {
		return ""
	}
	total := max(desired, r.Current, r.Available, 1)
	cells := min(total, barCells)
	scale := func(n int32) int32 { return (n*cells + total - 1) / total }
	available := scale(r.Available)
	ready := max(available, scale(r.Ready))
	there := max(ready, scale(r.Current))
	if available == cells && r.Available < total {
		available--
	}
	return strings.Repeat("█", int(available)) + strings.Repeat("▒", int(ready-available)) +
		strings.Repeat("░", int(there-ready)) + strings.Repeat("·", int(cells-there))
}

func (p *picture) nodes() {
	byWhy := map[string][]string{}
	for _, n := range p.st.Nodes {
		why := map[string]string{
			"taint": "no Pod there: taint " + n.What + " is not tolerated", "selector": "no Pod there: the node selector or affinity does not fit",
			"name": "no Pod there: the template names the node " + n.What, "pending": "no Pod there yet",
		}[n.Why]
		if n.Pod != "" {
			why = "runs a Pod, though it should not (" + n.Why + " " + n.What + ")"
		}
		byWhy[why] = append(byWhy[why], n.Name)
	}
	for _, why := range sortedKeys(byWhy) {
		p.text("", some(byWhy[why])+": "+why, render.Style.Dim)
	}
}
