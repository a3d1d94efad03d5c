package nftables

import (
	"strconv"
	"strings"
)

// token is a word of a rule. quoted says that it stood in double quotes.
type token struct {
	text   string
	quoted bool
}

// separators are words by themselves, also without blanks around them.
const separators = "{},;()"

// tokens divides a rule into its words. nft prints no quote inside of quotes.
func tokens(text string) []token {
	var out []token
	for text = strings.TrimLeft(text, " \t\n\r"); text != ""; text = strings.TrimLeft(text, " \t\n\r") {
		switch {
		case text[0] == '"':
			end := strings.IndexByte(text[1:], '"')
			if end < 0 {
				return append(out, token{text[1:], true})
			}
			out = append(out, token{text[1 : end+1], true})
			text = text[end+2:]
		case text[0] == '#':
			return out // "# handle 4" behind a rule
		case strings.IndexByte(separators, text[0]) >= 0:
			out = append(out, token{text: text[:1]})
			text = text[1:]
		default:
			end := strings.IndexAny(text, " \t\n\r\""+separators)
			if end < 0 {
				end = len(text)
			}
			out = append(out, token{text: text[:end]})
			text = text[end:]
		}
	}
	return out
}

// join is the text of words.
func join(all []token) string {
	var out strings.Builder
	for i, t := range all {
		if i > 0 && t.text != "," && t.text != ";" {
			out.WriteByte(' ')
		}
		if t.quoted {
			out.WriteString(`"` + t.text + `"`)
		} else {
			out.WriteString(t.text)
		}
	}
	return out.String()
}

// reader goes over the words of a rule.
type reader struct {
	all []token
	at  int
}

func (r *reader) done() bool { return r.at >= len(r.all) }

// peek is the word n places on, "" behind the end and for one in quotes.
func (r *reader) peek(n int) string {
	if r.at+n >= len(r.all) || r.all[r.at+n].quoted {
		return ""
	}
	return r.all[r.at+n].text
}

// next is the next word, also where it is in quotes.
func (r *reader) next() string {
	if r.done() {
		return ""
	}
	r.at++
	return r.all[r.at-1].text
}

// accept goes over words that are as given, and says whether they are.
func (r *reader) accept(words ...string) bool {
	for i, w := range words {
		if r.peek(i) != w {
			return false
		}
	}
	r.at += len(words)
	return true
}

// group reads from "{" to the "}" that closes it, without both.
func (r *reader) group() ([]token, bool) {
	if !r.accept("{") {
		return nil, false
	}
	start, depth := r.at, 1
	for ; !r.done(); r.at++ {
		switch r.peek(0) {
		case "{":
			depth++
		case "}":
			if depth--; depth == 0 {
				r.at++
				return r.all[start : r.at-1], true
			}
		}
	}
	return nil, false
}

// excerpt is the beginning of a line, safe to print.
func excerpt(line string) string {
	const most = 60
	line = strings.TrimSpace(line)
	if len(line) > most {
		return strconv.Quote(line[:most]) + "…"
	}
	return strconv.Quote(line)
}
