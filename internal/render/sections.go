package render

import (
	"fmt"
	"io"
	"strings"
)

// Section is some rows of a table under a title.
type Section struct {
	Title string
	Rows  [][]string
}

// WriteSections writes one table whose rows stand under titles. Where the terminal is
// too narrow for it, each row becomes a block, its first cell on top. Cells and titles
// are escaped.
func WriteSections(w io.Writer, style Style, header []string, sections []Section) error {
	var rows [][]string
	for _, s := range sections {
		rows = append(rows, s.Rows...)
	}
	if len(rows) == 0 {
		return nil
	}
	var table strings.Builder
	if err := WriteTable(&table, header, rows); err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(table.String(), "\n"), "\n")
	widest := 0
	for _, line := range lines {
		widest = max(widest, width(line))
	}
	if style.Width > 0 && widest > style.Width {
		return writeBlocks(w, style, header, sections)
	}
	out := &lineWriter{w: w}
	out.line(lines[0])
	next := 1
	for _, s := range sections {
		if s.Title != "" && len(s.Rows) > 0 {
			out.line(style.Bold(Escape(s.Title)))
		}
		for range s.Rows {
			out.line(lines[next])
			next++
		}
	}
	return out.err
}

// None is what a cell without content says, as in kubectl.
const None = "<none>"

func writeBlocks(w io.Writer, style Style, header []string, sections []Section) error {
	out := &lineWriter{w: w}
	label := 0
	for _, h := range header[1:] {
		label = max(label, width(h))
	}
	indent := pad(2 + label + 2)
	for _, s := range sections {
		if len(s.Rows) > 0 {
			for _, line := range Wrap(Escape(s.Title), style.Width) {
				out.line(style.Bold(line))
			}
		}
		for _, row := range s.Rows {
			out.line(Escape(row[0]))
			for i, cell := range row[1:] {
				if cell == "" || cell == None {
					continue
				}
				for n, line := range Wrap(Escape(cell), style.Width-len(indent)) {
					front := indent
					if n == 0 {
						front = "  " + header[i+1] + pad(label-width(header[i+1])) + "  "
					}
					out.line(front + line)
				}
			}
		}
	}
	return out.err
}

// lineWriter writes lines until one fails.
type lineWriter struct {
	w   io.Writer
	err error
}

func (l *lineWriter) line(text string) {
	if l.err == nil {
		_, l.err = fmt.Fprintln(l.w, text)
	}
}
