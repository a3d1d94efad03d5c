package dns

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const podFile = "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n"

// only is a world where only these names have an IPv4 address.
func only(names ...string) Answerer {
	return func(q Question) Reply {
		for _, n := range names {
			if string(q.Name) == n && q.Type == A {
				return Addresses
			} else if string(q.Name) == n {
				return NoData
			}
		}
		return NXDomain
	}
}

// story tells a walk in one line for each name: the name, then each query's type and
// server, + before what is sent together with the one before.
func story(w *Walk) string {
	var out strings.Builder
	for _, r := range w.Rounds {
		fmt.Fprintf(&out, "%s:", w.Name(r))
		for _, q := range w.Queries[r.From:r.To] {
			with := " "
			if q.With {
				with = "+"
			}
			fmt.Fprintf(&out, "%s%s%d", with, q.Type, q.Server)
		}
		out.WriteString("\n")
	}
	return out.String() + w.Result.String()
}

// TestWalk is what the tutorial's names cost, and what the resolvers do differently.
// test/oracle/resolver holds all of it to the real ones.
func TestWalk(t *testing.T) {
	const a = ".shop.svc.cluster.local: A0+AAAA0\n"
	const b = ".svc.cluster.local: A0+AAAA0\n"
	const c = ".cluster.local: A0+AAAA0\n"
	for name, tt := range map[string]struct {
		file, name string
		ask        Answerer
		want       map[Libc]any
	}{
		"own namespace":     {podFile, "web", only("web.shop.svc.cluster.local"), same("web" + a + "found")},
		"other namespace":   {podFile, "mysql.db", only("mysql.db.svc.cluster.local"), same("mysql.db" + a + "mysql.db" + b + "found")},
		"svc":               {podFile, "mysql.db.svc", only("mysql.db.svc.cluster.local"), same("mysql.db.svc" + a + "mysql.db.svc" + b + "mysql.db.svc" + c + "found")},
		"a dot at the end":  {podFile, "mysql.db.svc.cluster.local.", only("mysql.db.svc.cluster.local"), same("mysql.db" + b + "found")},
		"outside":           {podFile, "www.example.com", only("www.example.com"), same("www.example.com" + a + "www.example.com" + b + "www.example.com" + c + "www.example.com: A0+AAAA0\nfound")},
		"enough dots":       {podFile, "a.b.c.d.e.f", only(), each("a.b.c.d.e.f: A0+AAAA0\na.b.c.d.e.f"+a+"a.b.c.d.e.f"+b+"a.b.c.d.e.f"+c+"not found", "a.b.c.d.e.f: A0+AAAA0\nnot found", "a.b.c.d.e.f: A0+AAAA0\na.b.c.d.e.f"+a+"a.b.c.d.e.f"+b+"a.b.c.d.e.f"+c+"not found")},
		"no data":           {podFile, "web", noDataAt("web.shop.svc.cluster.local"), each("web"+a+"web"+b+"web"+c+"web: A0+AAAA0\nno address", "web"+a+"not found", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\nnot found")},
		"SERVFAIL":          {podFile + "options attempts:1\n", "web", all(ServFail), each("web"+a+"web"+b+"web"+c+"web: A0+AAAA0\ntry again", "web.shop.svc.cluster.local: A0+AAAA0 A0 AAAA0 A0 AAAA0\ntry again", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\ntry again")},
		"silence":           {podFile + "options attempts:1\n", "web", all(Timeout), each("web"+a+"web: A0+AAAA0\ntry again", "web"+a+"try again", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\ntry again")},
		"nobody there":      {podFile + "options attempts:1\n", "web", all(Unreachable), each("web"+a+"try again", "web"+a+"try again", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\ntry again")},
		"two servers":       {"nameserver 10.96.0.10\nnameserver 10.96.0.11\n", "web", all(NXDomain), each("web: A0+AAAA0\nnot found", "web: A0+A1+AAAA0+AAAA1\nnot found", "web: A0+AAAA0\nnot found")},
		"one by one":        {podFile + "options single-request\n", "web", only("web.shop.svc.cluster.local"), each("web.shop.svc.cluster.local: A0 AAAA0\nfound", "web"+a+"found", "web.shop.svc.cluster.local: A0 AAAA0\nfound")},
		"A only":            {podFile + "options no-aaaa\n", "web", only("web.shop.svc.cluster.local"), each("web.shop.svc.cluster.local: A0\nfound", "web"+a+"found", "web"+a+"found")},
		"IPv6 only":         {podFile, "web", sixOnly, each("web"+a+"found", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\nnot found", "web"+a+"found")},
		"no attempt":        {podFile + "options attempts:0\n", "web", only(), each("try again", "crash", "web"+a+"web"+b+"web"+c+"web: A0+AAAA0\nnot found")},
		"a dot in the list": {"nameserver 10.96.0.10\nsearch .\noptions attempts:1\n", "web", only("web"), each("web: A0+AAAA0\nfound", "web.: A0+AAAA0\ntry again", "web: A0+AAAA0\nfound")},
	} {
		for _, l := range Libcs {
			config, _ := read(tt.file, l)
			var w Walk
			w.Run(&config, tt.name, tt.ask)
			if diff := cmp.Diff(tt.want[l], any(story(&w))); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, l, diff)
			}
		}
	}
}

func all(r Reply) Answerer { return func(Question) Reply { return r } }

func noDataAt(name string) Answerer {
	return func(q Question) Reply {
		if string(q.Name) == name {
			return NoData
		}
		return NXDomain
	}
}

// sixOnly is a name server that denies the name for A, and has it for AAAA.
func sixOnly(q Question) Reply {
	if string(q.Name) == "web.shop.svc.cluster.local" && q.Type == AAAA {
		return Addresses
	}
	return NXDomain
}

// TestLostReply is the network that loses one of two packets of a socket: five seconds,
// then one after the other.
func TestLostReply(t *testing.T) {
	config, _ := read(podFile, Glibc)
	var w Walk
	w.Run(&config, "web", func(q Question) Reply {
		if q.Type == AAAA && q.Before == 0 {
			return Timeout
		}
		return Addresses
	})
	if got, want := story(&w), "web.shop.svc.cluster.local: A0+AAAA0 A0 AAAA0\nfound"; got != want || w.Seconds != 5 || w.Wasted() != 2 {
		t.Errorf("%s, %d s, %d wasted; want %s, 5 s, 2 wasted", got, w.Seconds, w.Wasted(), want)
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]map[Libc]any{
		"nameserver 10.96.0.10\n":                                                  each(10, 5, 10),
		"nameserver 10.96.0.10\nnameserver 10.96.0.11\n":                           each(20, 5, 20),
		"nameserver 10.96.0.10\nnameserver 10.96.0.11\nnameserver 10.96.0.12\n":    each(2*(5+3+6), 5, 30),
		"nameserver 10.96.0.10\noptions timeout:1 attempts:3\n":                    each(3, 1, 3),
		"nameserver 10.96.0.10\noptions timeout:1 attempts:3\nsearch a.test b.c\n": each(6, 1, 9),
	} {
		for _, l := range Libcs {
			config, _ := read(text, l)
			var w Walk
			w.Run(&config, "web", all(Timeout))
			if any(w.Seconds) != want[l] {
				t.Errorf("%q, %s: %d s, want %v", text, l, w.Seconds, want[l])
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for name, want := range map[string]map[Libc]Refusal{
		"a..b": {Glibc: BadLabel, Go: BadLabel}, "-a": {Glibc: BadCharacter, Go: BadCharacter}, "a-": {Go: BadCharacter}, "123": {Glibc: Literal, Musl: Literal, Go: BadCharacter}, "127.1": {Glibc: Literal, Musl: Literal, Go: BadCharacter}, "dead.beef": {},
		"_a": {}, strings.Repeat("a", 64): {Glibc: BadLabel, Go: BadLabel}, strings.Repeat("a.", 128): {Glibc: TooLong, Musl: TooLong, Go: TooLong},
	} {
		for _, l := range Libcs {
			config, _ := read(podFile, l)
			var w Walk
			w.Run(&config, name, only())
			if w.Refusal != want[l] {
				t.Errorf("%.20q, %s: %q, want %q", name, l, w.Refusal, want[l])
			}
		}
	}
}
