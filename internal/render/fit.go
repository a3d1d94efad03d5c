package render

// Fit cuts text to a number of columns, its last one an ellipsis then. A room of 0 means no
// limit.
func Fit(text string, room int) string {
	if room <= 0 || width(text) <= room {
		return text
	}
	return columns.Truncate(text, room, "…")
}

// Pad fills text with blanks to a number of columns.
func Pad(text string, room int) string { return text + pad(room-width(text)) }

// Columns is how many columns of a terminal text takes.
func Columns(text string) int { return width(text) }
