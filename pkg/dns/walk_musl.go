package dns

// musl is src/network/lookup_name.c name_from_dns_search. A name with enough dots
// is asked as it is and nothing else.
func (w *Walk) musl(name string) Result {
	c := w.c
	dots, rooted := dotsOf(name)
	length := len(name)
	if rooted {
		length--
	}
	if dots < c.Ndots && !rooted {
		for i, domain := range c.Search {
			// What does not fit into its buffer is skipped.
			if len(domain) >= muslLine-length-1 {
				continue
			}
			if end := w.muslTry(name, domain, i); end != muslNext {
				return end.result()
			}
		}
	}
	end := w.muslTry(name, "", AsIs)
	return end.result()
}

// muslEnd is what name_from_dns returns: only NXDOMAIN makes it go on.
type muslEnd uint8

const (
	muslNext muslEnd = iota
	muslFound
	muslNoName
	muslAgain
	muslCrash
)

func (e muslEnd) result() Result {
	switch e {
	case muslFound:
		return Found
	case muslAgain:
		return TryAgain
	case muslCrash:
		return Crash
	default:
		return NotFound
	}
}

func (w *Walk) muslTry(name, domain string, suffix int) muslEnd {
	full := w.begin(name, domain, suffix)
	broken := len(full) > 0 && full[len(full)-1] == '.'
	switch {
	case !broken && wire(full) != "", len(full) > maxName+1:
		w.drop()
		return muslNoName
	case w.c.Attempts == 0:
		w.drop()
		w.Refusal = NoAttempts
		return muslCrash
	case w.c.Timeout == 0:
		w.drop()
		w.Refusal = NoAttempts
		return muslAgain
	}
	return w.muslJudge(w.muslSend(broken))
}

// muslJudge looks at the replies in the order of the queries, and no further than the
// first that is trouble or NXDOMAIN.
func (w *Walk) muslJudge(got [2]Reply) muslEnd {
	if !usable(got[A]) || !usable(got[AAAA]) {
		w.Seconds += w.c.Timeout
	}
	for _, r := range got {
		switch {
		case !usable(r):
			w.end(r)
			return muslAgain
		case r == NXDomain:
			w.end(NXDomain)
			return muslNext
		}
	}
	best := min(got[A], got[AAAA])
	w.end(best)
	if best == Addresses {
		return muslFound
	}
	return muslNoName
}

// muslFlight is a query on its way.
type muslFlight struct {
	t      Type
	server int
	reply  Reply
}

// muslSend is res_msend.c: all servers at once, the first reply that is positive or
// negative counts. SERVFAIL is asked again at once, twice for each query; other codes
// are taken for nothing. What has no reply is sent again after timeout/attempts.
func (w *Walk) muslSend(broken bool) [2]Reply {
	i := muslInterval{w: w, broken: broken, got: [2]Reply{Timeout, Timeout}}
	for range w.c.Attempts {
		if i.run() {
			break
		}
	}
	return i.got
}

// muslInterval is the time between two sendings. Replies come in the order of the
// queries: those are two types to three servers, and four repetitions.
type muslInterval struct {
	w       *Walk
	broken  bool
	got     [2]Reply
	flights [2*maxServers + 4]muslFlight
	n       int
}

// run says whether both types are answered.
func (i *muslInterval) run() bool {
	i.n = 0
	for t := range i.got {
		for server := range i.w.c.Servers {
			if !usable(i.got[t]) {
				i.launch(Type(t), server, t+server > 0)
			}
		}
	}
	again := 4
	for k := 0; k < i.n; k++ {
		f := i.flights[k]
		switch {
		case usable(i.got[f.t]):
		case usable(f.reply):
			i.got[f.t] = f.reply
			if usable(i.got[A]) && usable(i.got[AAAA]) {
				return true
			}
		case f.reply == ServFail && again > 0:
			again--
			i.launch(f.t, f.server, false)
		}
	}
	return false
}

func (i *muslInterval) launch(t Type, server int, with bool) {
	if i.n == len(i.flights) {
		return
	}
	reply := i.w.send(t, server, with)
	if i.broken {
		reply = Timeout
		last := &i.w.Queries[len(i.w.Queries)-1]
		last.Broken, last.Reply = true, reply
	}
	i.flights[i.n] = muslFlight{t, server, reply}
	i.n++
}
