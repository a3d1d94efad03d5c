package dns

import (
	"math"
	"strconv"
	"strings"
	"unicode"
)

// The limits of glibc, resolv/resolv.h: RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY.
const (
	maxNdots         = 15
	glibcMaxTimeout  = 30
	glibcMaxAttempts = 5
)

// glibc reads one line as resolv/res_init.c res_vinit_1 does: a keyword counts at the
// start of the line only, and only blanks and tabs separate words.
func (r *reader) glibc(line Line) {
	if strings.HasPrefix(line.Text, "#") || strings.HasPrefix(line.Text, ";") {
		return
	}
	keyword, rest, _ := cutAny(line.Text, " \t")
	words := strings.FieldsFunc(rest, func(c rune) bool { return c == ' ' || c == '\t' })
	switch {
	case !knownKeyword(keyword):
		r.unread(line)
	case len(words) == 0:
		// An empty search line does not clear the list.
		r.ignore(line.Text, "", NoValue)
	default:
		r.glibcLine(line, keyword, rest, words)
	}
}

func (r *reader) glibcLine(line Line, keyword, rest string, words []string) {
	switch keyword {
	case "nameserver":
		r.glibcServer(words[0])
	case "domain":
		r.search(line, words[:1])
		r.returns(words[:1])
	case "search":
		r.search(line, words)
		r.returns(words)
	case "options":
		r.glibcOptions(rest)
	case "sortlist":
		r.glibcSortlist(rest)
	}
}

// glibcSortlist only looks for what glibc never gets past: the loop over the line stops
// a word at any white space, and skips blanks and tabs.
func (r *reader) glibcSortlist(rest string) {
	rest, _, _ = strings.Cut(rest, ";")
	if strings.ContainsFunc(rest, func(c rune) bool { return c == '\r' || c == '\v' || c == '\f' || c > unicode.MaxASCII }) {
		r.config.Hangs = true
	}
}

func (r *reader) glibcServer(word string) {
	if a, ok := atonAddress(word); ok {
		r.server(a)
		return
	}
	// A scope that is no interface is ignored, the address is not.
	address, _, _ := strings.Cut(word, "%")
	if isIPv6(address) {
		r.server(word)
		return
	}
	r.notAnAddress(word)
}

func (r *reader) notAnAddress(word string) {
	if strings.HasSuffix(word, "\r") {
		r.ignore(word, "", CarriageReturn)
		return
	}
	r.ignore(word, "", NotAnAddress)
}

// returns notes the carriage returns that became part of a domain.
func (r *reader) returns(domains []string) {
	for _, d := range domains {
		if strings.Contains(d, "\r") {
			r.ignore(strings.TrimRight(d, "\r"), d, CarriageReturn)
		}
	}
}

// unread notes a line that no rule of the resolver reads.
func (r *reader) unread(line Line) {
	switch {
	case line.Keyword == "" || line.Comment:
	case line.Text != "" && asciiSpace(rune(line.Text[0])):
		r.ignore(line.Text, "", IndentedLine)
	case len(line.Values) == 0 && knownKeyword(line.Keyword):
		r.ignore(line.Text, "", NoValue)
	default:
		r.ignore(line.Text, "", UnknownKeyword)
	}
}

func knownKeyword(word string) bool {
	return word == "nameserver" || word == "search" || word == "domain" || word == "options" || word == "sortlist"
}

// glibcOptions is res_setoptions. An option counts by its beginning ("rotated" is
// rotate), in the order of its table; a number may have blanks before it.
func (r *reader) glibcOptions(rest string) {
	c := &r.config
	for rest = strings.TrimLeft(rest, " \t"); rest != ""; rest = strings.TrimLeft(rest, " \t") {
		word, _, _ := cutAny(rest, " \t")
		switch {
		case strings.HasPrefix(rest, "ndots:"):
			// The field has four bits: -1 becomes 15.
			c.Ndots = r.number(word, atoi(rest[len("ndots:"):]), maxNdots) & maxNdots
		case strings.HasPrefix(rest, "timeout:"):
			// send_dg waits for one second at least.
			c.Timeout = max(1, r.number(word, atoi(rest[len("timeout:"):]), glibcMaxTimeout))
		case strings.HasPrefix(rest, "attempts:"):
			c.Attempts = max(0, r.number(word, atoi(rest[len("attempts:"):]), glibcMaxAttempts))
		case !c.glibcFlag(word):
			r.ignore(word, "", UnknownOption)
		}
		rest = rest[len(word):]
	}
}

func (c *Config) glibcFlag(word string) bool {
	switch {
	case strings.HasPrefix(word, "rotate"):
		c.Rotate = true
	case strings.HasPrefix(word, "single-request-reopen"):
		c.OneByOne, c.Reopen = true, true
	case strings.HasPrefix(word, "single-request"):
		c.OneByOne = true
	case strings.HasPrefix(word, "no-tld-query"), strings.HasPrefix(word, "no_tld_query"):
		c.NoTLD = true
	case strings.HasPrefix(word, "use-vc"):
		c.TCP = true
	case strings.HasPrefix(word, "no-aaaa"):
		c.NoAAAA = true
	case strings.HasPrefix(word, "edns0"), strings.HasPrefix(word, "trust-ad"), strings.HasPrefix(word, "no-reload"):
	default:
		return false
	}
	return true
}

// number holds an option to its limit, and notes where that changes it.
func (r *reader) number(word string, n, limit int) int {
	name, digits, _ := strings.Cut(word, ":")
	switch {
	case digits == "" || digits[0] < '0' || digits[0] > '9':
		r.ignore(word, name+":"+strconv.Itoa(n), NotANumber)
	case n > limit:
		r.ignore(word, name+":"+strconv.Itoa(limit), OutOfRange)
	}
	return min(n, limit)
}

// atoi is C's, which is strtol cut to 32 bits.
func atoi(s string) int {
	s = strings.TrimLeftFunc(s, asciiSpace)
	negative := strings.HasPrefix(s, "-")
	if negative || strings.HasPrefix(s, "+") {
		s = s[1:]
	}
	var n int64
	for ; s != "" && s[0] >= '0' && s[0] <= '9'; s = s[1:] {
		if n > (math.MaxInt64-9)/10 {
			n = math.MaxInt64
			break
		}
		n = n*10 + int64(s[0]-'0')
	}
	if negative {
		n = -n
	}
	return int(int32(n))
}

// cutAny is strings.Cut at the first of several characters.
func cutAny(s, chars string) (before, after string, found bool) {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, "", false
}
