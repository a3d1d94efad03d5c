package dns

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	text := "# made by hand\n nameserver\t10.96.0.10 # first\r\n\n;x\nsearch a.test  b.test\noptions ndots:5"
	want := File{Open: true, Lines: []Line{
		{Number: 1, Text: "# made by hand", Comment: true},
		{Number: 2, Text: " nameserver\t10.96.0.10 # first\r", Keyword: "nameserver", Values: []string{"10.96.0.10", "#", "first"}},
		{Number: 3},
		{Number: 4, Text: ";x", Comment: true},
		{Number: 5, Text: "search a.test  b.test", Keyword: "search", Values: []string{"a.test", "b.test"}},
		{Number: 6, Text: "options ndots:5", Keyword: "options", Values: []string{"ndots:5"}},
	}}
	if diff := cmp.Diff(want, Parse(text)); diff != "" {
		t.Error(diff)
	}
}

// read is short for what one resolver makes of a text.
func read(text string, l Libc) (Config, []Ignored) { return Read(Parse(text), l, "") }

// TestRead is what differs between the resolvers. test/oracle/resolver holds all of it
// to the real ones.
func TestRead(t *testing.T) {
	const file = "nameserver 10.96.0.10\nsearch a.test b.test\n"
	long := "nameserver 10.96.0.10\nsearch " + strings.Repeat("x", 247) + "\n"
	for name, tt := range map[string]struct {
		text string
		see  func(Config) any
		want map[Libc]any
	}{
		"carriage returns": {"nameserver 10.96.0.10\r\nsearch a.test b.test\r\n", servers, each("127.0.0.1", "10.96.0.10", "10.96.0.10")},
		"and domains":      {"search a.test b.test\r\n", search, each("a.test b.test\r", "a.test b.test", "a.test b.test")},
		"indented":         {" nameserver 10.96.0.10\n", servers, each("127.0.0.1", "127.0.0.1", "10.96.0.10")},
		"old address":      {"nameserver 10.1\n", servers, each("10.0.0.1", "10.0.0.1", "127.0.0.1 ::1")},
		"octal address":    {"nameserver 10.96.0.012\n", servers, each("10.96.0.10", "10.96.0.10", "127.0.0.1 ::1")},
		"a port":           {"nameserver 10.96.0.10#53\n", servers, each("127.0.0.1", "127.0.0.1", "127.0.0.1 ::1")},
		"four servers":     {strings.Repeat("nameserver 10.96.0.10\n", 4), servers, same("10.96.0.10 10.96.0.10 10.96.0.10")},
		"no server":        {"", servers, each("127.0.0.1", "127.0.0.1", "127.0.0.1 ::1")},
		"two lines":        {file + "search c.test\n", search, same("c.test")},
		"empty line":       {file + "search\n", search, each("a.test b.test", "", "")},
		"domain line":      {file + "domain c.test d.test\n", search, each("c.test", "c.test d.test", "c.test")},
		"255 bytes":        {long, search, each(strings.Repeat("x", 247), strings.Repeat("x", 247), strings.Repeat("x", 247))},
		"256 bytes":        {strings.Replace(long, "x", "xx", 1), search, each(strings.Repeat("x", 248), "", strings.Repeat("x", 248))},
		"root":             {"search . a.test\n", search, each(". a.test", ". a.test", "a.test")},
		"comment behind":   {"search a.test # b\n", search, same("a.test # b")},
		"no newline":       {"options ndots:3", ndots, same(3)},
		"two ndots":        {"options ndots:2 ndots:4\n", ndots, each(4, 2, 4)},
		"ndots over":       {"options ndots:99\n", ndots, same(15)},
		"ndots of nothing": {"options ndots:x\n", ndots, each(0, 1, 0)},
		"ndots blank":      {"options ndots: 3\n", ndots, each(3, 1, 0)},
		"negative ndots":   {"options ndots:-1\n", ndots, each(15, 1, 0)},
		"wrapped ndots":    {"options ndots:4294967298\n", ndots, each(2, 15, 15)},
		"inside a word":    {"options xndots:4\n", ndots, each(1, 4, 1)},
		"timeout over":     {"options timeout:99\n", timeout, each(30, 60, 99)},
		"timeout 0":        {"options timeout:0\n", timeout, each(1, 0, 1)},
		"attempts over":    {"options attempts:99\n", attempts, each(5, 10, 99)},
		"attempts 0":       {"options attempts:0\n", attempts, each(0, 0, 1)},
		"one by one":       {"options single-request\n", func(c Config) any { return c.OneByOne }, each(true, false, true)},
		"by its beginning": {"options rotated\n", func(c Config) any { return c.Rotate }, each(true, false, false)},
		"300 domains":      {"search " + strings.Repeat("a.test ", 300) + "\n", func(c Config) any { return len(c.Search) }, each(300, 0, 300)},
	} {
		for _, l := range Libcs {
			config, _ := read(tt.text, l)
			if diff := cmp.Diff(tt.want[l], tt.see(config)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, l, diff)
			}
		}
	}
}

