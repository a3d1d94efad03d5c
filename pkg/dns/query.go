package dns

// Type is what a query asks for.
type Type uint8

// The two types of addresses.
const (
	A Type = iota
	AAAA
)

// String is the type as DNS writes it.
func (t Type) String() string {
	if t == AAAA {
		return "AAAA"
	}
	return "A"
}

// Reply is what a query gets, as far as it matters to a resolver.
type Reply uint8

// The replies.
const (
	// Addresses: NOERROR with an address of the type that was asked for.
	Addresses Reply = iota
	// Alias: NOERROR with a CNAME and no address behind it.
	Alias
	// NoData: NOERROR with nothing; the name exists, an address of this type does not.
	NoData
	NXDomain
	ServFail
	// Refused is the code REFUSED, or another that says that the server will not.
	Refused
	// Timeout: nothing came back.
	Timeout
	// Unreachable: nobody listens at the server's port, and the network says so (ICMP),
	// as kube-proxy does for a Service without endpoints.
	Unreachable
)

var replyNames = [...]string{"addresses", "alias", "no data", "NXDOMAIN", "SERVFAIL", "REFUSED", "timeout", "unreachable"}

// String is the reply in words.
func (r Reply) String() string {
	if int(r) < len(replyNames) {
		return replyNames[r]
	}
	return "unknown"
}

// Question is one query that is about to be sent.
type Question struct {
	// Name has no dot at its end. It is valid until the Answerer returns.
	Name []byte
	Type Type
	// Server is an index of Config.Servers.
	Server int
	// Before is how often this lookup has asked the same name and type already.
	Before int
}

// Answerer says what a query gets. It is called in the order of the queries.
type Answerer func(Question) Reply

// Query is one query that was sent.
type Query struct {
	// Round is an index of Walk.Rounds.
	Round int
	Type  Type
	// Server is an index of Config.Servers.
	Server int
	Reply  Reply
	// With is true where it is sent without waiting for the reply to the query before.
	With bool
	// Broken is true where the name could not be written into the query: the server
	// gets something that is no question.
	Broken bool
}

// Round is one name that was tried.
type Round struct {
	// Suffix is an index of Config.Search, or AsIs.
	Suffix int
	// Queries[From:To] of the Walk belong to it.
	From, To int
	// Reply sums up what came back: what the resolver went on with, or stopped at.
	Reply Reply

	nameFrom, nameTo int
}

// AsIs is the Suffix of a name that was tried without one.
const AsIs = -1

// Result is how a lookup ends.
type Result uint8

// The results, with what getaddrinfo returns for them.
const (
	// Found: there are addresses.
	Found Result = iota
	// NotFound: EAI_NONAME, "Name or service not known".
	NotFound
	// NoAddress: EAI_NODATA, "No address associated with hostname". Of Go: no error,
	// and no address either.
	NoAddress
	// TryAgain: EAI_AGAIN, "Temporary failure in name resolution".
	TryAgain
	// Failed: EAI_FAIL, or "server misbehaving" of Go.
	Failed
	// Crash: the program ends. musl divides by attempts:0; glibc stops at an assertion
	// where its old search list does not hold the new one.
	Crash
	// Hang: the program never goes on (glibc, at a sortlist line with a carriage return).
	Hang
)

var resultNames = [...]string{"found", "not found", "no address", "try again", "failed", "crash", "no end"}

// String is the result in words.
func (r Result) String() string {
	if int(r) < len(resultNames) {
		return resultNames[r]
	}
	return "unknown"
}

// Walk is one lookup: every query in order, and how it ends. A Walk that is used
// again allocates nothing.
type Walk struct {
	Queries []Query
	Rounds  []Round
	Result  Result
	// First is the server to begin with under Config.Rotate. Which one a program begins
	// with cannot be known, so that the caller may choose.
	First int
	// Race is true where how it failed depends on which of two replies comes first.
	Race bool
	// Refusal says why nothing at all was asked, "" where it was.
	Refusal Refusal
	// Seconds is how long it waited for replies that did not come.
	Seconds int

	c    *Config
	ask  Answerer
	text []byte
	// sent counts the queries of a round, by type.
	sent [2]int
	// oneByOne and reopen are glibc's, which stay on for the rest of a lookup.
	oneByOne, reopen bool
}

