//go:build resolver

package resolver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// cell is one lookup to try: a file, a name, what the queries get, a resolver.
type cell struct {
	file, name, world string
	answer            dns.Answerer
	libc              dns.Libc
}

// try runs the cell's lookup, and says where the prediction differs.
func (p *place) try(c cell) error {
	if err := os.WriteFile(p.conf, []byte(c.file), 0o600); err != nil {
		return err
	}
	config, _ := dns.Read(dns.Parse(c.file), c.libc, "")
	argv := []string{c.name}
	if !p.ipv6 {
		argv = append(argv, "no hints")
		config.NoAAAA = c.libc == dns.Glibc
	}
	p.server.expect(config.Servers, c.answer)
	limit := time.Minute
	if config.Hangs {
		limit = 5 * time.Second
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, p.clients[string(c.libc)], argv...).Output()
	result := strings.TrimSpace(string(out))
	if ctx.Err() != nil {
		result = "no end"
	} else if err != nil {
		result = "crash"
	}
	seen, err := p.server.seen()
	if err != nil {
		return err
	}
	var differs error
	for first := range config.Servers {
		w := dns.Walk{First: first}
		w.Run(&config, c.name, c.arriving(&config))
		if differs = c.differs(&w, &config, seen, result); differs == nil || !config.Rotate {
			break
		}
	}
	return differs
}

// tryOften gives a lookup that waits one second only another chance: on a machine under
// load a reply can come later than that, which no prediction foresees. A prediction that
// is wrong stays so.
func (p *place) tryOften(c cell) error {
	tries := 1
	if strings.Contains(c.file, "timeout:1") {
		tries = 3
	}
	var err error
	for range tries {
		if err = p.try(c); err == nil {
			return nil
		}
	}
	return err
}

// arriving is the answer where what is sent to nobody does not arrive, nor count.
func (c cell) arriving(config *dns.Config) dns.Answerer {
	before := map[string]int{}
	return func(q dns.Question) dns.Reply {
		if config.Servers[q.Server] == addresses[3] {
			return dns.Unreachable
		}
		key := fmt.Sprint(string(q.Name), q.Type)
		q.Before = before[key]
		before[key]++
		return c.answer(q)
	}
}

func (c cell) differs(w *dns.Walk, config *dns.Config, seen []asked, result string) error {
	want := predicted(w, config)
	if c.libc == dns.Go {
		orderFree(seen)
		orderFree(want)
	}
	if slices.Equal(seen, want) && (result == w.Result.String() || w.Race) {
		return nil
	}
	return fmt.Errorf("%s, %s %q\n%q\npredicted: %s\n%s\nreally: %s\n%s", c.world, c.libc, c.name, c.file, w.Result, lines(want), result, lines(seen))
}

func predicted(w *dns.Walk, c *dns.Config) []asked {
	var out []asked
	for _, q := range w.Queries {
		switch {
		case q.Reply == dns.Unreachable: // it never arrives
		case q.Broken:
			out = append(out, asked{brokenName, "", address(c, q)})
		default:
			out = append(out, asked{string(w.Name(w.Rounds[q.Round])), q.Type.String(), address(c, q)})
		}
	}
	return out
}

// address is a server as the log has it.
func address(c *dns.Config, q dns.Query) string {
	return strings.TrimPrefix(c.Servers[q.Server], "::ffff:")
}

// orderFree sorts A before AAAA of each name: Go's two goroutines race.
func orderFree(list []asked) {
	for from := 0; from < len(list); {
		to := from
		for to < len(list) && list[to].name == list[from].name {
			to++
		}
		slices.SortStableFunc(list[from:to], func(a, b asked) int { return strings.Compare(a.typ, b.typ) })
		from = to
	}
}

func lines(list []asked) string {
	var out strings.Builder
	for _, a := range list {
		fmt.Fprintf(&out, "  %-4s %s @%s\n", a.typ, a.name, a.server)
	}
	return out.String()
}
