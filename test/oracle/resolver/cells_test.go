//go:build resolver

package resolver

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/dns"
)

// cell is one lookup to try: a file, a name, what the queries get, a resolver.
type cell struct {
	file, name string
	answer     dns.Answerer
	libc       dns.Libc
	// anyServer is set where the resolver begins with a server that cannot be known.
	anyServer bool
}

// try runs the cell's lookup and holds the prediction to it.
func (p *place) try(t *testing.T, c cell) {
	t.Helper()
	if err := os.WriteFile(p.conf, []byte(c.file), 0o644); err != nil {
		t.Fatal(err)
	}
	config, _ := dns.Read(dns.Parse(c.file), c.libc, "")
	p.server.expect(config.Servers, c.answer)
	out, err := exec.Command(p.clients[string(c.libc)], c.name).Output()
	result := strings.TrimSpace(string(out))
	if err != nil {
		result = "crash"
	}
	seen := p.server.seen(t)

	var w dns.Walk
	w.Run(&config, c.name, c.answer)
	want := predicted(&w, &config)
	if c.anyServer {
		blur(seen)
		blur(want)
	}
	if c.libc == dns.Go {
		orderFree(seen, &w)
		orderFree(want, &w)
	}
	if !slices.Equal(seen, want) || result != w.Result.String() {
		t.Errorf("%s %q\n%s\npredicted: %s\n%s\nreally: %s\n%s", c.libc, c.name, c.file, w.Result, lines(want), result, lines(seen))
	}
}

func predicted(w *dns.Walk, c *dns.Config) []asked {
	var out []asked
	for _, q := range w.Queries {
		switch {
		case q.Reply == dns.Unreachable: // it never arrives
		case q.Broken:
			out = append(out, asked{brokenName, "", c.Servers[q.Server]})
		default:
			out = append(out, asked{string(w.Name(w.Rounds[q.Round])), q.Type.String(), c.Servers[q.Server]})
		}
	}
	return out
}

func blur(list []asked) {
	for i := range list {
		list[i].server = ""
	}
}

// orderFree sorts A before AAAA inside of each round: Go's two goroutines race.
func orderFree(list []asked, w *dns.Walk) {
	for _, r := range w.Rounds {
		if r.To <= len(list) {
			slices.SortStableFunc(list[r.From:r.To], func(a, b asked) int { return strings.Compare(a.typ, b.typ) })
		}
	}
}

func lines(list []asked) string {
	var out strings.Builder
	for _, a := range list {
		fmt.Fprintf(&out, "  %-4s %s @%s\n", a.typ, a.name, a.server)
	}
	return out.String()
}
