package render

import "strings"

// minRoom is the least number of columns that text is broken to.
const minRoom = 20

// Wrap breaks text into lines of at most room columns, at blanks and, in Chinese,
// between any two characters. A word that is longer stays whole, so that it can be
// copied. A room of 0 means no limit.
func Wrap(text string, room int) []string {
	if text == "" {
		return nil
	}
	if room <= 0 || width(text) <= room {
		return []string{text}
	}
	room = max(room, minRoom)
	var lines []string
	line, used := "", 0
	for _, word := range words(text) {
		w := width(strings.TrimRight(word, " "))
		if used > 0 && used+w > room {
			lines = append(lines, strings.TrimRight(line, " "))
			line, used = "", 0
		}
		line += word
		used += width(word)
	}
	if line = strings.TrimRight(line, " "); line != "" {
		lines = append(lines, line)
	}
	return lines
}

// words splits at the places where a line may end. Each word keeps the blanks
// behind it; a wide character is a word, with the punctuation that follows it.
func words(text string) []string {
	var out []string
	word := ""
	flush := func() {
		if word != "" {
			out = append(out, word)
			word = ""
		}
	}
	command := false // between backticks, where a break would spoil the copy
	for _, r := range text {
		wide := columns.RuneWidth(r) == 2
		if r == '`' {
			command = !command
		}
		switch {
		case command && r != '`':
			word += string(r)
		case r == ' ':
			word += " "
		case wide && !closing(r):
			flush()
			word = string(r)
		case strings.HasSuffix(word, " "), !wide && endsWide(word):
			flush()
			word = string(r)
		default:
			word += string(r)
		}
	}
	flush()
	return out
}

// closing is punctuation that does not begin a line in Chinese.
func closing(r rune) bool { return strings.ContainsRune("，。、；：？！）》」”’", r) }

func endsWide(word string) bool {
	var last rune
	for _, r := range word {
		last = r
	}
	return last != 0 && columns.RuneWidth(last) == 2
}
