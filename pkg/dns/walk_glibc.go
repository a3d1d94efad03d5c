package dns

// glibc is resolv/res_query.c __res_context_search for A and AAAA, with what nss_dns
// makes of it.
func (w *Walk) glibc(name string) Result {
	if w.Refusal = glibcRefusal(w.c); w.Refusal != "" {
		// Without an attempt no server is asked, which counts as no server there.
		return map[Refusal]Result{EndlessFile: Hang, NoRoom: Crash, NoAttempts: TryAgain}[w.Refusal]
	}
	dots, rooted := dotsOf(name)
	if dots < w.c.Ndots && !rooted {
		return w.glibcResult(w.glibcSearchFirst(name, dots))
	}
	first := w.glibcTry(name, "", AsIs)
	if first == glibcDone || rooted {
		return w.glibcResult(first)
	}
	if end, _ := w.glibcList(name); end == glibcDone || end == glibcGone {
		return w.glibcResult(end)
	}
	// How the name as it is failed is what is told.
	return w.glibcResult(first)
}

// glibcSearchFirst goes through the list, and then tries the name as it is, unless the
// list had the root domain.
func (w *Walk) glibcSearchFirst(name string, dots int) glibcEnd {
	end, seen := w.glibcList(name)
	if end == glibcDone || end == glibcGone {
		return end
	}
	if !seen.root && (dots > 0 || !seen.any || !w.c.NoTLD) {
		if end = w.glibcTry(name, "", AsIs); end == glibcDone {
			return end
		}
	}
	// What was worth most is what is told.
	switch {
	case seen.noData:
		return glibcNoData
	case seen.servFail:
		return glibcServFail
	default:
		return end
	}
}

// glibcRefusal is what of the file keeps glibc from asking anything.
func glibcRefusal(c *Config) Refusal {
	switch {
	case c.Hangs:
		return EndlessFile
	case glibcAborts(c.Search):
		return NoRoom
	case c.Attempts == 0:
		return NoAttempts
	default:
		return ""
	}
}

// glibcEnd is how one name ended for the search.
type glibcEnd uint8

const (
	glibcDone     glibcEnd = iota // there is an answer section: the search is over
	glibcNXDomain                 // go on
	glibcNoData                   // go on
	glibcServFail                 // go on
	glibcFailed                   // leave the list, and try the name as it is
	glibcGone                     // nobody listens: give up
	glibcUnsent                   // not to be helped: leave the list
)

// glibcSeen is what happened on the search list.
type glibcSeen struct{ any, root, noData, servFail bool }

// glibcList goes through the search list.
func (w *Walk) glibcList(name string) (glibcEnd, glibcSeen) {
	var seen glibcSeen
	end := glibcNXDomain
	if name[len(name)-1] == '.' {
		return end, seen
	}
	for i, domain := range w.c.Search {
		seen.any = true
		if domain != "" && domain[0] == '.' {
			domain = domain[1:]
		}
		seen.root = seen.root || domain == ""
		switch end = w.glibcTry(name, domain, i); end {
		case glibcNXDomain:
		case glibcNoData:
			seen.noData = true
		case glibcServFail:
			seen.servFail = true
		default:
			return end, seen
		}
	}
	return end, seen
}

func (w *Walk) glibcResult(end glibcEnd) Result {
	switch end {
	case glibcDone:
		last := w.Rounds[len(w.Rounds)-1]
		if last.Reply == Addresses {
			return Found
		}
		// A CNAME without an address ends the search, and is no answer (dns-host.c
		// gaih_getanswer_slice).
		return NotFound
	case glibcNoData:
		return NoAddress
	case glibcServFail, glibcFailed, glibcGone:
		return TryAgain
	default:
		return NotFound
	}
}

// glibcTry is __res_context_query and __res_context_send: every server in turn, as
// often as the attempts say, until one gives something to go by.
func (w *Walk) glibcTry(name, domain string, suffix int) glibcEnd {
	full := w.begin(name, domain, suffix)
	if unsendable(full) {
		w.drop()
		return glibcUnsent
	}
	somewhere, code := false, NoData
	for range w.c.Attempts {
		for place := range w.c.Servers {
			// Each name that is asked for moves on by one (nameserver_offset).
			x := glibcExchange{w: w, server: w.turn(place, len(w.Rounds)-1)}
			x.run()
			if !x.failed {
				return w.glibcTook(x)
			}
			somewhere = somewhere || !x.gone
			if x.code != NoData {
				code = x.code
			}
		}
		if w.c.TCP {
			break // one attempt for each server by TCP
		}
	}
	return w.glibcLost(somewhere, code)
}

// glibcTook ends a round that got something to go by.
func (w *Walk) glibcTook(x glibcExchange) glibcEnd {
	w.end(x.best)
	if x.leave {
		return glibcFailed
	}
	return glibcOf(x.best)
}

// glibcLost ends a round in which every server failed.
func (w *Walk) glibcLost(somewhere bool, code Reply) glibcEnd {
	switch {
	case !somewhere:
		w.end(Unreachable)
		return glibcGone
	case code == ServFail:
		w.end(ServFail)
		return glibcServFail
	case code == Refused:
		w.end(Refused)
	default:
		w.end(Timeout)
	}
	return glibcFailed
}

func glibcOf(r Reply) glibcEnd {
	switch r {
	case Addresses, Alias:
		return glibcDone
	case NoData:
		return glibcNoData
	case ServFail:
		return glibcServFail
	case Refused:
		return glibcUnsent // by TCP: NO_RECOVERY
	default:
		return glibcNXDomain
	}
}

// glibcAborts says whether resolv/resolv_conf.c update_from_conf stops the program. It
// copies the search list into an array of six that shares 256 bytes, and asserts that
// the copy is either whole or full; "full" is tested against the size of the pointers.
func glibcAborts(search []string) bool {
	const places, bytes, pointers = 6, 256, 7 * 8
	used := 0
	for i, domain := range search {
		if i == places {
			return false
		}
		if used+len(domain)+1 > bytes {
			return used <= pointers
		}
		used += len(domain) + 1
	}
	return false
}

// dotsOf counts the dots of a name, and says whether it ends in one.
func dotsOf(name string) (dots int, rooted bool) {
	for i := range len(name) {
		if name[i] == '.' {
			dots++
		}
	}
	return dots, name[len(name)-1] == '.'
}
