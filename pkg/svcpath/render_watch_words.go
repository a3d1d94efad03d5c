package svcpath

import (
	"fmt"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// RatesHead says in lines what a watch counts, and where: what a reader must know once.
func RatesHead(r *Rates) []string {
	t := newRatesTable([]*Rates{r})
	out := []string{render.Escape(fmt.Sprintf("%s: new connections", t.where()))}
	for _, line := range t.notes() {
		out = append(out, render.Escape(line))
	}
	return out
}

func (t *ratesTable) where() string {
	s := t.all[0].Service
	if len(t.all) == 1 {
		return fmt.Sprintf("Service %s/%s on %s", s.Namespace, s.Name, t.all[0].Node.Name)
	}
	return fmt.Sprintf("Service %s/%s on %d nodes", s.Namespace, s.Name, len(t.all))
}

func (t *ratesTable) title() string {
	r := t.all[0]
	switch {
	case len(t.all) > 1:
		return t.where() + ": new connections, of the last interval of each"
	case r.Lost != nil:
		return t.where() + ": not known since " + r.Lost.Since.Local().Format("15:04:05")
	case r.Seconds == 0:
		return t.where() + ": new connections, the first interval runs"
	default:
		return t.where() + fmt.Sprintf(": new connections, of the last %.1f s", r.Seconds)
	}
}

// notes say which connections are counted, which are not, and by what.
func (t *ratesTable) notes() []string {
	r := t.all[0]
	var out []string
	switch {
	case len(t.all) > 1 && r.OtherNodes:
		out = append(out, "not counted: what Pods on the other nodes connect, and what enters by those")
	case len(t.all) > 1:
	case r.OtherNodes:
		out = append(out, r.chosenWords(), "not counted: what Pods on other nodes connect, and what enters by those")
	}
	by := map[string]bool{}
	for _, r := range t.all {
		by[r.By] = true
	}
	if by[ByRules] {
		out = append(out, "by the counters of the rules, which see a connection's first packet only")
	}
	if by[ByConnections] {
		out = append(out,
			"connections and not packets: the rules of kube-proxy's nftables mode have no counters",
			"by the table of connections; one that is gone from it at the next reading is missed")
	}
	if len(t.all) == 1 && r.Node.Pod != "" {
		out = append(out, r.readWords())
	}
	return out
}

func (r *Rates) chosenWords() string {
	switch r.Chosen {
	case ChosenByEndpoint:
		return "this node was chosen as it runs an endpoint; --node takes another, --all-nodes all"
	case ChosenAsAny:
		return "this node was chosen as the first that is Ready; --node takes another, --all-nodes all"
	default:
		return "this node was asked for; --all-nodes counts on all"
	}
}

func (r *Rates) readWords() string {
	if r.Node.Via == "exec" {
		return "read by exec in pod " + r.Node.Pod
	}
	return "read by pod " + r.Node.Pod
}

func (t *ratesTable) sumWords() string {
	var perSecond float64
	var total uint64
	known := len(t.rows) == 0
	for _, row := range t.rows {
		perSecond += row.sum.PerSecond
		total += row.sum.Total
		known = known || row.known
	}
	if !known {
		return fmt.Sprintf("all endpoints: ?/s, %d since the watch began, as far as known", total)
	}
	return fmt.Sprintf("all endpoints%s: %.1f/s, %d since the watch began", t.withoutWords(), perSecond, total)
}

// withoutWords say whose rates are not in a sum.
func (t *ratesTable) withoutWords() string {
	var names []string
	for _, r := range t.all {
		if r.Lost != nil {
			names = append(names, r.Node.Name)
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return ", without " + names[0]
	default:
		return fmt.Sprintf(", without %d nodes", len(names))
	}
}

// warnings are what makes the numbers less than they seem.
func (t *ratesTable) warnings() []string {
	var out []string
	on := func(r *Rates) string {
		if len(t.all) > 1 {
			return r.Node.Name + ": "
		}
		return ""
	}
	for _, r := range t.all {
		if r.Lost != nil {
			out = append(out, on(r)+"nothing is known since "+r.Lost.Since.Local().Format("15:04:05")+", "+r.againWords(), "  "+r.Lost.Why)
		}
		if r.Reset {
			out = append(out, on(r)+"kube-proxy wrote the rules anew: the numbers of this interval are the least that there were")
		}
	}
	for _, r := range t.all {
		if r.NotRead != "" {
			return append(out, "the endpoints are those of before: "+r.NotRead)
		}
	}
	return out
}

func (r *Rates) againWords() string {
	if r.over {
		return "and it is given up"
	}
	return "trying again"
}

// RatesLine is an interval in one line.
func RatesLine(r *Rates) string {
	head := r.At.Format("2006-01-02T15:04:05.000Z") + "  new connections on " + r.Node.Name + "  "
	if r.Lost != nil {
		return render.Escape(head + "not known since " + r.Lost.Since.UTC().Format("2006-01-02T15:04:05.000Z") + ", " + r.againWords() + ": " + r.Lost.Why)
	}
	var parts []string
	for _, p := range r.Ports {
		for _, e := range p.Endpoints {
			part := fmt.Sprintf("%s → %s %.1f/s", p.words(), e.Address, e.PerSecond)
			if e.PacketsPerSecond != nil {
				part += ", " + packetsWords(e) + " packets/s"
			}
			if word := e.standing(); word != "ready" {
				part += " (" + word + ")"
			}
			parts = append(parts, part)
		}
	}
	if parts == nil {
		parts = []string{"no endpoints"}
	}
	t := newRatesTable([]*Rates{r})
	parts = append(parts, t.sumWords())
	return render.Escape(head + strings.Join(append(parts, t.warnings()...), "; "))
}
