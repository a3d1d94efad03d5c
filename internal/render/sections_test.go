package render

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var sectionHeader = []string{"FIELD", "ENV", "VALUE"}

var sections = []Section{
	{Title: "By a variable or a file", Rows: [][]string{{"metadata.name", "yes", "web"}, {"metadata.labels['节点']", "yes", "就绪"}}},
	{Title: "Empty"},
	{Title: "By a file only", Rows: [][]string{{"metadata.labels", "no", "app=\"web\"\ntier=\"front\" and more of it"}, {"x", "", None}}},
}

func written(t *testing.T, style Style, header []string, sections []Section) string {
	t.Helper()
	var out strings.Builder
	if err := WriteSections(&out, style, header, sections); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSectionsWide: the columns are those of one table, whatever stands between its rows.
func TestSectionsWide(t *testing.T) {
	want := `FIELD                    ENV  VALUE
By a variable or a file
metadata.name            yes  web
metadata.labels['节点']  yes  就绪
By a file only
metadata.labels          no   app="web"\ntier="front" and more of it
x                             <none>
`
	if diff := cmp.Diff(want, written(t, Style{}, sectionHeader, sections)); diff != "" {
		t.Error(diff)
	}
	// It is the same as long as it fits.
	widest := 0
	for line := range strings.Lines(want) {
		widest = max(widest, width(strings.TrimSuffix(line, "\n")))
	}
	if diff := cmp.Diff(want, written(t, Style{Width: widest}, sectionHeader, sections)); diff != "" {
		t.Error(diff)
	}
	if got := written(t, Style{Width: widest - 1}, sectionHeader, sections); got == want {
		t.Errorf("the table is as wide as before in a terminal of %d columns:\n%s", widest-1, got)
	}
}

// TestSectionsNarrow: each row is a block, what is not there is left out, and no line is
// wider than the terminal.
func TestSectionsNarrow(t *testing.T) {
	want := `By a variable or a file
metadata.name
  ENV    yes
  VALUE  web
metadata.labels['节点']
  ENV    yes
  VALUE  就绪
By a file only
metadata.labels
  ENV    no
  VALUE  app="web"\ntier="front"
         and more of it
x
`
	if diff := cmp.Diff(want, written(t, Style{Width: 34}, sectionHeader, sections)); diff != "" {
		t.Error(diff)
	}
	for columns := 33; columns < 60; columns++ { // 33 is what the longest word needs
		for line := range strings.Lines(written(t, Style{Width: columns}, sectionHeader, sections)) {
			if line = strings.TrimSuffix(line, "\n"); width(line) > columns && strings.Contains(strings.TrimSpace(line), " ") {
				t.Errorf("wider than %d columns: %q", columns, line)
			}
		}
	}
}

// TestSectionTitles: a title is bold, and stands only over rows.
func TestSectionTitles(t *testing.T) {
	for _, columns := range []int{0, 30} {
		text := written(t, Style{Color: true, Width: columns}, sectionHeader, sections)
		if !strings.Contains(text, "\x1b[1mBy a file only\x1b[0m\n") || strings.Contains(text, "Empty") {
			t.Errorf("%d columns:\n%s", columns, text)
		}
		if got := strings.Count(text, "By a "); got != 2 {
			t.Errorf("%d columns: %d titles", columns, got)
		}
	}
	none := []Section{{Title: "Empty"}, {Rows: [][]string{}}}
	if got := written(t, Style{}, sectionHeader, none); got != "" {
		t.Errorf("without a row: %q", got)
	}
	untitled := []Section{{Rows: [][]string{{"a", "b", "c"}}}}
	if got := written(t, Style{}, sectionHeader, untitled); got != "FIELD  ENV  VALUE\na      b    c\n" {
		t.Errorf("without a title: %q", got)
	}
}

// TestSectionsEscape: nothing that a terminal acts on comes from a cell or a title, in
// either form, and every row stays a row.
func TestSectionsEscape(t *testing.T) {
	for _, hostile := range []string{
		"\x1b[2J\x1b]0;title\x07", "two\nlines\r\n", "\u202egnp.exe", "zero\u200bwidth\ufeff", "\u009b31m", "\x00", "\x7f", "bad \xff utf8", "\u2028", "\t", " ", "  a  ",
		"\U000e0041\U000e0042", "| a | b |",
	} {
		for _, columns := range []int{0, 24} {
			out := written(t, Style{Width: columns}, sectionHeader, []Section{
				{Title: "title " + hostile, Rows: [][]string{{hostile, hostile, "end-1"}, {"first", hostile, hostile}}},
				{Title: hostile, Rows: [][]string{{"second", "", "end-2"}}},
			})
			if !utf8.ValidString(out) {
				t.Errorf("%q with %d columns: not UTF-8", hostile, columns)
			}
			for _, r := range strings.ReplaceAll(out, "\n", "") {
				if unsafe(r) {
					t.Errorf("%q with %d columns lets %q through", hostile, columns, r)
				}
			}
			if columns == 0 && strings.Count(out, "\n") != 1+2+3 {
				t.Errorf("%q: %d lines\n%s", hostile, strings.Count(out, "\n"), out)
			}
			for _, word := range []string{"end-1", "first", "second", "end-2"} {
				if strings.Count(out, word) != 1 {
					t.Errorf("%q with %d columns loses %s:\n%s", hostile, columns, word, out)
				}
			}
		}
	}
}

// TestSectionsOfEmptyRows: a row of nothing is a row all the same, the ones behind it
// stay under their own titles.
func TestSectionsOfEmptyRows(t *testing.T) {
	text := written(t, Style{}, []string{"A", "B"}, []Section{
		{Title: "one", Rows: [][]string{{"", ""}, {"", ""}}}, {Title: "two", Rows: [][]string{{"a", "b"}}}, {Title: "three", Rows: [][]string{{"", ""}}},
	})
	if want := "A  B\none\n\n\ntwo\na  b\nthree\n\n"; text != want {
		t.Errorf("got %q, want %q", text, want)
	}
}

// broken fails after some bytes.
type broken struct{ left int }

func (b *broken) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, errors.New("the disk is full")
	}
	return len(p), nil
}

func TestSectionsThatCannotBeWritten(t *testing.T) {
	for _, columns := range []int{0, 30} {
		for left := range len(written(t, Style{Width: columns}, sectionHeader, sections)) {
			if err := WriteSections(&broken{left}, Style{Width: columns}, sectionHeader, sections); err == nil {
				t.Fatalf("%d columns: no error after %d bytes", columns, left)
			}
		}
	}
}
