package walk

import (
	"net/netip"
	"os"
	"strings"
	"testing"
)

// FuzzRead: whatever the text, it is read or refused, and a packet through what was
// read comes to an end.
func FuzzRead(f *testing.F) {
	for _, name := range []string{iptablesSave, nftList, nftOlder, nftCommands, nftJSON, "testdata/unknown.save"} {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text[:min(len(text), 3000)]))
		for at := 0; at+2000 < len(text); at += 6000 {
			f.Add(string(text[:600]) + string(text[at:at+1400]))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		rules, err := Read([]File{{"text", text}})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\n") {
				t.Errorf("an error of several lines: %q", err)
			}
			return
		}
		for _, to := range []string{"10.96.0.12:3000", "[fd00:10:96::12]:3000"} {
			a, err := Analyze(rules, Request{To: netip.MustParseAddrPort(to), Protocol: "tcp"})
			if err != nil {
				continue
			}
			for _, w := range a.Walks {
				total := 0.0
				for _, e := range w.Endpoints {
					total += e.Share
				}
				if total > 1+1e-6 {
					t.Errorf("from %s: shares of %v", w.From, total)
				}
			}
		}
	})
}
