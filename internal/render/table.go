package render

import (
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// WriteTable writes a table as kubectl does: no lines, columns two blanks apart.
// Cells are escaped.
func WriteTable(w io.Writer, header []string, rows [][]string) error {
	var text strings.Builder
	plain := tw.Rendition{
		Borders:  tw.BorderNone,
		Symbols:  tw.NewSymbols(tw.StyleNone),
		Settings: tw.Settings{Lines: tw.LinesNone, Separators: tw.SeparatorsNone},
	}
	gap := tw.CellPadding{Global: tw.Padding{Right: "  ", Overwrite: true}}
	left := tw.CellAlignment{Global: tw.AlignLeft}
	table := tablewriter.NewTable(&text,
		tablewriter.WithRenderer(renderer.NewBlueprint(plain)),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Padding: gap, Alignment: left, Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}},
			Row:    tw.CellConfig{Padding: gap, Alignment: left, Formatting: tw.CellFormatting{AutoWrap: tw.WrapNone}},
		}))
	table.Header(header)
	for _, row := range rows {
		var cells []string
		for _, cell := range row {
			cells = append(cells, Escape(cell))
		}
		if err := table.Append(cells); err != nil {
			return err
		}
	}
	if err := table.Render(); err != nil {
		return err
	}
	// tablewriter fills the last column with blanks, which no pipe wants.
	for line := range strings.Lines(text.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
