package dns

// golang is net/dnsclient_unix.go goLookupIPCNAMEOrder: the names of nameList in
// turn, A and AAAA of each at the same time, until one has an address.
func (w *Walk) golang(name string) Result {
	c := w.c
	dots, rooted := dotsOf(name)
	asIsFirst := dots >= c.Ndots || rooted
	var worst goWorst
	if asIsFirst && w.goTry(name, "", AsIs, &worst) {
		return Found
	}
	if !rooted {
		for i, domain := range c.Search {
			if w.goTry(name, domain, i, &worst) {
				return Found
			}
		}
	}
	if !asIsFirst && w.goTry(name, "", AsIs, &worst) {
		return Found
	}
	if !worst.set {
		// Nothing was left to try, which Go does not count as an error.
		return NoAddress
	}
	w.Race = worst.race
	return worst.result
}

// goWorst is the error that is told in the end: the first one to come, or the last
// one of the name as it is.
type goWorst struct {
	set, race bool
	result    Result
}

// take is told what A and AAAA ended with. In turn is true where A came first for
// sure; else silence, which takes its time, came last.
func (e *goWorst) take(a, b Reply, asIs, inTurn bool) {
	if e.set && !asIs {
		return
	}
	if !inTurn && a == Timeout {
		a, b = b, a
	}
	first, second := goResult(a), goResult(b)
	e.set, e.race, e.result = true, first != second && !inTurn && b != Timeout, first
	if asIs {
		e.result = second
	}
}

func goResult(r Reply) Result {
	switch {
	case usable(r):
		return NotFound
	case r == Refused:
		return Failed
	default:
		return TryAgain
	}
}

func (w *Walk) goTry(name, domain string, suffix int, worst *goWorst) bool {
	full := w.begin(name, domain, suffix)
	// A name that is too long is left out, one whose suffix is no name is not sent.
	if len(full) > maxName || onionBytes(full) {
		w.drop()
		return false
	}
	if unsendable(full) {
		w.drop()
		worst.take(NXDomain, NXDomain, suffix == AsIs, true)
		return false
	}
	var got [2]Reply
	wait := 0
	for i, t := range w.c.types() {
		seconds := 0
		got[t], seconds = w.goAsk(t, i > 0 && !w.c.OneByOne)
		if w.c.OneByOne {
			wait += seconds
		} else {
			wait = max(wait, seconds)
		}
	}
	w.Seconds += wait
	best := min(got[A], got[AAAA])
	w.end(best)
	if best == Addresses {
		return true
	}
	worst.take(got[A], got[AAAA], suffix == AsIs, w.c.OneByOne)
	return false
}

// goAsk is tryOneName: every server in turn, as often as the attempts say, until one
// says that there are addresses or that there are none.
func (w *Walk) goAsk(t Type, with bool) (Reply, int) {
	last, seconds := Timeout, 0
	for range w.c.Attempts {
		for place := range w.c.Servers {
			// Each type of each name moves on by one (serverOffset).
			last = w.send(t, w.turn(place, 2*(len(w.Rounds)-1)+int(t)), with)
			with = false
			if usable(last) {
				return last, seconds
			}
			if last == Timeout {
				seconds += w.c.Timeout
			}
		}
	}
	return last, seconds
}

func onionBytes(name []byte) bool {
	const end = ".onion"
	if len(name) < len(end) {
		return false
	}
	for i := range len(end) {
		if c := name[len(name)-len(end)+i]; c != end[i] && c|0x20 != end[i] {
			return false
		}
	}
	return true
}
