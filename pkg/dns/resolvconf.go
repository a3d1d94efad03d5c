package dns

import "strings"

// File is a resolv.conf, line by line, before any resolver's rules.
type File struct {
	Lines []Line `json:"lines"`
	// Open is true where the last line does not end in a newline.
	Open bool `json:"open,omitempty"`
}

// Line is one line of the file.
type Line struct {
	Number int `json:"number"`
	// Text is the line without its newline; a carriage return before it stays.
	Text string `json:"text"`
	// Keyword is the first word ("nameserver"), "" of blank lines and comments.
	Keyword string   `json:"keyword,omitempty"`
	Values  []string `json:"values,omitempty"`
	// Comment is true where # or ; is the first character that is not blank.
	Comment bool `json:"comment,omitempty"`
}

// Parse splits a resolv.conf. Every text is one: a resolver leaves out what it does
// not understand, and which that is depends on the resolver (Read).
func Parse(text string) File {
	f := File{Open: text != "" && !strings.HasSuffix(text, "\n")}
	if text == "" {
		return f
	}
	for i, raw := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		f.Lines = append(f.Lines, parseLine(i+1, raw))
	}
	return f
}

func parseLine(number int, raw string) Line {
	line := Line{Number: number, Text: raw}
	words := strings.FieldsFunc(raw, asciiSpace)
	if len(words) == 0 {
		return line
	}
	if words[0][0] == '#' || words[0][0] == ';' {
		line.Comment = true
		return line
	}
	line.Keyword, line.Values = words[0], words[1:]
	return line
}

// asciiSpace is isspace of the C locale, which is what resolvers use.
func asciiSpace(r rune) bool { return r == ' ' || r >= '\t' && r <= '\r' }

// String is the text that was parsed.
func (f File) String() string {
	var out strings.Builder
	for i, line := range f.Lines {
		out.WriteString(line.Text)
		if i < len(f.Lines)-1 || !f.Open {
			out.WriteByte('\n')
		}
	}
	return out.String()
}
