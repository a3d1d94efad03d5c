package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/mattn/go-runewidth"
)

// Branch is one line of a tree: a label behind the lines of the tree, what it means,
// and a figure. Texts are cluster text escaped by Write.
type Branch struct {
	Label  string
	Detail string
	Figure string
	// Note is a sentence below the line, as wide as the terminal.
	Note string
	// Mood paints the line: nil for plain.
	Mood     func(Style, string) string
	Branches []Branch
}

// row is a branch with the lines in front of it.
type row struct {
	first, rest string
	branch      *Branch
}

// WriteTree draws a branch and all below it. Details and figures stand in columns;
// where the terminal is too narrow for them, they go below their label.
func WriteTree(w io.Writer, style Style, root Branch) error {
	rows := flatten(nil, "", "", &root)
	labels, details, figures := 0, 0, 0
	for _, r := range rows {
		if r.branch.Detail == "" && r.branch.Figure == "" {
			continue
		}
		labels = max(labels, width(r.first+r.branch.Label))
		details = max(details, width(r.branch.Detail))
		figures = max(figures, width(r.branch.Figure))
	}
	fits := style.Width == 0 || labels+2+details+2+figures <= style.Width
	for _, r := range rows {
		if err := r.write(w, style, fits, labels, details); err != nil {
			return err
		}
		if err := r.note(w, style); err != nil {
			return err
		}
	}
	return nil
}

func flatten(rows []row, first, rest string, b *Branch) []row {
	safe := *b
	safe.Label, safe.Detail = Escape(b.Label), Escape(b.Detail)
	safe.Figure, safe.Note = Escape(b.Figure), Escape(b.Note)
	rows = append(rows, row{first: first, rest: rest, branch: &safe})
	for i := range b.Branches {
		corner, below := "├─ ", "│  "
		if i == len(b.Branches)-1 {
			corner, below = "└─ ", "   "
		}
		rows = flatten(rows, rest+corner, rest+below, &b.Branches[i])
	}
	return rows
}

func (r row) write(w io.Writer, style Style, fits bool, labels, details int) error {
	b := r.branch
	label, detail, figure := b.Label, b.Detail, b.Figure
	paint := func(s string) string {
		if b.Mood == nil {
			return s
		}
		return b.Mood(style, s)
	}
	if fits {
		line := r.first + paint(label)
		if detail+figure != "" {
			line += pad(labels-width(r.first+label)) + "  " + paint(detail)
		}
		if figure != "" {
			line += pad(details-width(detail)) + "  " + figure
		}
		_, err := fmt.Fprintln(w, line)
		return err
	}
	if _, err := fmt.Fprintln(w, r.first+paint(label)); err != nil {
		return err
	}
	below := r.below()
	room := style.Width - width(below)
	for _, line := range Wrap(join(detail, figure), room) {
		if _, err := fmt.Fprintln(w, below+paint(line)); err != nil {
			return err
		}
	}
	return nil
}

// below is what stands in front of further lines of a branch.
func (r row) below() string {
	if len(r.branch.Branches) > 0 {
		return r.rest + "│ "
	}
	return r.rest + "  "
}

// readable is the width of a note where the output has none: longer lines are hard to read.
const readable = 100

func (r row) note(w io.Writer, style Style) error {
	if r.branch.Note == "" {
		return nil
	}
	room := readable
	if style.Width > 0 {
		room = min(style.Width, readable)
	}
	below := r.below()
	for _, line := range Wrap(r.branch.Note, max(room-width(below), readable/3)) {
		if _, err := fmt.Fprintln(w, below+style.Dim(line)); err != nil {
			return err
		}
	}
	return nil
}

func join(detail, figure string) string {
	if detail == "" || figure == "" {
		return detail + figure
	}
	return detail + ", " + figure
}

func pad(n int) string { return strings.Repeat(" ", max(0, n)) }

// width counts terminal columns. The line-drawing characters and "→" are one
// column wide, whatever the locale says: text goes through pipes to other places.
func width(s string) int { return columns.StringWidth(s) }

var columns = &runewidth.Condition{EastAsianWidth: false, StrictEmojiNeutral: true}
