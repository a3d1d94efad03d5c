package dns

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

// Run computes the lookup of a name by getaddrinfo (or Go's LookupHost) for both
// families, as the resolver of the Config does it. What /etc/hosts says is not
// considered.
func (w *Walk) Run(c *Config, name string, ask Answerer) {
	*w = Walk{Queries: w.Queries[:0], Rounds: w.Rounds[:0], First: w.First, text: w.text[:0], c: c, ask: ask}
	w.oneByOne, w.reopen = c.OneByOne, c.Reopen
	if w.Refusal = refuses(c.Libc, name); w.Refusal != "" {
		if w.Result = NotFound; w.Refusal == Literal {
			w.Result = Found
		}
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
