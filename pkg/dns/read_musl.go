package dns

import (
	"strconv"
	"strings"
)

// The limits of musl, src/network/resolvconf.c.
const (
	muslMaxTimeout  = 60
	muslMaxAttempts = 10
	// muslLine is its buffer for a line, newline and final NUL included: a longer line
	// is left out as a whole.
	muslLine = 256
)

// musl reads one line as src/network/resolvconf.c __get_resolv_conf does; last is true
// for a last line without its newline.
func (r *reader) musl(line Line, last bool) {
	if len(line.Text)+1 >= muslLine {
		if !line.Comment {
			r.ignore(line.Text, "", LineTooLong)
		}
		return
	}
	text := line.Text
	if !last {
		text += "\n"
	}
	switch {
	case muslKeyword(text, "options"):
		r.muslOptions(text, line.Values)
	case muslKeyword(text, "nameserver"):
		r.muslServer(line)
	case muslKeyword(text, "domain"), muslKeyword(text, "search"):
		// An empty line clears the list, and a domain line may have several.
		r.search(line, strings.FieldsFunc(text[len("search"):], asciiSpace))
	default:
		r.unread(line)
	}
}

func muslKeyword(text, keyword string) bool {
	return strings.HasPrefix(text, keyword) && len(text) > len(keyword) && asciiSpace(rune(text[len(keyword)]))
}

func (r *reader) muslServer(line Line) {
	if len(line.Values) == 0 {
		r.ignore(line.Text, "", NoValue)
		return
	}
	word := line.Values[0]
	address, scope, scoped := strings.Cut(word, "%")
	a, ok := atonAddress(word)
	switch {
	case ok:
		r.server(a)
	case isIPv6(address) && (!scoped || scope != ""):
		r.server(word)
	default:
		r.ignore(word, "", NotAnAddress)
	}
}

// muslOptions takes the first place in the line where an option is named, and knows
// three of them.
func (r *reader) muslOptions(text string, words []string) {
	c := &r.config
	if n, ok := muslNumber(text, "ndots:"); ok {
		c.Ndots = min(n, maxNdots)
	}
	if n, ok := muslNumber(text, "attempts:"); ok {
		c.Attempts = min(n, muslMaxAttempts)
	}
	if n, ok := muslNumber(text, "timeout:"); ok {
		c.Timeout = min(n, muslMaxTimeout)
	}
	limits := map[string]int{"ndots": maxNdots, "attempts": muslMaxAttempts, "timeout": muslMaxTimeout}
	for _, word := range words {
		name, _, _ := strings.Cut(word, ":")
		limit, known := limits[name]
		n, ok := muslNumber(word, name+":")
		switch {
		case !known:
			r.ignore(word, "", UnknownOption)
		case !ok:
			r.ignore(word, "", NotANumber)
		case n > limit:
			r.ignore(word, name+":"+strconv.Itoa(limit), OutOfRange)
		}
	}
}

func muslNumber(text, option string) (int, bool) {
	_, digits, found := strings.Cut(text, option)
	if !found || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return 0, false
	}
	n := 0
	for i := 0; i < len(digits) && digits[i] >= '0' && digits[i] <= '9' && n < 1<<30; i++ {
		n = n*10 + int(digits[i]-'0')
	}
	return n, true
}
