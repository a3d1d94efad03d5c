package render

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Terminal returns the width of the terminal that w writes to, in columns, and
// whether it is one. A file or a pipe has no width: 0.
func Terminal(w io.Writer) (width int, terminal bool) {
	file, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) {
		return 0, false
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0, true
	}
	return width, true
}
