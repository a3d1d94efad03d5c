package svcpath

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// ratesTable puts the rates of all nodes into rows, one for each endpoint of a port.
type ratesTable struct {
	all  []*Rates
	rows []*ratesRow
	// packets says whether some are counted.
	packets bool
}

// ratesRow is an endpoint, with the sum of what the nodes know and each one's rate.
type ratesRow struct {
	port    string
	place   int // of the port among all
	sum     Rate
	nodes   map[string]float64
	without int // nodes that have no rule
	// known is whether any node is read now.
	known bool
}

func newRatesTable(all []*Rates) *ratesTable {
	t := &ratesTable{all: all}
	at, places := map[string]*ratesRow{}, map[string]int{}
	for _, r := range all {
		from := r
		if r.Lost != nil && r.before != nil {
			from = r.before
		}
		for _, p := range from.Ports {
			port := p.Family + " " + p.words()
			if _, seen := places[port]; !seen {
				places[port] = len(places)
			}
			for _, e := range p.Endpoints {
				key := port + " " + e.Address
				if at[key] == nil {
					at[key] = &ratesRow{port: p.words(), place: places[port], nodes: map[string]float64{}, sum: Rate{Address: e.Address}}
					t.rows = append(t.rows, at[key])
				}
				at[key].add(r, e)
				t.packets = t.packets || e.PacketsPerSecond != nil
			}
		}
	}
	slices.SortStableFunc(t.rows, func(a, b *ratesRow) int {
		return cmp.Or(cmp.Compare(a.place, b.place), compareAddresses(a.sum.Address, b.sum.Address))
	})
	return t
}

// add takes what a node knows of the endpoint. Of one that is not read now only the total
// counts.
func (row *ratesRow) add(r *Rates, e Rate) {
	row.sum.Pod, row.sum.State = cmp.Or(row.sum.Pod, e.Pod), cmp.Or(row.sum.State, e.State)
	row.sum.InAPI = row.sum.InAPI || e.InAPI
	row.sum.Total += e.Total
	if e.OnNode != nil && !*e.OnNode {
		row.without++
	}
	if r.Lost != nil {
		return
	}
	row.known = true
	row.nodes[r.Node.Name] = e.PerSecond
	row.sum.PerSecond += e.PerSecond
	if e.PacketsPerSecond != nil {
		sum := *e.PacketsPerSecond
		if row.sum.PacketsPerSecond != nil {
			sum += *row.sum.PacketsPerSecond
		}
		row.sum.PacketsPerSecond = &sum
	}
}

// standing says what the API and the nodes know of the endpoint.
func (row *ratesRow) standing() string {
	e := row.sum
	on := row.without == 0
	e.OnNode = &on
	text := e.standing()
	if all := len(row.nodes); e.InAPI && !on && row.without < all {
		return fmt.Sprintf("%s on %d of %d nodes", text, row.without, all)
	}
	return text
}

func (row *ratesRow) perSecond() string {
	if !row.known {
		return "?"
	}
	return fmt.Sprintf("%.1f", row.sum.PerSecond)
}

// on is the rate of one node.
func (row *ratesRow) on(name string) string {
	if perSecond, ok := row.nodes[name]; ok {
		return fmt.Sprintf("%.1f", perSecond)
	}
	return "?"
}

// nodeColumns are the nodes that have room beside the table, none where there is one only.
func (t *ratesTable) nodeColumns(width int) []string {
	if len(t.all) < 2 {
		return nil
	}
	room := width
	if t.packets {
		room -= len("PACKETS/S") + 2
	}
	for _, header := range []string{"PORT", "ENDPOINT", "POD", "IT IS", "TOTAL", "NEW CONNECTIONS/S"} {
		longest := len(header)
		for _, row := range t.rows {
			cell := map[string]string{"PORT": row.port, "ENDPOINT": row.sum.Address, "POD": row.sum.Pod, "IT IS": row.standing()}[header]
			longest = max(longest, render.Columns(cell))
		}
		room -= longest + 2
	}
	var out []string
	for _, r := range t.all {
		if room -= len(r.Node.Name) + 2; room < 0 {
			break
		}
		out = append(out, r.Node.Name)
	}
	return out
}
