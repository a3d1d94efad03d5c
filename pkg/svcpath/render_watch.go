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

// RatesFrame is the picture of the last interval of each node, for a terminal of that size.
func RatesFrame(all []*Rates, style render.Style, width, height int) []string {
	t := newRatesTable(all)
	head := []string{style.Bold(render.Escape(t.title()))}
	for _, line := range t.notes() {
		head = append(head, style.Dim(render.Escape(line)))
	}
	head = append(head, "")
	foot := []string{"", t.sumWords()}
	for _, line := range t.warnings() {
		foot = append(foot, style.Warn(render.Escape(line)))
	}
	rows := t.lines(style, width)
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

// lines are the table and its bars, the longest for the highest rate there is.
func (t *ratesTable) lines(style render.Style, width int) []string {
	if len(t.rows) == 0 {
		return []string{"no endpoints"}
	}
	columns := t.nodeColumns(width)
	header := append([]string{"PORT", "ENDPOINT", "POD", "IT IS", "TOTAL", "NEW CONNECTIONS/S"}, columns...)
	if t.packets {
		header = slices.Insert(header, 6, "PACKETS/S")
	}
	var cells [][]string
	highest := 0.0
	for _, row := range t.rows {
		highest = max(highest, row.sum.PerSecond)
		cells = append(cells, t.cells(row, columns))
	}
	var text strings.Builder
	if err := render.WriteTable(&text, header, cells); err != nil {
		return []string{render.Escape(err.Error())}
	}
	lines := strings.Split(strings.TrimRight(text.String(), "\n"), "\n")
	longest := 0
	for _, line := range lines {
		longest = max(longest, render.Columns(line))
	}
	room := min(maxBar, width-longest-2)
	for i, row := range t.rows[:min(len(t.rows), len(lines)-1)] {
		lines[i+1] = row.line(style, render.Pad(lines[i+1], longest+2), highest, room)
	}
	return lines
}

func (t *ratesTable) cells(row *ratesRow, columns []string) []string {
	e := row.sum
	out := []string{
		row.port, e.Address, or(strings.TrimPrefix(e.Pod, t.all[0].Service.Namespace+"/"), "<none>"), row.standing(), fmt.Sprint(e.Total), row.perSecond(),
	}
	if t.packets {
		out = append(out, packetsWords(e))
	}
	for _, name := range columns {
		out = append(out, row.on(name))
	}
	return out
}

func packetsWords(e Rate) string {
	if e.PacketsPerSecond == nil {
		return "<unknown>"
	}
	return fmt.Sprintf("%.1f", *e.PacketsPerSecond)
}

// line is a line of the table with its bar, of so many cells for the highest rate.
func (row *ratesRow) line(style render.Style, line string, highest float64, room int) string {
	if room > 0 && row.sum.PerSecond > 0 {
		line += ratesBar(row.sum.PerSecond/highest, room)
	}
	line = strings.TrimRight(line, " ")
	if !row.sum.InAPI || row.without > 0 {
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
	off := e.OnNode != nil && !*e.OnNode
	switch {
	case !e.InAPI && off:
		return "gone"
	case !e.InAPI:
		return "in no EndpointSlice"
	case off:
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
