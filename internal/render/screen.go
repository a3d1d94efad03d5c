package render

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/term"
)

// Screen draws pictures one over the other at the bottom of a terminal, and leaves the
// last one there.
type Screen struct {
	file          *os.File
	lines         []string
	width, height int
}

// NewScreen returns one for a terminal, and false for what is none.
func NewScreen(w io.Writer) (*Screen, bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return nil, false
	}
	return &Screen{file: file}, true
}

// Size is the room for a picture now. A terminal that does not tell has that of old ones.
func (s *Screen) Size() (width, height int) {
	width, height, err := term.GetSize(int(s.file.Fd()))
	if err != nil || width <= 0 || height <= 0 {
		width, height = 80, 24
	}
	// A character in the last column, and a line behind the last, make some terminals move.
	return max(width-1, 10), max(height-1, 3)
}

// Forget makes the next picture begin below what stands there now: others have written since.
func (s *Screen) Forget() { s.lines = nil }

// Draw puts a picture in the place of the one before. Its lines fit into Size. The cursor is
// hidden only inside of this one write, so that it is there whatever ends the program.
func (s *Screen) Draw(lines []string) error {
	width, height := s.Size()
	resized := len(s.lines) > 0 && (width != s.width || height != s.height)
	if !resized && slices.Equal(lines, s.lines) {
		return nil
	}
	var out strings.Builder
	// 2026 makes terminals that know it show the whole picture at once.
	out.WriteString("\x1b[?2026h\x1b[?25l")
	switch {
	case resized:
		// How the terminal broke the old lines is not known: begin on an empty screen.
		out.WriteString("\x1b[H\x1b[2J")
	case len(s.lines) > 0:
		fmt.Fprintf(&out, "\r\x1b[%dA", len(s.lines))
	}
	for _, line := range lines {
		out.WriteString(line + "\x1b[K\n")
	}
	out.WriteString("\x1b[J\x1b[?25h\x1b[?2026l")
	s.lines, s.width, s.height = lines, width, height
	_, err := s.file.WriteString(out.String())
	return err
}
