package nftables

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// recorded are the recordings of one kind in testdata.
func recorded(tb testing.TB, kind string) map[string]string {
	tb.Helper()
	files, err := filepath.Glob("testdata/*." + kind)
	if err != nil || len(files) != 2 {
		tb.Fatalf("recordings %v (%v), want two", files, err)
	}
	out := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		out[strings.TrimSuffix(filepath.Base(file), "."+kind)] = string(text)
	}
	return out
}

// stable prints what was read, reads it again and prints that.
func stable(t *testing.T, rs *Ruleset) {
	t.Helper()
	first := printed(t, rs)
	again, err := Parse(first)
	if err != nil {
		t.Fatalf("its own print is not read: %v\n%s", err, first)
	}
	if second := printed(t, again); second != first {
		t.Errorf("printed\n%s\nthen\n%s", first, second)
	}
}

func printed(t *testing.T, rs *Ruleset) string {
	t.Helper()
	var out strings.Builder
	if err := rs.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// walked asks all rules about a packet. It must end, and give no more than there is.
func walked(t *testing.T, rs *Ruleset) {
	t.Helper()
	for family, address := range map[int]string{4: "10.96.0.12", 6: "fd00:10:96::12"} {
		_, flows := netfilter.Walk(netfilter.Question{
			Packet: netfilter.Packet{
				Source: netip.MustParseAddr(address), Destination: netip.MustParseAddr(address), Protocol: "tcp", DestPort: 3000,
				Mark: netfilter.Mark{Known: true},
			},
			Bases: rs.Bases(family, func(string) bool { return false }),
			Local: func(netip.Addr) netfilter.Answer { return netfilter.No },
		})
		o := netfilter.Outcomes(flows)
		total := 0.0
		for _, e := range o.Endpoints {
			total += e.Share
		}
		if total > 1+1e-6 {
			t.Errorf("the shares are %v together", total)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range recorded(f, "list") {
		for _, part := range strings.SplitAfter(text, "\n}\n") {
			f.Add(part)
		}
		for _, chain := range strings.Split(text, "\n\tchain ")[1:] {
			f.Add("table ip t {\n\tchain " + strings.TrimRight(strings.Split(chain, "\ntable")[0], "}\n") + "\n\t}\n}\n")
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		rs, err := Parse(text)
		if err != nil {
			return
		}
		walked(t, rs)
		stable(t, rs)
	})
}

func FuzzParseCommands(f *testing.F) {
	for _, text := range recorded(f, "commands") {
		lines := strings.SplitAfter(text, "\n")
		for at := 0; at+8 < len(lines); at += 8 {
			f.Add(strings.Join(lines[at:at+8], ""))
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		rs, err := ParseCommands(text)
		if err != nil {
			return
		}
		walked(t, rs)
		stable(t, rs)
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, text := range recorded(f, "json") {
		objects := strings.SplitAfter(text[len(`{"nftables": [`):], "}}, ")
		for at := 0; at+3 < len(objects); at += 3 {
			f.Add(`{"nftables": [` + strings.TrimSuffix(strings.Join(objects[at:at+3], ""), ", ") + "]}")
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		rs, err := ParseJSON(strings.NewReader(text))
		if err != nil {
			return
		}
		walked(t, rs)
	})
}
