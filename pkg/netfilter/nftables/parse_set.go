package nftables

import (
	"errors"
	"strings"
	"time"
)

var errElements = errors.New("not a list of elements")

// attribute reads a line of a set or a map.
func (s *Set) attribute(line string) error {
	word, rest, _ := strings.Cut(line, " ")
	switch strings.TrimSuffix(word, ";") {
	case "type", "typeof":
		s.Type = attributeText(rest)
	case "flags":
		s.Flags = attributeText(rest)
	case "timeout":
		s.Timeout = attributeText(rest)
	case "elements":
		_, list, ok := strings.Cut(rest, "{")
		end := strings.LastIndexByte(list, '}')
		if !ok || end < 0 {
			return errElements
		}
		return s.addElements(list[:end])
	}
	return nil
}

// timeUnits are those of nft (libnftables, src/datatype.c time_print).
var timeUnits = map[byte]time.Duration{'d': 24 * time.Hour, 'h': time.Hour, 'm': time.Minute, 's': time.Second}

// Seconds is the timeout in seconds; ok is false where none was said, or it is none in whole
// seconds.
func (s *Set) Seconds() (seconds int64, ok bool) {
	number := int64(0)
	digits := 0
	for i := 0; i < len(s.Timeout); i++ {
		c := s.Timeout[i]
		unit := timeUnits[c]
		switch {
		case c >= '0' && c <= '9' && digits < 9:
			number, digits = number*10+int64(c-'0'), digits+1
		case unit == 0 || digits == 0:
			return 0, false
		default:
			seconds += number * int64(unit/time.Second)
			number, digits = 0, 0
		}
	}
	return seconds, s.Timeout != "" && digits == 0
}

// attributeText is the rest of a line, without what ends it or does not belong there.
func attributeText(rest string) string {
	rest, _, _ = strings.Cut(rest, ";")
	if strings.ContainsAny(rest, `{}"#`) {
		return ""
	}
	return strings.Join(strings.Fields(rest), " ")
}

// addElements reads "KEY [comment "…"] [: DATA], …".
func (s *Set) addElements(list string) error {
	for list != "" {
		var one string
		one, list = untilComma(list)
		words := tokens(one)
		if len(words) == 0 {
			continue
		}
		e, ok := element(words)
		if !ok {
			return errElements
		}
		s.Elements = append(s.Elements, e)
		s.index = nil
	}
	return nil
}

// untilComma cuts a list behind its first comma that is not in quotes.
func untilComma(list string) (one, rest string) {
	quoted := false
	for i := 0; i < len(list); i++ {
		switch {
		case list[i] == '"':
			quoted = !quoted
		case list[i] == ',' && !quoted:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// notes of an element stand between its key and the colon (nft(8), ELEMENTS).
var elementNotes = map[string]int{"timeout": 1, "expires": 1, "counter": 0, "packets": 1, "bytes": 1}

func element(words []token) (Element, bool) {
	var e Element
	var part []string
	flush := func() {
		if len(part) > 0 {
			e.Key, part = append(e.Key, strings.Join(part, " ")), nil
		}
	}
	r := &reader{all: words}
	for !r.done() {
		word := r.peek(0)
		skip, note := elementNotes[word]
		switch {
		case word == ".":
			r.at++
			flush()
		case word == "comment" && r.at > 0:
			r.at++
			e.Comment = r.next()
		case note && r.at > 0:
			r.at += 1 + skip
		case word == ":":
			e.Data = join(r.all[r.at+1:])
			flush()
			return e, e.plain() && e.Data != "" && !strings.ContainsAny(e.Data, separators+`"`)
		default:
			part = append(part, r.next())
		}
	}
	flush()
	return e, e.plain()
}

// plain says whether the key is words that need no quotes.
func (e Element) plain() bool {
	for _, k := range e.Key {
		for _, word := range strings.Split(k, " ") {
			if !named(word) {
				return false
			}
		}
	}
	return len(e.Key) > 0
}
