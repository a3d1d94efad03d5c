package main

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
)

// TestGeneratedPicture holds the picture of README to what svcpath says of the demo.
func TestGeneratedPicture(t *testing.T) {
	const command = "svcpath svc/service-hellok8s-clusterip --demo"
	var out, complaints bytes.Buffer
	if status := run(append(strings.Fields(command), "--color", "always", "--lang", "en"), nil, &out, &complaints); status != exitFine {
		t.Fatal(complaints.String())
	}
	golden.Compare(t, "../../docs/picture.svg", picture("$ kubectl kk "+command+"\n"+out.String()))
}

// The measures of the picture, in pixels: a letter, a line, the edge.
const letterWide, lineHigh, edge = 7.25, 18.0, 16.0

// inks are the colours of what the program paints, on a dark ground.
var inks = map[string]string{"1": "#ffffff", "2": "#8b949e", "31": "#ff7b72", "33": "#d29922", "": "#d0d7de"}

// picture draws a terminal with text in it.
func picture(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	columns := 0
	for _, line := range lines {
		columns = max(columns, runewidth.StringWidth(painted.ReplaceAllString(line, "")))
	}
	var b strings.Builder
	width, height := float64(columns)*letterWide+2*edge, float64(len(lines))*lineHigh+2*edge
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" role=\"img\">\n", width, height, width, height)
	b.WriteString("<title>kubectl kk svcpath: the path of a Service through the rules of a node to its Pods</title>\n")
	b.WriteString("<rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#0d1117\"/>\n")
	b.WriteString("<g font-family=\"ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace\" font-size=\"12\" xml:space=\"preserve\">\n")
	for i, line := range lines {
		column := 0
		for _, part := range parts(line) {
			wide := runewidth.StringWidth(part.text)
			if strings.TrimSpace(part.text) != "" {
				fmt.Fprintf(&b, "<text x=\"%.1f\" y=\"%.1f\" textLength=\"%.1f\" lengthAdjust=\"spacingAndGlyphs\" fill=\"%s\">%s</text>\n",
					edge+float64(column)*letterWide, edge+float64(i)*lineHigh+12, float64(wide)*letterWide, inks[part.code], html.EscapeString(part.text))
			}
			column += wide
		}
	}
	b.WriteString("</g>\n</svg>\n")
	return b.String()
}

var painted = regexp.MustCompile("\x1b\\[([0-9]*)m")

// part is text of one colour.
type part struct{ code, text string }

// parts cuts a line where its colour changes.
func parts(line string) []part {
	var out []part
	code, from := "", 0
	for _, at := range painted.FindAllStringSubmatchIndex(line, -1) {
		out = append(out, part{code, line[from:at[0]]})
		code, from = strings.TrimPrefix(line[at[2]:at[3]], "0"), at[1]
	}
	return append(out, part{code, line[from:]})
}
