package svcpath

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/internal/render"
)

// maxBar is how many cells of a terminal a bar has at most.
const maxBar = 40

// RatesFrame is the picture of an interval, for a terminal of that size.
func RatesFrame(r *Rates, style render.Style, width, height int) []string {
	s := r.Service
	head := []string{
		render.Fit(style.Bold(render.Escape(fmt.Sprintf("Service %s/%s on %s: new connections, %s", s.Namespace, s.Name, r.Node.Name, r.lengthWords()))), width),
		render.Fit(style.Dim(render.Escape(r.readWords()+"; the rules see a connection's first packet only")), width),
		"",
	}
	foot := []string{"", r.sumWords()}
	if r.Reset {
		foot = append(foot, style.Warn("kube-proxy wrote the rules anew: the numbers of this interval are the least that there were"))
	}
	if r.NotRead != "" {
		foot = append(foot, style.Warn(render.Escape("the endpoints are those of before: "+r.NotRead)))
	}
	rows := r.rows(style, width)
	if room := height - len(head) - len(foot); len(rows) > room && room > 1 {
		more := len(rows) - room + 1
		rows = append(rows[:room-1], fmt.Sprintf("… %d more", more))
	}
	var out []string
	for _, line := range slices.Concat(head, rows, foot) {
		out = append(out, render.Fit(line, width))
	}
	return out[:min(len(out), height)]
}

func (r *Rates) readWords() string {
	if r.Node.Via == "exec" {
		return "read by exec in pod " + r.Node.Pod
	}
	return "read by pod " + r.Node.Pod
}

func (r *Rates) lengthWords() string {
	if r.Seconds == 0 {
		return "the first interval runs"
	}
	return fmt.Sprintf("of the last %.1f s", r.Seconds)
}

func (r *Rates) sumWords() string {
	var perSecond float64
	var total uint64
	for _, p := range r.Ports {
		for _, e := range p.Endpoints {
			perSecond += e.PerSecond
			total += e.Total
		}
	}
	return fmt.Sprintf("all endpoints: %.1f/s, %d since the watch began", perSecond, total)
}

// rows are the table and its bars, the longest for the highest rate there is.
func (r *Rates) rows(style render.Style, width int) []string {
	var cells [][]string
	var rates []Rate
	highest := 0.0
	for _, p := range r.Ports {
		for _, e := range p.Endpoints {
			rates = append(rates, e)
			highest = max(highest, e.PerSecond)
			cells = append(cells, []string{
				p.words(), e.Address, or(strings.TrimPrefix(e.Pod, r.Service.Namespace+"/"), "<none>"), e.standing(), fmt.Sprint(e.Total), fmt.Sprintf("%.1f", e.PerSecond),
			})
		}
	}
	if len(cells) == 0 {
		return []string{"no endpoints"}
	}
	var text strings.Builder
	if err := render.WriteTable(&text, []string{"PORT", "ENDPOINT", "POD", "IT IS", "TOTAL", "NEW CONNECTIONS/S"}, cells); err != nil {
		return []string{render.Escape(err.Error())}
	}
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	longest := 0
	for _, line := range lines {
		longest = max(longest, render.Columns(line))
	}
	room := min(maxBar, width-longest-2)
	for i, e := range rates[:min(len(rates), len(lines)-1)] {
		lines[i+1] = e.row(style, render.Pad(lines[i+1], longest+2), highest, room)
	}
	return lines
}

// row is a line of the table with its bar, of so many cells for the highest rate.
func (e Rate) row(style render.Style, line string, highest float64, room int) string {
	if room > 0 && e.PerSecond > 0 {
		line += ratesBar(e.PerSecond/highest, room)
	}
	line = strings.TrimRight(line, " ")
	if !e.OnNode || !e.InAPI {
		return style.Warn(line)
	}
	return line
}

// words are the port as a cell has it.
func (p PortRates) words() string {
	text := fmt.Sprintf("%d/%s", p.Number, p.Protocol)
	if p.Name != "" {
		text = p.Name + " " + text
	}
	return text
}

// standing says what the API and the node know of an endpoint.
func (e Rate) standing() string {
	switch {
	case !e.InAPI && !e.OnNode:
		return "gone"
	case !e.InAPI:
		return "in no EndpointSlice"
	case !e.OnNode:
		return e.State + ", no rule"
	default:
		return e.State
	}
}

// eighths are parts of a cell, from none to seven of eight.
var eighths = []string{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"}

// ratesBar is a bar of so many cells for 1, and never nothing.
func ratesBar(share float64, cells int) string {
	n := max(int(math.Round(share*float64(cells)*8)), 1)
	return strings.Repeat("█", n/8) + eighths[n%8]
}

// RatesLine is an interval in one line.
func RatesLine(r *Rates) string {
	var parts []string
	for _, p := range r.Ports {
		for _, e := range p.Endpoints {
			part := fmt.Sprintf("%s → %s %.1f/s", p.words(), e.Address, e.PerSecond)
			if word := e.standing(); word != "ready" {
				part += " (" + word + ")"
			}
			parts = append(parts, part)
		}
	}
	if parts == nil {
		parts = []string{"no endpoints"}
	}
	if r.Reset {
		parts = append(parts, "at least: kube-proxy wrote the rules anew")
	}
	if r.NotRead != "" {
		parts = append(parts, "the endpoints are those of before: "+r.NotRead)
	}
	return render.Escape(r.At.Format("2006-01-02T15:04:05.000Z") + "  new connections on " + r.Node.Name + "  " + strings.Join(append(parts, r.sumWords()), "; "))
}
