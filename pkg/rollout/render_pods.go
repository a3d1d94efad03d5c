package rollout

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// state groups Pods that look the same.
func (p *Pod) state() string {
	switch {
	case p.Deleting:
		return "terminating"
	case p.Available && p.Restarts > 0:
		return "ready after restarts"
	case p.Available:
		return "ready"
	case p.IsReady:
		return "ready, not available yet"
	case p.Status == "Running":
		return "not ready"
	default:
		return p.Status
	}
}

// podsOf are the Pods that are shown one by one, and how many more there are of each state.
func (p *picture) podsOf(r *Revision) (shown []*Pod, more []string) {
	most := 4
	if p.level >= groupPods {
		most = 1
	}
	if p.level >= tightest {
		most = 0
	}
	groups := map[string][]*Pod{}
	for i := range r.Pods {
		s := r.Pods[i].state()
		groups[s] = append(groups[s], &r.Pods[i])
	}
	for _, s := range sortedKeys(groups) {
		list := groups[s]
		if len(list) <= most+1 && most > 0 {
			shown = append(shown, list...)
			continue
		}
		shown = append(shown, list[:most]...)
		word := " more "
		if most == 0 {
			word = " "
		}
		more = append(more, fmt.Sprintf("%d%s%s", len(list)-most, word, s))
	}
	slices.SortStableFunc(shown, func(x, y *Pod) int {
		if x.Ordinal != nil && y.Ordinal != nil {
			return *x.Ordinal - *y.Ordinal
		}
		return cmp.Compare(x.Name, y.Name)
	})
	return shown, more
}

func (p *picture) pods(r *Revision, below string) {
	shown, more := p.podsOf(r)
	rows := p.podRows(shown, r.Name, render.Columns(below)+3)
	for i, row := range rows {
		corner := "├─ "
		if i == len(rows)-1 && len(more) == 0 {
			corner = "└─ "
		}
		p.text(below+corner, row, podMood(shown[i]))
	}
	for i, text := range more {
		corner := "├─ "
		if i == len(more)-1 {
			corner = "└─ "
		}
		p.text(below+corner, text, nil)
	}
}

// podRows are the lines of Pods, in columns. Where a screen is too narrow for them, the part
// of the name that all Pods of the revision have is left out.
func (p *picture) podRows(shown []*Pod, revision string, indent int) []string {
	var rows [][]string
	for _, pod := range shown {
		rows = append(rows, p.podCells(pod))
	}
	lines, widest := columns(rows)
	if width := p.o.Style.Width; p.o.Height == 0 || indent+widest <= width {
		return lines
	}
	for i := range rows {
		rows[i][0] = strings.TrimPrefix(rows[i][0], revision+"-")
	}
	lines, _ = columns(rows)
	return lines
}

func columns(rows [][]string) (lines []string, widest int) {
	var widths [6]int
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], render.Columns(cell))
		}
	}
	for _, row := range rows {
		line := ""
		for j, cell := range row {
			if widths[j] > 0 {
				line += render.Pad(cell, widths[j]+2)
			}
		}
		line = strings.TrimRight(line, " ")
		lines, widest = append(lines, line), max(widest, render.Columns(line))
	}
	return lines, widest
}

func podMood(pod *Pod) mood {
	switch {
	case pod.Deleting:
		return render.Style.Dim
	case pod.Trouble != nil && pod.Trouble.Kind != WaitCreating && pod.Trouble.Kind != WaitReadiness && pod.Trouble.Kind != WaitInit:
		return render.Style.Bad
	default:
		return nil
	}
}

func (p *picture) podCells(pod *Pod) []string {
	status := pod.Status
	switch {
	case pod.Deleting && pod.Status != "Terminating":
		status += ", terminating"
	case pod.Deleting && pod.GoneBy != nil && pod.GoneBy.After(p.st.At):
		status += ", killed " + p.in(*pod.GoneBy)
	case pod.AvailableAt != nil:
		status += ", available " + p.in(*pod.AvailableAt)
	}
	restarts := ""
	if pod.Restarts > 0 {
		restarts = plural(int(pod.Restarts), "restart")
	}
	node := pod.Node
	if node == "" {
		node = "no node"
	}
	return []string{render.Escape(pod.Name), fmt.Sprintf("%d/%d", pod.Ready, pod.Containers), render.Escape(status), restarts, render.Escape(node), p.age(pod.Created)}
}
