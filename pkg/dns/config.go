package dns

import "slices"

// Libc is the code that looks names up in a program: its C library, or Go's own
// resolver where a program is built without one.
type Libc string

// The resolvers whose rules are known: glibc 2.36 (Debian, Ubuntu, Red Hat), musl
// 1.2.3 (Alpine) and Go 1.26.
const (
	Glibc Libc = "glibc"
	Musl  Libc = "musl"
	Go    Libc = "go"
)

// Libcs are all of them, as --libc takes them.
var Libcs = []Libc{Glibc, Musl, Go}

// Config is what a resolver makes of a resolv.conf.
type Config struct {
	Libc Libc `json:"libc"`
	// Servers are asked in this order; all at once by musl.
	Servers []string `json:"servers"`
	// Loopback is true where the file has no server that the resolver can use, so that it
	// asks the machine it runs on.
	Loopback bool `json:"loopback,omitempty"`
	// Search are the domains that are put behind a name, as the resolver does it.
	Search []string `json:"search,omitempty"`
	// Ndots is how many dots a name must have to be tried as it is first.
	Ndots int `json:"ndots"`
	// Timeout is in seconds: for one server by glibc and Go, for all together by musl.
	Timeout  int `json:"timeout"`
	Attempts int `json:"attempts"`
	// Rotate begins each query with another server, which one is not known.
	Rotate bool `json:"rotate,omitempty"`
	// OneByOne waits for the answer to A before it asks for AAAA (single-request).
	OneByOne bool `json:"oneByOne,omitempty"`
	// Reopen is OneByOne with a socket for each (single-request-reopen).
	Reopen bool `json:"reopen,omitempty"`
	// TCP asks by TCP only (use-vc).
	TCP bool `json:"tcp,omitempty"`
	// NoAAAA asks for A only (no-aaaa).
	NoAAAA bool `json:"noAAAA,omitempty"`
	// NoTLD does not try a name without dots as it is (no-tld-query).
	NoTLD bool `json:"noTLD,omitempty"`
	// Hangs is true where the resolver never gets to the end of the file.
	Hangs bool `json:"hangs,omitempty"`
}

// Reason says why a resolver leaves something of the file out, or takes it otherwise
// than written.
type Reason string

// The reasons.
const (
	NotAnAddress   Reason = "not an address"
	TooManyServers Reason = "more than three nameservers"
	OverruledLine  Reason = "overruled by a later line"
	LineTooLong    Reason = "line too long"
	IndentedLine   Reason = "does not begin at the start of the line"
	UnknownKeyword Reason = "unknown keyword"
	UnknownOption  Reason = "unknown option"
	OutOfRange     Reason = "out of range"
	NotANumber     Reason = "not a number"
	NoValue        Reason = "no value"
	RootDomain     Reason = "the root domain"
	// CarriageReturn: the line ends with one, and it became part of the value.
	CarriageReturn Reason = "carriage return"
)

// Ignored is one thing of the file that a resolver leaves out or changes.
type Ignored struct {
	Line  int    `json:"line"`
	Value string `json:"value"`
	// Used is what the resolver takes instead, "" where it takes nothing.
	Used string `json:"used,omitempty"`
	Why  Reason `json:"why"`
}

// maxServers is MAXNS of glibc and musl; Go keeps to it too.
const maxServers = 3

// Read returns what a resolver makes of a file, and what it ignores of it. The host
// name is that of the Pod: if it has a dot and the file has no search list, glibc
// and Go search the domain behind the dot.
func Read(f File, l Libc, hostname string) (Config, []Ignored) {
	r := &reader{config: Config{Libc: l, Ndots: 1, Timeout: 5, Attempts: 2}}
	for i, line := range f.Lines {
		r.line = line.Number
		last := f.Open && i == len(f.Lines)-1
		switch l {
		case Musl:
			r.musl(line, last)
		case Go:
			r.golang(line)
		default:
			r.glibc(line)
		}
	}
	r.defaults(hostname)
	slices.SortStableFunc(r.ignored, func(a, b Ignored) int { return a.Line - b.Line })
	return r.config, r.ignored
}

// reader collects a Config while it goes through the lines.
type reader struct {
	config  Config
	ignored []Ignored
	line    int
	// searched is the line that Config.Search is from, 0 for none.
	searched     int
	searchedText string
}

func (r *reader) ignore(value, used string, why Reason) {
	r.ignored = append(r.ignored, Ignored{Line: r.line, Value: value, Used: used, Why: why})
}

// server adds a nameserver that the resolver could read.
func (r *reader) server(address string) {
	if len(r.config.Servers) == maxServers {
		r.ignore(address, "", TooManyServers)
		return
	}
	r.config.Servers = append(r.config.Servers, address)
}

// search replaces the search list: the last line wins, in each resolver.
func (r *reader) search(line Line, domains []string) {
	if r.searched != 0 {
		r.ignored = append(r.ignored, Ignored{Line: r.searched, Value: r.searchedText, Why: OverruledLine})
	}
	r.config.Search, r.searched, r.searchedText = domains, line.Number, line.Text
}

func (r *reader) defaults(hostname string) {
	c := &r.config
	if len(c.Servers) == 0 {
		c.Loopback = true
		c.Servers = []string{"127.0.0.1"}
		if c.Libc == Go {
			// net/dnsconfig.go, defaultNS
			c.Servers = []string{"127.0.0.1", "::1"}
		}
	}
	if len(c.Search) == 0 && c.Libc != Musl {
		c.Search = domainOf(hostname, c.Libc)
	}
}

// domainOf is what is behind the first dot of a host name: glibc res_init.c
// domain_from_hostname, Go net/dnsconfig_unix.go dnsDefaultSearch.
func domainOf(hostname string, l Libc) []string {
	for i := range len(hostname) {
		if hostname[i] == '.' && (l == Glibc || i < len(hostname)-1) {
			return []string{hostname[i+1:]}
		}
	}
	return nil
}
