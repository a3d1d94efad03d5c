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
	if worst.temporary {
		return TryAgain
	}
	return NotFound
}

// goWorst is the error that is told in the end: the first one, or that of the name
// as it is.
type goWorst struct{ set, temporary bool }

func (e *goWorst) take(r Reply, asIs bool) {
	if !e.set || asIs {
		e.set, e.temporary = true, !usable(r)
	}
}

func (w *Walk) goTry(name, domain string, suffix int, worst *goWorst) bool {
	full := w.begin(name, domain, suffix)
	// A name that is too long is left out, one whose suffix is no name is not sent.
	if len(full) > maxName || onionBytes(full) {
		w.drop()
		return false
	}
	if wire(full) != "" {
		w.drop()
		worst.take(NXDomain, suffix == AsIs)
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
	// They are told in the order in which they come, and trouble takes its time.
	first, second := got[A], got[AAAA]
	if !usable(first) {
		first, second = second, first
	}
	worst.take(first, suffix == AsIs)
	worst.take(second, suffix == AsIs)
	return false
}

// goAsk is tryOneName: every server in turn, as often as the attempts say, until one
// says that there are addresses or that there are none.
func (w *Walk) goAsk(t Type, with bool) (Reply, int) {
	last, seconds := Timeout, 0
	for range w.c.Attempts {
		for server := range w.c.Servers {
			last = w.send(t, server, with)
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
