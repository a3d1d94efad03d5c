package kubeproxy

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	corev1 "k8s.io/api/core/v1"
)

// network is namespaces by what they stand for.
type network struct{ names map[string]string }

func newNetwork(t *testing.T) *network {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("network namespaces need root")
	}
	n := &network{names: map[string]string{}}
	for _, place := range []string{"node", "pod", "endpoints", "outside"} {
		n.names[place] = fmt.Sprintf("kkw-%s-%d", place, os.Getpid())
		if out, err := exec.Command("ip", "netns", "add", n.names[place]).CombinedOutput(); err != nil {
			t.Skipf("no network namespace here: %s", out)
		}
		t.Cleanup(func() { _ = exec.Command("ip", "netns", "delete", n.names[place]).Run() })
		n.in(t, place, "", "sysctl -q -w net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 && ip link set lo up")
	}
	n.in(t, "node", "", "sysctl -q -w net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0")
	n.join(t, "pod", "10.254.1", "fd00:254:1:", "10.244.77.0/24", "fd00:10:244::7000/116")
	n.join(t, "endpoints", "10.254.2", "fd00:254:2:", "10.244.0.0/24", "fd00:10:244::/118")
	n.join(t, "outside", "10.254.3", "fd00:254:3:", "default", "default")
	n.in(t, "node", "", "ip addr add 10.0.0.1/32 dev lo && ip addr add fd00::1/128 dev lo nodad")
	n.in(t, "pod", "", "ip addr add 10.244.77.77/32 dev lo && ip addr add fd00:10:244::7777/128 dev lo nodad")
	for _, c := range append(clientsOf(corev1.IPv4Protocol, netip.Addr{}), clientsOf(corev1.IPv6Protocol, netip.Addr{})...) {
		if c.kind == fromOutside {
			n.in(t, "outside", "", "ip addr add "+netip.PrefixFrom(c.source, c.source.BitLen()).String()+" dev lo nodad")
		}
	}
	// Whatever address an endpoint has, somebody is there.
	n.in(t, "endpoints", "", "ip route add local 10.244.0.0/24 dev lo && ip -6 route add local fd00:10:244::/118 dev lo")
	for _, port := range []int{8000, 8001, 8002, 9000} {
		n.serve(t, port)
	}
	return n
}

// join connects a namespace to the node's, which routes to it.
func (n *network) join(t *testing.T, place, four, six, route4, route6 string) {
	t.Helper()
	link := "k" + place[:2]
	n.in(t, "node", "", fmt.Sprintf("ip link add %s type veth peer name eth0 netns %s && ip link set %[1]s up && ip addr add %[3]s.1/24 dev %[1]s && ip addr add %[4]s:1/64 dev %[1]s nodad",
		link, n.names[place], four, six))
	n.in(t, place, "", fmt.Sprintf("sysctl -q -w net.ipv4.conf.all.rp_filter=0 && ip link set eth0 up && ip addr add %s.2/24 dev eth0 && ip addr add %s:2/64 dev eth0 nodad && ip route add default via %[1]s.1 && ip -6 route add default via %[2]s:1",
		four, six))
	n.in(t, "node", "", fmt.Sprintf("ip route add %s via %s.2 && ip -6 route add %s via %s:2", route4, four, route6, six))
}

// in runs a script in a namespace.
func (n *network) in(t *testing.T, place, input, script string) {
	t.Helper()
	cmd := exec.Command("nsenter", "--net=/run/netns/"+n.names[place], "sh", "-c", script)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s in %s: %v: %s", script, place, err, out.String())
	}
}

// inside runs a function on a thread that is in a namespace; the thread ends with it.
func (n *network) inside(place string, do func() error) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is not used again
		file, err := os.Open("/run/netns/" + n.names[place])
		if err == nil {
			err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
			file.Close()
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	return <-done
}

// serve tells each client from where it came, and where it arrived.
func (n *network) serve(t *testing.T, port int) {
	t.Helper()
	err := n.inside("endpoints", func() error {
		l, err := net.Listen("tcp", fmt.Sprintf(":%d", port))
		if err != nil {
			return err
		}
		t.Cleanup(func() { l.Close() })
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				fmt.Fprintf(c, "%s %s", c.RemoteAddr(), c.LocalAddr())
				c.Close()
			}
		}()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
