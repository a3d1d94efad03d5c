//go:build !windows

package render

import "io"

// Paints says whether what w writes to takes escape sequences for colours: outside of
// Windows every terminal does.
func Paints(io.Writer) bool { return true }
