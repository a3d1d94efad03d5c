package nftables

import "testing"

// TestSeconds: nft writes times in its own way; what is none is not taken for one.
func TestSeconds(t *testing.T) {
	for text, want := range map[string]int64{"3h": 10800, "1m30s": 90, "60s": 60, "1d1h1m1s": 90061, "10s": 10, "": -1, "5": -1, "h": -1, "3x": -1, "1m500ms": -1, "99999999999s": -1} {
		got, ok := (&Set{Timeout: text}).Seconds()
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("%q is %d s, want %d", text, got, want)
		}
	}
}
