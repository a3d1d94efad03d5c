package svcenv

import (
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// kind is what a variable of a Service holds, by the end of its name.
type kind int

const (
	noKind kind = iota
	addressKind
	portKind
	urlKind
	protocolKind
)

var ofPort = regexp.MustCompile(`^_PORT_([0-9]{1,5})_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?$`)

// kindOf is what the variable of a Service holds whose name ends so, behind the Service's.
func kindOf(end string) kind {
	switch {
	case end == "_SERVICE_HOST":
		return addressKind
	case end == "_SERVICE_PORT" || strings.HasPrefix(end, "_SERVICE_PORT_"):
		return portKind
	case end == "_PORT":
		return urlKind
	}
	m := ofPort.FindStringSubmatch(end)
	if m == nil {
		return noKind
	}
	switch m[3] {
	case "_PROTO":
		return protocolKind
	case "_PORT":
		return portKind
	case "_ADDR":
		return addressKind
	default:
		return urlKind
	}
}

// fits says whether a value is like those that a Service's variable of the kind holds. It
// is narrow on purpose: what does not fit may be anything, and is not shown.
func (k kind) fits(value string) bool {
	switch k {
	case addressKind:
		return isAddress(value)
	case portKind:
		return isPort(value)
	case protocolKind:
		return slices.Contains([]string{"tcp", "udp", "sctp"}, value)
	case urlKind:
		protocol, rest, ok := strings.Cut(value, "://")
		host, port, err := net.SplitHostPort(rest)
		return ok && err == nil && protocolKind.fits(protocol) && isAddress(host) && isPort(port)
	default:
		return false
	}
}

func isAddress(text string) bool {
	ip, err := netip.ParseAddr(text)
	return err == nil && ip.Zone() == ""
}

func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0 && text == strconv.FormatUint(n, 10)
}

// group are the variables of a Service that is known from its variables only: their names,
// sorted.
type group struct {
	prefix string
	names  []string
}

// service is the name of the Service: in names of Services there is no underscore.
func (g group) service() string {
	return strings.ReplaceAll(strings.ToLower(g.prefix), "_", "-")
}

// groups finds Services by the variables that each of them gives at the least: the address,
// the first port in both forms, and the four of one port. value is nil for what is hidden;
// what is there must fit, and be of one address.
func groups(names []string, value func(name string) *string) []group {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	var out []group
	for _, host := range names {
		prefix, found := strings.CutSuffix(host, "_SERVICE_HOST")
		if !found || prefix == "" {
			continue
		}
		g := group{prefix: prefix}
		first, _ := slices.BinarySearch(names, prefix)
		for _, name := range names[first:] {
			end, mine := strings.CutPrefix(name, prefix)
			if !mine {
				break
			}
			if k := kindOf(end); k != noKind && agrees(k, value(name), value(host)) {
				g.names = append(g.names, name)
			}
		}
		if g.whole() {
			out = append(out, g)
		}
	}
	return out
}

// whole says whether there is all that every Service gives.
func (g group) whole() bool {
	has := func(end string) bool { return slices.Contains(g.names, g.prefix+end) }
	return has("_SERVICE_HOST") && has("_SERVICE_PORT") && has("_PORT") && slices.ContainsFunc(g.names, func(name string) bool {
		end := strings.TrimPrefix(name, g.prefix)
		m := ofPort.FindStringSubmatch(end)
		return m != nil && m[3] == "" && has(end+"_PROTO") && has(end+"_PORT") && has(end+"_ADDR")
	})
}

// agrees says whether a value is one that a Service with the address would give. Nothing
// is said against a value that is hidden.
func agrees(k kind, value, address *string) bool {
	if value == nil {
		return true
	}
	if !k.fits(*value) {
		return false
	}
	switch {
	case address == nil:
		return true
	case k == addressKind:
		return *value == *address
	case k == urlKind:
		_, rest, _ := strings.Cut(*value, "://")
		host, _, err := net.SplitHostPort(rest)
		return err == nil && host == *address
	default:
		return true
	}
}