func servers(c Config) any  { return strings.Join(c.Servers, " ") }
func search(c Config) any   { return strings.Join(c.Search, " ") }
func ndots(c Config) any    { return c.Ndots }
func timeout(c Config) any  { return c.Timeout }
func attempts(c Config) any { return c.Attempts }

func each(glibc, musl, golang any) map[Libc]any {
	return map[Libc]any{Glibc: glibc, Musl: musl, Go: golang}
}
func same(value any) map[Libc]any { return each(value, value, value) }

func TestIgnored(t *testing.T) {
	for text, want := range map[string]map[Libc]Reason{
		"nameserver x\n":            {Glibc: NotAnAddress, Musl: NotAnAddress, Go: NotAnAddress},
		"nameserver\n":              {Glibc: NoValue, Musl: NoValue, Go: NoValue},
		"nameserver 10.96.0.10\r\n": {Glibc: CarriageReturn},
		" search a.test\n":          {Glibc: IndentedLine, Musl: IndentedLine},
		"serach a.test\n":           {Glibc: UnknownKeyword, Musl: UnknownKeyword, Go: UnknownKeyword},
		"options use-vc\n":          {Musl: UnknownOption},
		"options inet6\n":           {Glibc: UnknownOption, Musl: UnknownOption, Go: UnknownOption},
		"options ndots:16\n":        {Glibc: OutOfRange, Musl: OutOfRange, Go: OutOfRange},
		"options ndots:x\n":         {Glibc: NotANumber, Musl: NotANumber, Go: NotANumber},
		"search .\n":                {Go: RootDomain},
		"search a\nsearch b\n":      {Glibc: OverruledLine, Musl: OverruledLine, Go: OverruledLine},
		"# nameserver x\n":          {},
	} {
		for _, l := range Libcs {
			_, ignored := read(text, l)
			got := Reason("")
			if len(ignored) > 0 {
				got = ignored[0].Why
			}
			if got != want[l] || len(ignored) > 1 {
				t.Errorf("%q, %s: %v, want %q", text, l, ignored, want[l])
			}
		}
	}
}

func TestHostname(t *testing.T) {
	for hostname, want := range map[string]map[Libc]string{
		"web-0": same2(""), "web-0.web.shop.svc": {Glibc: "web.shop.svc", Go: "web.shop.svc"}, "web.": {},
	} {
		for _, l := range Libcs {
			config, _ := Read(Parse("nameserver 10.96.0.10\n"), l, hostname)
			if got := strings.Join(config.Search, " "); got != want[l] {
				t.Errorf("%s, %s: %q, want %q", hostname, l, got, want[l])
			}
		}
	}
}

func same2(s string) map[Libc]string { return map[Libc]string{Glibc: s, Musl: s, Go: s} }

// FuzzRead: every text is a file; it can be put together again, and what a resolver
// makes of it stays within its limits.
func FuzzRead(f *testing.F) {
	for _, name := range []string{"clusterfirst.conf", "hostnetwork.conf"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("search a.test\r\noptions ndots:99 timeout:-1 attempts:0\nnameserver ::1%lo\n sortlist 1/2")
	f.Fuzz(func(t *testing.T, text string) {
		file := Parse(text)
		if file.String() != text {
			t.Fatalf("%q becomes %q", text, file.String())
		}
		for _, l := range Libcs {
			c, ignored := Read(file, l, "web-0.web")
			if len(c.Servers) == 0 || len(c.Servers) > maxServers || c.Ndots < 0 || c.Ndots > maxNdots || c.Timeout < 0 || c.Attempts < 0 {
				t.Fatalf("%s makes %+v of %q", l, c, text)
			}
			for _, i := range ignored {
				if i.Line < 1 || i.Line > len(file.Lines) {
					t.Fatalf("%s ignores line %d of %q", l, i.Line, text)
				}
			}
			if c.Attempts < 20 {
				var w Walk
				w.Run(&c, "web.shop", nobody)
			}
		}
		a := Analyze(Facts{Source: "fuzz", File: text, Libc: Musl, Names: []string{"web.shop"}})
		if err := Render(&strings.Builder{}, a, Options{}); err != nil {
			t.Fatal(err)
		}
	})
}
