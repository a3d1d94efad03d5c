//go:build resolver

// Package resolver holds the predicted queries against what the resolvers of glibc,
// musl and Go really send, in network namespaces of its own, where a DNS server logs
// what arrives. It needs root, gcc, musl-gcc, ip and iptables.
package resolver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// The addresses of the server. Whoever sends to the last one is told that nobody
// listens there, as kube-proxy tells for a Service without endpoints.
var addresses = []string{"10.96.0.10", "10.96.0.11", "10.96.0.12", "10.96.0.13"}

// place is a machine as the clients see it: its network, its /etc, its DNS server.
type place struct {
	conf    string
	server  *server
	clients map[string]string
	ipv6    bool
}

// clients are the programs that look a name up, by resolver.
func clients(t *testing.T) map[string]string {
	t.Helper()
	dir := t.TempDir()
	out := map[string]string{}
	for name, build := range map[string][]string{
		"glibc": {"gcc", "testdata/lookup.c"}, "musl": {"musl-gcc", "-static", "testdata/lookup.c"}, "go": {"go", "build", "./testdata/golookup"},
	} {
		out[name] = filepath.Join(dir, name)
		argv := append(build[:len(build)-1:len(build)-1], "-o", out[name], build[len(build)-1])
		if err := run(argv...); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// enter moves the thread, and what it starts, into a network and an /etc of its own.
// Both are gone when the thread ends.
func enter(dir string, clients map[string]string, ipv6 bool) (*place, error) {
	if err := syscall.Unshare(syscall.CLONE_NEWNET | syscall.CLONE_NEWNS); err != nil {
		return nil, fmt.Errorf("make namespaces (needs root): %w", err)
	}
	steps := [][]string{{"mount", "--make-rprivate", "/"}, {"ip", "link", "set", "lo", "up"}}
	for _, a := range addresses {
		steps = append(steps, []string{"ip", "address", "add", a + "/24", "dev", "lo"})
	}
	if ipv6 {
		steps = append(steps, []string{"ip", "address", "add", "fd00::10/64", "dev", "lo", "nodad"})
	}
	steps = append(steps, []string{"iptables", "-A", "OUTPUT", "-d", addresses[3], "-p", "udp", "--dport", "53", "-j", "REJECT"})
	for name, text := range map[string]string{
		"resolv.conf": "", "hosts": "127.0.0.1 localhost\n", "nsswitch.conf": "hosts: files dns\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			return nil, err
		}
		steps = append(steps, []string{"mount", "--bind", file, "/etc/" + name})
	}
	for _, argv := range steps {
		if err := run(argv...); err != nil {
			return nil, err
		}
	}
	s, err := listen()
	return &place{conf: filepath.Join(dir, "resolv.conf"), server: s, clients: clients, ipv6: ipv6}, err
}

// places is how many lookups run at the same time. Most of them wait.
const places = 24

// tryAll runs every cell where there is IPv6, and says how many there were.
func tryAll(t *testing.T, cells []cell) {
	t.Helper()
	tryAt(t, cells, true)
}

func tryAt(t *testing.T, cells []cell, ipv6 bool) {
	t.Helper()
	programs := clients(t)
	work := make(chan cell, len(cells))
	for _, c := range cells {
		work <- c
	}
	close(work)
	var all sync.WaitGroup
	for range min(places, len(cells)/8+1) {
		dir := t.TempDir()
		all.Go(func() {
			// Never unlocked: the thread ends with the goroutine.
			runtime.LockOSThread()
			p, err := enter(dir, programs, ipv6)
			if err != nil {
				t.Error(err)
				return
			}
			defer p.server.close()
			for c := range work {
				if t.Failed() && len(work) < len(cells)-100 {
					continue
				}
				if err := p.tryOften(c); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	t.Logf("%d lookups", len(cells))
}

func run(argv ...string) error {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w\n%s", argv, err, out)
	}
	return nil
}
