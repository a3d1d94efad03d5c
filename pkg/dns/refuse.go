package dns

import "strings"

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
	// Literal: no refusal in truth; the name is an address, which is found without asking.
	Literal Refusal = "the resolver takes it for an address"
)

// The limits of DNS (RFC 1035, 2.3.4), counted in text without the last dot.
const (
	maxLabel = 63
	maxName  = 253
)

// refuses says why a resolver does not send a name at all.
func refuses(l Libc, name string) Refusal {
	if l != Go && strings.Trim(name, "0123456789abcdefABCDEFxX.") == "" {
		if _, address := atonAddress(name); address {
			return Literal
		}
	}
	switch l {
	case Musl:
		return muslRefuses(name)
	case Go:
		return goRefuses(name)
	default:
		return glibcRefuses(name)
	}
}

// glibcRefuses is res_hnok, which nss_dns asks first (resolv/nss_dns/dns-host.c
// check_name, resolv/res-name-checking.c).
func glibcRefuses(name string) Refusal {
	if r := wire(name); r != "" {
		return r
	}
	if strings.HasPrefix(name, "-") || strings.ContainsFunc(name, notHostname) {
		return BadCharacter
	}
	return ""
}

// muslRefuses is __lookup_name and the length checks of name_from_dns_search. The
// underscore that /etc/hosts is not searched for is sent all the same.
func muslRefuses(name string) Refusal {
	switch {
	case len(name) == 0, strings.HasSuffix(name, ".."), name == ".":
		return BadLabel
	case len(name) >= 255:
		return TooLong
	default:
		return ""
	}
}

// goRefuses is isDomainName of net/dnsclient.go.
func goRefuses(name string) Refusal {
	if r := wire(name); r != "" {
		return r
	}
	numeric := true
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") || strings.ContainsFunc(label, notHostname) {
			return BadCharacter
		}
		numeric = numeric && strings.Trim(label, "0123456789") == ""
	}
	if numeric && name != "." {
		return BadCharacter
	}
	return ""
}

func notHostname(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		return false
	}
	return true
}

// wire says why a name does not fit into a query.
func wire[T string | []byte](name T) Refusal {
	n := len(name)
	switch {
	case n == 0:
		return BadLabel
	case n == 1 && name[0] == '.': // the root
		return ""
	case name[n-1] == '.':
		n--
	}
	if n > maxName {
		return TooLong
	}
	label := 0
	for i := range n + 1 {
		if i < n && name[i] != '.' {
			label++
			continue
		}
		if label == 0 || label > maxLabel {
			return BadLabel
		}
		label = 0
	}
	return ""
}

// unsendable says whether a name that was put together, its last dot taken off, cannot
// be written into a query.
func unsendable(name []byte) bool {
	return len(name) > 1 && name[len(name)-1] == '.' || wire(name) != ""
}
