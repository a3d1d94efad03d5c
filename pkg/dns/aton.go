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
	if s == "" || len(parts) > 4 {
		return "", false
	}
	var address uint64
	for i, p := range parts {
		// A base prefix without digits, a sign or an underscore are Go's, not C's.
		if p == "" || p[0] < '0' || p[0] > '9' || strings.ContainsAny(p, "_oObB") && !strings.HasPrefix(strings.ToLower(p), "0x") || strings.Contains(p, "_") {
			return "", false
		}
		n, err := strconv.ParseUint(p, 0, 32)
		if err != nil {
			return "", false
		}
		last := i == len(parts)-1
		room := uint64(8)
		if last {
			room = uint64(8 * (4 - i))
		}
		if n >= 1<<room {
			return "", false
		}
		address = address<<room | n
	}
	b := [4]byte{byte(address >> 24), byte(address >> 16), byte(address >> 8), byte(address)}
	return netip.AddrFrom4(b).String(), true
}

func isIPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}
