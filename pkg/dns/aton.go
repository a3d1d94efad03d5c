package dns

import (
	"net/netip"
	"strconv"
	"strings"
)

// atonAddress reads an IPv4 address as inet_aton does, which takes more than four
// decimal numbers: "10.1" is 10.0.0.1, "0x7f.1" is 127.0.0.1, "010.0.0.1" is 8.0.0.1.
func atonAddress(s string) (string, bool) {
	parts := strings.Split(s, ".")
	if len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, part := range parts {
		// The last number fills what is left of the address.
		room := 8
		if i == len(parts)-1 {
			room = 8 * (4 - i)
		}
		n, ok := atonNumber(part)
		if !ok || n >= 1<<room {
			return "", false
		}
		address = address<<room | n
	}
	b := [4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}
	return netip.AddrFrom4(b).String(), true
}

// atonNumber is strtoul with base 0. Of Go's own forms the underscore and the prefixes 0b
// and 0o are none of C's.
func atonNumber(s string) (uint64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' || strings.Contains(s, "_") {
		return 0, false
	}
	if len(s) > 1 && s[0] == '0' && strings.ContainsAny(s[1:2], "bBoO") {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 0, 32)
	return n, err == nil
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}
