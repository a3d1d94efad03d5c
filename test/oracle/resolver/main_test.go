//go:build resolver

// Package resolver holds the predicted queries against what the resolvers of glibc,
// musl and Go really send: in a network namespace of its own, whose DNS server logs
// what arrives. It needs root, gcc and musl-gcc.
package resolver

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The addresses of the server. Whoever sends to the last one is told that nobody
// listens there, as kube-proxy tells for a Service without endpoints.
var addresses = []string{"10.96.0.10", "10.96.0.11", "10.96.0.12", "10.96.0.13"}

const inside = "KK_RESOLVER_NAMESPACE"

func TestMain(m *testing.M) {
	if os.Getenv(inside) == "" {
		os.Exit(enter())
	}
	os.Exit(m.Run())
}

// enter runs the tests again, in namespaces that end with them.
func enter() int {
	cmd := exec.Command("unshare", append([]string{"--net", "--mount", "--"}, os.Args...)...)
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "run the tests in a namespace (needs root):", err)
		return 1
	}
	return 0
}

// place is the machine as the clients see it.
type place struct {
	t       *testing.T
	conf    string
	server  *server
	clients map[string]string
}

func newPlace(t *testing.T) *place {
	t.Helper()
	dir := t.TempDir()
	p := &place{t: t, conf: filepath.Join(dir, "resolv.conf"), clients: map[string]string{}}
	run(t, "ip", "link", "set", "lo", "up")
	for _, a := range addresses {
		run(t, "ip", "address", "add", a+"/24", "dev", "lo")
	}
	run(t, "ip", "address", "add", "fd00::10/64", "dev", "lo", "nodad")
	run(t, "iptables", "-A", "OUTPUT", "-d", addresses[3], "-p", "udp", "--dport", "53", "-j", "REJECT")
	for name, text := range map[string]string{
		"resolv.conf": "", "hosts": "127.0.0.1 localhost\n", "nsswitch.conf": "hosts: files dns\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		run(t, "mount", "--bind", file, "/etc/"+name)
	}
	for _, client := range []string{"glibc", "musl", "go"} {
		p.clients[client] = filepath.Join(dir, client)
	}
	run(t, "gcc", "-o", p.clients["glibc"], "testdata/lookup.c")
	run(t, "musl-gcc", "-static", "-o", p.clients["musl"], "testdata/lookup.c")
	run(t, "go", "build", "-o", p.clients["go"], "./testdata/golookup")
	p.server = listen(t)
	return p
}

func run(t *testing.T, argv ...string) {
	t.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", argv, err, out)
	}
}
