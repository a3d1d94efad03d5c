package dns

import (
	"net/netip"
	"strconv"
	"strings"
)

// golang reads one line as net/dnsconfig_unix.go dnsReadConfig does: blanks before a
// keyword do not matter, nor do carriage returns.
func (r *reader) golang(line Line) {
	if strings.HasPrefix(line.Text, "#") || strings.HasPrefix(line.Text, ";") {
		return
	}
	words := strings.FieldsFunc(line.Text, func(c rune) bool { return strings.ContainsRune(" \r\t\n", c) })
	if len(words) == 0 {
		return
	}
	values := words[1:]
	switch words[0] {
	case "nameserver":
		r.golangServer(line, values)
	case "domain":
		if len(values) == 0 {
			r.ignore(line.Text, "", NoValue)
			return
		}
		r.search(line, values[:1])
	case "search":
		r.golangSearch(line, values)
	case "options":
		for _, word := range values {
			r.golangOption(word)
		}
	default:
		r.ignore(line.Text, "", UnknownKeyword)
	}
}

// golangSearch leaves out the root domain.
func (r *reader) golangSearch(line Line, values []string) {
	var domains []string
	for _, d := range values {
		if d == "." {
			r.ignore(d, "", RootDomain)
			continue
		}
		domains = append(domains, d)
	}
	r.search(line, domains)
}

func (r *reader) golangServer(line Line, values []string) {
	if len(values) == 0 {
		r.ignore(line.Text, "", NoValue)
		return
	}
	if len(r.config.Servers) < maxServers {
		if _, err := netip.ParseAddr(values[0]); err != nil {
			r.ignore(values[0], "", NotAnAddress)
			return
		}
	}
	r.server(values[0])
}

func (r *reader) golangOption(word string) {
	c := &r.config
	name, digits, _ := strings.Cut(word, ":")
	switch {
	case name == "ndots" && name != word:
		c.Ndots = r.number(word, dtoi(digits), maxNdots)
	case name == "timeout" && name != word:
		c.Timeout = r.atLeastOne(word, dtoi(digits))
	case name == "attempts" && name != word:
		c.Attempts = r.atLeastOne(word, dtoi(digits))
	case word == "rotate":
		c.Rotate = true
	case word == "single-request", word == "single-request-reopen":
		c.OneByOne = true
	case word == "use-vc", word == "usevc", word == "tcp":
		c.TCP = true
	case word == "trust-ad", word == "edns0", word == "no-reload":
	default:
		r.ignore(word, "", UnknownOption)
	}
}

func (r *reader) atLeastOne(word string, n int) int {
	n = r.number(word, n, goBig)
	if n < 1 {
		name, _, _ := strings.Cut(word, ":")
		r.ignore(word, name+":"+strconv.Itoa(1), OutOfRange)
		return 1
	}
	return n
}

// goBig is where Go's dtoi stops.
const goBig = 0xFFFFFF

// dtoi is net/parse.go dtoi: the digits at the start, 0 where there are none.
func dtoi(s string) int {
	n := 0
	for i := 0; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		if n = n*10 + int(s[i]-'0'); n >= goBig {
			return goBig
		}
	}
	return n
}
