package dns

// glibcExchange is the exchange with one server: resolv/res_send.c send_dg, or
// send_vc by TCP.
type glibcExchange struct {
	w      *Walk
	server int
	// best sums up the replies; it is not set where the exchange failed.
	best   Reply
	failed bool
	// gone is true where nobody listens.
	gone bool
	// leave is true where the search list ends, whatever best says.
	leave bool
	// code is the last error code that came back first, NoData for none.
	code Reply
}

func (x *glibcExchange) run() {
	x.code = NoData
	switch {
	case x.w.c.NoAAAA:
		x.one()
	case x.w.c.TCP:
		x.tcp()
	default:
		x.both()
	}
}

// one asks for A only.
func (x *glibcExchange) one() {
	a := x.w.send(A, x.server, false)
	if x.w.c.TCP && !lost(a) {
		x.best = a
		return
	}
	x.settle(a, a)
}

// tcp sends both down one connection, and takes every code for an answer.
func (x *glibcExchange) tcp() {
	a := x.w.send(A, x.server, false)
	b := x.w.send(AAAA, x.server, true)
	if lost(a) || lost(b) {
		x.fail(a, b)
		return
	}
	x.best = better(a, b)
	// SERVFAIL is forgiven where the first reply has it (res_query.c, hp->rcode).
	x.leave = x.best == ServFail && a != ServFail
}

// both asks for A and AAAA by UDP. Where only one is answered, glibc takes it that
// the server cannot do two at once: it asks one after the other from then on, at
// last from a socket for each.
func (x *glibcExchange) both() {
	for again := true; again; {
		again = false
		a := x.w.send(A, x.server, false)
		if x.w.oneByOne && !usable(a) {
			x.fail(a, a)
			return
		}
		b := x.w.send(AAAA, x.server, !x.w.oneByOne)
		switch {
		case usable(a) && b == Timeout, usable(b) && a == Timeout:
			x.wait()
			again = x.escalate()
			if !again {
				x.best = a
			}
		default:
			x.settle(a, b)
		}
	}
}

// escalate says whether there is a more careful way left to ask.
func (x *glibcExchange) escalate() bool {
	switch {
	case !x.w.oneByOne:
		x.w.oneByOne = true
	case !x.w.reopen:
		x.w.reopen = true
	default:
		return false
	}
	return true
}

func (x *glibcExchange) settle(a, b Reply) {
	switch {
	case usable(a) && usable(b):
		x.best = better(a, b)
	case usable(a):
		x.best = a
	case usable(b):
		x.best = b
	default:
		x.fail(a, b)
	}
}

func (x *glibcExchange) fail(a, b Reply) {
	x.failed = true
	x.gone = a == Unreachable || b == Unreachable
	if a == Timeout || b == Timeout {
		x.wait()
	}
	switch {
	case refusal(a):
		x.code = a
	case refusal(b):
		x.code = b
	}
}

// wait is how long send_dg waits for one server: the first gets the whole timeout,
// the next ones a share that grows with their place.
func (x *glibcExchange) wait() {
	seconds := x.w.c.Timeout << x.server
	if x.server > 0 {
		seconds /= len(x.w.c.Servers)
	}
	x.w.Seconds += max(1, seconds)
}

// usable are replies that a resolver goes by; the others make it ask elsewhere.
func usable(r Reply) bool { return r <= NXDomain }

func lost(r Reply) bool { return r == Timeout || r == Unreachable }

func refusal(r Reply) bool { return r == ServFail || r == Refused }

// better is what counts of two replies: an address, then a CNAME; NXDOMAIN counts
// more than nothing at all.
func better(a, b Reply) Reply {
	switch {
	case a <= Alias || b <= Alias:
		return min(a, b)
	case a == NoData:
		return b
	default:
		return a
	}
}
