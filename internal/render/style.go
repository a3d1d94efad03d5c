package render

import "strings"

// Style is how text is shown: in colour or not, and how wide.
type Style struct {
	Color bool
	// Width is the number of columns of the terminal, 0 for as wide as it gets.
	Width int
	// Program is how the user calls the suite, "" for kubectl kk.
	Program string
}

// Named is a text of the suite's own in which its commands are as this user types them.
func (s Style) Named(text string) string {
	if s.Program == "" {
		return text
	}
	return strings.ReplaceAll(text, "kubectl kk ", s.Program+" ")
}

// The colours say again what the words say already.
func (s Style) paint(code, text string) string {
	if !s.Color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Bad is for what is wrong, Warn for what may be, Good for what is right, Dim for
// what is there for reference, Bold for what the eye should find first.
func (s Style) Bad(text string) string { return s.paint("31", text) }

// Warn is for what may be wrong.
func (s Style) Warn(text string) string { return s.paint("33", text) }

// Dim is for what is read last.
func (s Style) Dim(text string) string { return s.paint("2", text) }

// Bold is for what is read first.
func (s Style) Bold(text string) string { return s.paint("1", text) }
