package walk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Request is a question.
type Request struct {
	To       netip.AddrPort
	Protocol string
	// From is the client's address. Without one, a Pod, the node itself and a client
	// outside of the cluster are walked.
	From netip.Addr
	// As says what the client of From is, "" to tell by its address; Name is how it is
	// called, "" for its address.
	As   Client
	Name string
	// NodeIPs are addresses of the node whose rules these are.
	NodeIPs []netip.Addr
	// PodCIDRs are the ranges that the node's Pods have their addresses of, as far as known.
	PodCIDRs []netip.Prefix
	// AnyPod is the address of a Pod of the node that is no endpoint, to stand for any Pod
	// where those ranges are not known.
	AnyPod netip.Addr
}

// Client is a kind of client.
type Client string

// The kinds of clients.
const (
	Pod     Client = "pod"
	Node    Client = "node"
	Outside Client = "outside"
)

// ParseTarget reads ADDRESS:PORT[/PROTOCOL]. Its errors say what is wrong with it and
// how it is written.
func ParseTarget(s string) (netip.AddrPort, string, error) {
	host, protocol, named := strings.Cut(s, "/")
	protocol = strings.ToLower(protocol)
	switch {
	case !named:
		protocol = "tcp"
	case !slices.Contains([]string{"tcp", "udp", "sctp"}, protocol):
		return netip.AddrPort{}, "", fmt.Errorf("%s: the protocol is tcp, udp or sctp, not %q", s, protocol)
	}
	to, err := netip.ParseAddrPort(host)
	if err == nil {
		return addressed(s, to, protocol)
	}
	if addr, bare := netip.ParseAddr(strings.Trim(host, "[]")); bare == nil {
		form := addr.String() + ":80"
		if addr.Is6() {
			form = "[" + addr.String() + "]:80"
		}
		return netip.AddrPort{}, "", fmt.Errorf("%s: the port is missing; write it like %s", s, form)
	}
	return netip.AddrPort{}, "", fmt.Errorf("%s is not ADDRESS:PORT[/PROTOCOL]; write it like 10.96.0.10:53/udp or [fd00::10]:53", s)
}

func addressed(s string, to netip.AddrPort, protocol string) (netip.AddrPort, string, error) {
	switch {
	case to.Port() == 0:
		return netip.AddrPort{}, "", fmt.Errorf("%s: there is no port 0", s)
	case to.Addr().Zone() != "":
		return netip.AddrPort{}, "", fmt.Errorf("%s: rules know no zone; leave out %%%s", s, to.Addr().Zone())
	}
	return netip.AddrPortFrom(to.Addr().Unmap(), to.Port()), protocol, nil
}

// ParseAddress reads the value of a flag that is an address.
func ParseAddress(flag, s string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(s)
	if err != nil || addr.Zone() != "" {
		return netip.Addr{}, fmt.Errorf("%s=%s is not an IP address", flag, s)
	}
	return addr.Unmap(), nil
}

// Validate refuses what cannot be meant.
func (r Request) Validate() error {
	if r.From.IsValid() && r.From.Is4() != r.To.Addr().Is4() {
		return fmt.Errorf("--from=%s and %s are of two families: no packet goes from the one to the other", r.From, r.To)
	}
	return nil
}

func (r Request) family() int {
	if r.To.Addr().Is4() {
		return 4
	}
	return 6
}

// local says whether an address is one of the node: a loopback address, or one of those
// that were named.
func (r Request) local(addr netip.Addr) bool {
	return addr.IsLoopback() || slices.Contains(r.NodeIPs, addr)
}
