package kubeproxy

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// packetWalks is how many sets of random objects are asked with real packets.
const packetWalks = 4

// TestWalkPackets loads what the real proxiers write into the kernel of a small network: a
// node, a Pod, endpoints, and somebody outside, each in a namespace of its own. It opens
// connections and compares who answers, what source the server sees, and whether a refusal
// comes at once or never, with the walk.
func TestWalkPackets(t *testing.T) {
	n := newNetwork(t)
	counted := map[string]int{}
	for batch := range packetWalks {
		m := maker{rand.New(rand.NewPCG(*seed, uint64(4000+batch)))}
		w := world{node: kubeproxy.NodeInfo{Name: oneOf(m, nodeNames...)}}
		for i := range 8 {
			w.services = append(w.services, m.service(i))
			w.slices = append(w.slices, m.slices(w.services[i])...)
		}
		w.nodePortAddresses = oneOf(m, nil, []string{"10.0.0.0/24", "fd00::/64"})
		for _, w.family = range []corev1.IPFamily{corev1.IPv4Protocol, corev1.IPv6Protocol} {
			tool := map[corev1.IPFamily]string{corev1.IPv4Protocol: "iptables", corev1.IPv6Protocol: "ip6tables"}[w.family]
			for _, form := range []struct{ text, load, flush string }{
				{quoted(w.iptables(t)), tool + "-nft-restore", "nft flush ruleset"},
				{w.nftables(t).Dump(), "nft -f -", "nft flush ruleset"},
			} {
				n.in(t, "node", form.text, form.load)
				held := held{t: t, w: w, rules: read(t, form.text)}
				n.all(held, counted)
				n.in(t, "node", "", form.flush)
				if t.Failed() {
					t.Fatalf("-seed %d, batch %d, %s, %s", *seed, batch, w.family, form.load)
				}
			}
		}
	}
	t.Logf("connections by what became of them: %v", counted)
	for _, kind := range []string{"DNAT", "REJECT", "DROP"} {
		if counted[kind] < 20 {
			t.Errorf("%s came up %d times", kind, counted[kind])
		}
	}
}

// all opens a connection from each client to each address of each TCP port, many at once.
func (n *network) all(h held, counted map[string]int) {
	var wait sync.WaitGroup
	var mutex sync.Mutex
	slots := make(chan bool, 32)
	for _, p := range h.ports() {
		for _, d := range destinationsOf(h.w, p) {
			if p.Protocol != "tcp" || d.kind == "healthCheck" || d.kind == "unallocated" || d.kind == "wrongPort" || d.kind == "localhost" {
				continue
			}
			for _, c := range clientsOf(h.w.family, netip.Addr{}) {
				// Rules are understood when a packet comes to them: one walk at a time.
				want := h.predicted(c, d, p)
				if want == nil || want.Verdict == "NONE" {
					continue // it goes where this network has nobody
				}
				wait.Add(1)
				slots <- true
				go func() {
					defer func() { <-slots; wait.Done() }()
					got := n.connect(c, d.to)
					mutex.Lock()
					defer mutex.Unlock()
					counted[string(want.Verdict)]++
					if problem := got.differs(c, want); problem != "" {
						h.t.Errorf("from %s (%s) to %s %s of %s: %s; the walk says %s %v", c.kind, c.source, d.kind, d.to, p, problem, want.Verdict, want.Endpoints)
					}
				}()
			}
		}
	}
	wait.Wait()
}

func (h held) predicted(c walkClient, d destination, p kubeproxy.ServicePort) *walk.Walk {
	a, err := walk.Analyze(h.rules, walk.Request{
		To: d.to, Protocol: p.Protocol, From: c.source, NodeIPs: []netip.Addr{netip.MustParseAddr(nodeIPs[h.w.family])},
	})
	if err != nil {
		return nil
	}
	return &a.Walks[0]
}

// reached is what became of one connection.
type reached struct {
	err              error
	mine, peer, here string
}

func (n *network) connect(c walkClient, to netip.AddrPort) (r reached) {
	place := map[clientKind]string{fromPod: "pod", fromNode: "node", fromOutside: "outside"}[c.kind]
	r.err = n.inside(place, func() error {
		dialer := net.Dialer{Timeout: 3 * time.Second, LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.source, 0))}
		conn, err := dialer.Dial("tcp", to.String())
		if err != nil {
			return err
		}
		defer conn.Close()
		answer, err := io.ReadAll(conn)
		r.mine = conn.LocalAddr().String()
		r.peer, r.here, _ = strings.Cut(string(answer), " ")
		return err
	})
	return r
}

// differs says what is not as predicted, "" where all is.
func (r reached) differs(c walkClient, want *walk.Walk) string {
	var timeout net.Error
	switch {
	case errors.Is(r.err, syscall.ECONNREFUSED):
		if want.Verdict != "REJECT" {
			return "refused"
		}
	case errors.As(r.err, &timeout) && timeout.Timeout():
		if want.Verdict != "DROP" {
			return "no answer"
		}
	case r.err != nil:
		return r.err.Error()
	default:
		for _, e := range want.Endpoints {
			if e.Address != r.here {
				continue
			}
			if masqueraded := r.peer != r.mine; masqueraded != e.Masquerade {
				return fmt.Sprintf("%s sees %s of %s", r.here, r.peer, r.mine)
			}
			return ""
		}
		return "reached " + r.here
	}
	return ""
}
