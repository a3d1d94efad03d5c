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
