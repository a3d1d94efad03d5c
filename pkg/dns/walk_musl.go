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
	if !broken && wire(full) != "" || len(full) > maxName+1 {
		w.drop()
		return muslNoName
	}
	if w.c.Attempts == 0 {
		w.drop()
		w.Refusal = NoAttempts
		return muslCrash
	}
	if w.c.Timeout == 0 {
		w.drop()
		w.Refusal = NoAttempts
		return muslAgain
	}
	got := w.muslSend(broken)
	for _, t := range w.c.types() {
		// In the order of the queries: what the first says is not looked at again.
		switch r := got[t]; {
		case !usable(r):
			w.end(r)
			w.Seconds += w.c.Timeout
			return muslAgain
		case r == NXDomain:
			w.end(NXDomain)
			if got[AAAA] == Timeout || got[AAAA] == ServFail || got[AAAA] == Refused {
				w.Seconds += w.c.Timeout
			}
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
	got := [2]Reply{Timeout, Timeout}
	for range w.c.Attempts {
		if w.muslInterval(&got, broken) {
			break
		}
	}
	return got
}

// muslInterval is the time between two sendings; it says whether both are answered.
func (w *Walk) muslInterval(got *[2]Reply, broken bool) bool {
	// Two types, three servers, four repetitions.
	var flights [2*maxServers + 4]muslFlight
	n := 0
	launch := func(t Type, server int, with bool) {
		if n == len(flights) {
			return
		}
		r := w.send(t, server, with)
		if broken {
			w.Queries[len(w.Queries)-1].Broken, r = true, Timeout
			w.Queries[len(w.Queries)-1].Reply = Timeout
		}
		flights[n] = muslFlight{t, server, r}
		n++
	}
	for i, t := range w.c.types() {
		if answered(got[t]) {
			continue
		}
		for server := range w.c.Servers {
			launch(t, server, i+server > 0)
		}
	}
	again := 2 * len(w.c.types())
	for i := 0; i < n; i++ {
		f := flights[i]
		switch {
		case answered(got[f.t]):
		case usable(f.reply):
			got[f.t] = f.reply
			if answered(got[A]) && answered(got[AAAA]) {
				return true
			}
		case f.reply == ServFail && again > 0:
			again--
			launch(f.t, f.server, false)
		}
	}
	return false
}

func answered(r Reply) bool { return usable(r) }
