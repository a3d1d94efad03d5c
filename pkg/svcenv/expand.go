package svcenv

import (
	"strings"
	"unicode/utf8"
)

// Expand puts the values of variables in the place of $(NAME), as the kubelet does for
// values, commands and arguments (third_party/forked/golang/expansion, Expand): $$ is a
// dollar, and what value does not know stays as it is written. What comes in is not
// looked at again.
func Expand(text string, value func(name string) (string, bool)) string {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "$")
		out.WriteString(before)
		if !found {
			return out.String()
		}
		if rest == "" {
			out.WriteByte('$')
			return out.String()
		}
		text = expandOne(&out, rest, value)
	}
}

// expandOne writes what a dollar and the text behind it mean, and returns what is left.
func expandOne(out *strings.Builder, rest string, value func(string) (string, bool)) string {
	switch rest[0] {
	case '$':
		out.WriteByte('$')
		return rest[1:]
	case '(':
		name, behind, closed := strings.Cut(rest[1:], ")")
		if !closed {
			out.WriteString("$(")
			return rest[1:]
		}
		if text, known := value(name); known {
			out.WriteString(text)
		} else {
			out.WriteString("$(" + name + ")")
		}
		return behind
	default:
		// A byte that is no UTF-8 becomes the replacement character here, and only here.
		r, size := utf8.DecodeRuneInString(rest)
		out.WriteByte('$')
		out.WriteRune(r)
		return rest[size:]
	}
}

// references are the names of the variables in a text, each once.
func references(text string) []string {
	var out []string
	seen := map[string]bool{}
	Expand(text, func(name string) (string, bool) {
		if !seen[name] {
			seen[name] = true
			out = append(out, name)
		}
		return "", true
	})
	return out
}
