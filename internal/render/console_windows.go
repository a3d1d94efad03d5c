package render

import (
	"io"
	"os"
	"syscall"
)

// virtualTerminal makes a console of Windows act on escape sequences
// (ENABLE_VIRTUAL_TERMINAL_PROCESSING of SetConsoleMode). Newer terminals do anyway.
const virtualTerminal = 0x0004

var setConsoleMode = syscall.NewLazyDLL("kernel32.dll").NewProc("SetConsoleMode")

// Paints makes a console act on escape sequences for colours, and says whether it does.
func Paints(w io.Writer) bool {
	file, ok := w.(*os.File)
	if !ok {
		return false
	}
	console := syscall.Handle(file.Fd())
	var mode uint32
	if err := syscall.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	if mode&virtualTerminal != 0 {
		return true
	}
	done, _, _ := setConsoleMode.Call(uintptr(console), uintptr(mode|virtualTerminal))
	return done != 0
}