// Refusal is why a resolver does not even ask.
type Refusal string

// The refusals.
const (
	BadCharacter Refusal = "a character that the resolver does not send"
	BadLabel     Refusal = "an empty label, or one longer than 63 characters"
	TooLong      Refusal = "longer than 253 characters"
	NoAttempts   Refusal = "the file allows no attempt"
	EndlessFile  Refusal = "a line of the file that the resolver never gets past"
	NoRoom       Refusal = "a search domain that the resolver has no room for"
)

// Run computes the lookup of a name by getaddrinfo (or Go's LookupHost) for both
// families, as the resolver of the Config does it. What /etc/hosts says is not
// considered.
func (w *Walk) Run(c *Config, name string, ask Answerer) {
	*w = Walk{Queries: w.Queries[:0], Rounds: w.Rounds[:0], First: w.First, text: w.text[:0], c: c, ask: ask}
	w.oneByOne, w.reopen = c.OneByOne, c.Reopen
	if w.Refusal = refuses(c.Libc, name); w.Refusal != "" {
		w.Result = NotFound
		return
	}
	switch c.Libc {
	case Musl:
		w.Result = w.musl(name)
	case Go:
		w.Result = w.golang(name)
	default:
		w.Result = w.glibc(name)
	}
}

// Name is the name that a round asks for, valid until the next Run. It has no dot at
// its end.
func (w *Walk) Name(r Round) []byte { return w.text[r.nameFrom:r.nameTo] }

// Wasted counts the queries that did not lead to the addresses.
func (w *Walk) Wasted() int {
	if w.Result != Found {
		return len(w.Queries)
	}
	return len(w.Queries) - len(w.c.types())
}

// begin opens a round. The name is put together from its parts, without the dot that
// may be at its end.
func (w *Walk) begin(name, domain string, suffix int) []byte {
	from := len(w.text)
	w.text = append(w.text, name...)
	if suffix != AsIs {
		w.text = append(w.text, '.')
		w.text = append(w.text, domain...)
	}
	to := len(w.text)
	if to > from+1 && w.text[to-1] == '.' {
		to--
	}
	w.Rounds = append(w.Rounds, Round{Suffix: suffix, From: len(w.Queries), To: len(w.Queries), nameFrom: from, nameTo: to})
	w.sent = [2]int{}
	return w.text[from:to]
}

// drop takes back a round that sends nothing.
func (w *Walk) drop() { w.Rounds = w.Rounds[:len(w.Rounds)-1] }

// end closes a round.
func (w *Walk) end(r Reply) {
	w.Rounds[len(w.Rounds)-1].Reply = r
}

// send asks one question of one server.
func (w *Walk) send(t Type, server int, with bool) Reply {
	round := &w.Rounds[len(w.Rounds)-1]
	reply := w.ask(Question{Name: w.text[round.nameFrom:round.nameTo], Type: t, Server: server, Before: w.sent[t]})
	w.sent[t]++
	w.Queries = append(w.Queries, Query{Round: len(w.Rounds) - 1, Type: t, Server: server, Reply: reply, With: with})
	round.To = len(w.Queries)
	return reply
}

// turn is the server at a place in the order, for the nth sending of a lookup.
func (w *Walk) turn(place, nth int) int {
	if w.c.Rotate {
		place += w.First + nth
	}
	return place % len(w.c.Servers)
}

var (
	bothTypes = []Type{A, AAAA}
	onlyA     = []Type{A}
)

func (c *Config) types() []Type {
	if c.NoAAAA {
		return onlyA
	}
	return bothTypes
}
