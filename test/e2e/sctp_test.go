//go:build e2e

package e2e

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

const sctpServices = `
{apiVersion: v1, kind: Service, metadata: {name: streams, namespace: live-e2e}, spec: {type: NodePort, ipFamilyPolicy: RequireDualStack, selector: {app: near}, ports: [{protocol: SCTP, port: 3000, nodePort: 31913}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: streams-far, namespace: live-e2e}, spec: {internalTrafficPolicy: Local, selector: {app: near-far}, ports: [{protocol: SCTP, port: 3000}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: streams-none, namespace: live-e2e}, spec: {type: NodePort, selector: {app: nobody}, ports: [{protocol: SCTP, port: 3000, nodePort: 31914}]}}
`

// TestSCTPWalks sends the first packet of SCTP associations by raw sockets, which a kernel
// without SCTP has too: netfilter translates and tracks them all the same. From a Pod and from
// the node, to each address, the walk must say what becomes of them.
func TestSCTPWalks(t *testing.T) {
	apply(t, nearPods+"---"+sctpServices)
	kubectl(t, "wait", "-n", nearSpace, "--for=condition=Ready", "pod", "--all", "--timeout=90s")
	kubectl(t, "label", "pod", "-n", nearSpace, "there", "app=near-far", "--overwrite")
	t.Cleanup(func() { kubectl(t, "label", "pod", "-n", nearSpace, "there", "app=near", "--overwrite") })
	here, there := podIPs(t, nearSpace, "here"), podIPs(t, nearSpace, "there")
	eventually(t, 30*time.Second, "the node has the rules", func() bool {
		return reached(t, workNode, nearSpace+"/streams")[here[0]] && !reached(t, workNode, nearSpace+"/streams")[there[0]] && refusesSCTP(t)
	})
	addresses := podIPs(t, nearSpace, "client-here")
	for from, c := range map[string]client{
		"pod/client-here":  {node: workNode, addresses: addresses, run: func(to string) string { return associate(t, podSpace(t, addresses[1]), to) }},
		"node/" + workNode: {node: workNode, addresses: []string{"10.0.2.3", "fd00:10::3"}, run: func(to string) string { return associate(t, "/run/netns/"+workNode, to) }},
	} {
		for _, service := range []string{"streams", "streams-far", "streams-none"} {
			walks := liveWalk(t, service, "-n", nearSpace, "--from", from).Walks
			if len(walks) == 0 {
				t.Errorf("%s from %s: no walks", service, from)
			}
			for _, w := range walks {
				if said, got := liveWords(w), sctpObserve(t, c, w.To, here); said != got || w.Protocol != "sctp" {
					t.Errorf("%s from %s to %s/%s: the walk says %s, the packets %s", service, from, w.To, w.Protocol, said, got)
				}
			}
		}
	}
}

// refusesSCTP says whether the rules of the Service without endpoints are there.
func refusesSCTP(t *testing.T) bool {
	t.Helper()
	if inNFTables(t) {
		return strings.Contains(onNode(t, workNode, "nft", "list", "map", "ip", "kube-proxy", "no-endpoint-nodeports"), "31914")
	}
	filter := onNode(t, workNode, "iptables-save", "-t", "filter")
	return strings.Contains(filter, "streams-none has no endpoints") && strings.Contains(filter, "streams-far has no local endpoints")
}

// sctpObserve says what becomes of associations, in the words of liveWords. The servers do
// not speak SCTP: their kernels say so, which comes back as "protocol not available".
func sctpObserve(t *testing.T, c client, to string, here []string) string {
	t.Helper()
	said := c.run(to)
	if said != "answered" {
		return said
	}
	endpoint := ofFamily(to, here)
	return fmt.Sprintf("%s masqueraded %v", net.JoinHostPort(endpoint, "3000"), c.masquerade(t, "sctp", to, endpoint))
}

// podSpace is the network namespace of the Pod with an IPv6 address.
func podSpace(t *testing.T, address string) string {
	t.Helper()
	bytes := netip.MustParseAddr(address).As16()
	files, _ := filepath.Glob("/proc/[0-9]*/net/if_inet6")
	for _, file := range files {
		if list, err := os.ReadFile(file); err == nil && strings.Contains(string(list), hex.EncodeToString(bytes[:])) {
			return filepath.Dir(filepath.Dir(file)) + "/ns/net"
		}
	}
	t.Fatalf("no process has the address %s", address)
	return ""
}

// associate sends INIT chunks from a network namespace, one a source port, and says what comes
// back: "answered" by a server's kernel, REJECT for an ICMP "port unreachable", DROP for nothing.
func associate(t *testing.T, space, to string) string {
	t.Helper()
	at := netip.MustParseAddrPort(to)
	answers := make(chan string, 1)
	go func() {
		// The thread ends with this goroutine: no other may run in that namespace.
		runtime.LockOSThread()
		answers <- sendInits(space, at)
	}()
	return <-answers
}

func sendInits(space string, to netip.AddrPort) string {
	file, err := os.Open(space)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = file.Close() }()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return err.Error()
	}
	family, peer := unix.AF_INET, unix.Sockaddr(nil)
	if to.Addr().Is4() {
		peer = &unix.SockaddrInet4{Addr: to.Addr().As4()}
	} else {
		family, peer = unix.AF_INET6, &unix.SockaddrInet6{Addr: to.Addr().As16()}
	}
	fd, err := unix.Socket(family, unix.SOCK_RAW, unix.IPPROTO_SCTP)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = unix.Close(fd) }()
	if err := errors.Join(unix.Connect(fd, peer), unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 400_000})); err != nil {
		return err.Error()
	}
	return answerToInits(fd, to.Port())
}

// answerToInits sends until an ICMP error comes back, of which a kernel sends one a second.
func answerToInits(fd int, port uint16) string {
	for i := range 6 {
		// A rule that ends a packet of the node itself makes the writing fail, whether it
		// answers or not.
		_, err := unix.Write(fd, initChunk(uint16(40000+os.Getpid()%10000+i), port))
		if err == nil || errors.Is(err, unix.EPERM) {
			_, err = unix.Read(fd, make([]byte, 1500))
		}
		switch {
		case errors.Is(err, unix.ECONNREFUSED):
			return "REJECT"
		case errors.Is(err, unix.ENOPROTOOPT), errors.Is(err, unix.EPROTO):
			return "answered"
		case !errors.Is(err, unix.EAGAIN):
			return fmt.Sprint("failed: ", err)
		}
	}
	return "DROP"
}

// initChunk is the first packet of an association (RFC 9260, sections 3.1 and 3.3.2).
func initChunk(from, to uint16) []byte {
	p := make([]byte, 32)
	binary.BigEndian.PutUint16(p[0:], from)
	binary.BigEndian.PutUint16(p[2:], to)
	p[12] = 1 // INIT
	binary.BigEndian.PutUint16(p[14:], 20)
	for at, n := range map[int]uint32{16: 0xfeed0001, 20: 65536, 24: 1<<16 | 1, 28: 1} {
		binary.BigEndian.PutUint32(p[at:], n)
	}
	binary.LittleEndian.PutUint32(p[8:], crc32.Checksum(p, crc32.MakeTable(crc32.Castagnoli)))
	return p
}
