// Package render draws trees, tables and findings for a terminal or a pipe. It is
// the only place that knows colours, widths and escaping.
package render

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Escape makes text from a cluster safe for a terminal: control characters, escape
// sequences, line breaks, direction overrides and invalid UTF-8 become visible as
// backslash sequences. Other text stays as it is.
func Escape(s string) string {
	if plain(s) {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, s[i])
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case unsafe(r) && r < 0x100:
			fmt.Fprintf(&out, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteString(s[i : i+size])
		}
		i += size
	}
	return out.String()
}

// EscapeJSON writes in JSON text the characters that Escape makes visible as JSON's own
// escapes, which mean the same to a program. encoding/json leaves those above 0x1f as they are.
func EscapeJSON(text string) string {
	var out strings.Builder
	for _, r := range text {
		if r == '\n' || !unsafe(r) {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}

func plain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// unsafe are characters that a terminal acts on or does not show: controls (Cc),
// formats such as direction overrides and zero-width ones (Cf), line and paragraph
// separators (Zl, Zp), private use and surrogates.
func unsafe(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs)
}
