package svcpath

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
	"github.com/kubectl-kk/kubectl-kk/pkg/walk"
)

// From names the client whose packets are walked. The zero value names none.
type From struct {
	// Kind is walk.Pod or walk.Node, "" for an address.
	Kind walk.Client
	// Namespace of a Pod, "" for that of the Service.
	Namespace, Name string
	Addr            netip.Addr
}

// ParseFrom reads pod/NAME, pod/NAMESPACE/NAME, node/NAME and ADDRESS.
func ParseFrom(s string) (From, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return fromAddress(addr.Unmap())
	}
	parts := strings.Split(s, "/")
	if !slices.Contains(parts, "") && len(parts) > 1 {
		kind, last := strings.ToLower(parts[0]), parts[len(parts)-1]
		switch {
		case len(parts) == 2 && slices.Contains([]string{"node", "nodes", "no"}, kind):
			return From{Kind: walk.Node, Name: last}, nil
		case len(parts) == 2 && slices.Contains(podWords, kind):
			return From{Kind: walk.Pod, Name: last}, nil
		case len(parts) == 3 && slices.Contains(podWords, kind):
			return From{Kind: walk.Pod, Namespace: parts[1], Name: last}, nil
		}
	}
	return From{}, fmt.Errorf("--from=%s: write pod/NAME, pod/NAMESPACE/NAME, node/NAME or an IP address", s)
}

// fromAddress refuses addresses that no packet has its source of when it reaches a node.
func fromAddress(addr netip.Addr) (From, error) {
	switch {
	case addr.IsLoopback():
		return From{}, fmt.Errorf("--from=%s: every node has this address for itself: write node/NAME", addr)
	case addr.IsUnspecified() || addr.IsMulticast():
		return From{}, fmt.Errorf("--from=%s: no client has this address", addr)
	}
	return From{Addr: addr}, nil
}

var podWords = []string{"pod", "pods", "po"}

func (f From) given() bool { return f.Kind != "" || f.Addr.IsValid() }

// pod is the Pod's namespace and name.
func (r Request) pod() (namespace, name string) {
	if r.From.Namespace != "" {
		return r.From.Namespace, r.From.Name
	}
	return r.Namespace, r.From.Name
}

// Client is the client whose packets were walked.
type Client struct {
	Kind walk.Client `json:"kind"`
	// Name is "pod/NAMESPACE/NAME", "node/NAME", or an address.
	Name string `json:"name"`
	// Addresses are those that its packets can come from, one of each family.
	Addresses []string `json:"addresses"`
	// Node is the one whose rules they meet.
	Node string `json:"node"`
	// HostNetwork is set for a Pod that shares its node's addresses: its packets are the
	// node's.
	HostNetwork bool `json:"hostNetwork,omitempty"`
}

// client finds out who the client is, from what was read. Its error says why it sends
// nothing, or why the flags contradict each other.
func (r Request) client(s *snapshot.Snapshot) (*Client, error) {
	c, err := r.who(s)
	if err != nil {
		return nil, err
	}
	if c.Kind == walk.Outside {
		return c, nil
	}
	for flag, node := range map[string]string{"--to-node": r.ToNode, "--node": r.Node} {
		if node != "" && node != c.Node {
			return nil, fmt.Errorf("%s is on node %s, and its packets meet the rules of that node: leave out %s=%s", c.Name, c.Node, flag, node)
		}
	}
	return c, nil
}

func (r Request) who(s *snapshot.Snapshot) (*Client, error) {
	switch r.From.Kind {
	case walk.Pod:
		namespace, name := r.pod()
		if pod := s.Pod(namespace, name); pod != nil {
			return ofPod(pod)
		}
		return nil, fmt.Errorf("find pod %s/%s: the snapshot does not hold it; a recording knows the Service's own Pods, and the client that it was made with", namespace, name)
	case walk.Node:
		return ofNode(s, r.From.Name)
	}
	ip := r.From.Addr.String()
	for i := range s.Nodes {
		if slices.Contains(nodeAddresses(&s.Nodes[i]), r.From.Addr) {
			return ofNode(s, s.Nodes[i].Name)
		}
	}
	if pod := s.PodWithIP(ip); pod != nil {
		return ofPod(pod)
	}
	c := &Client{Kind: walk.Outside, Name: ip, Addresses: []string{ip}}
	for _, name := range []string{r.ToNode, r.Node} {
		if c.Node == "" {
			c.Node = name
		}
	}
	if c.Node == "" && len(s.Readings) > 0 {
		c.Node = s.Readings[0].Node
	}
	return c, nil
}

func ofPod(pod *corev1.Pod) (*Client, error) {
	c := &Client{
		Kind: walk.Pod, Name: "pod/" + pod.Namespace + "/" + pod.Name, Node: pod.Spec.NodeName, HostNetwork: pod.Spec.HostNetwork,
	}
	for _, have := range pod.Status.PodIPs {
		c.Addresses = append(c.Addresses, have.IP)
	}
	what := fmt.Sprintf("walk from pod %s/%s: ", pod.Namespace, pod.Name)
	switch {
	case pod.Spec.NodeName == "":
		return nil, errors.New(what + "it is on no node yet, so it sends nothing")
	case pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed:
		return nil, fmt.Errorf("%sit has ended (%s), so it sends nothing", what, pod.Status.Phase)
	case len(c.Addresses) == 0:
		return nil, errors.New(what + "it has no address yet, so it sends nothing")
	}
	return c, nil
}

func ofNode(s *snapshot.Snapshot, name string) (*Client, error) {
	c := &Client{Kind: walk.Node, Name: "node/" + name, Node: name}
	for _, addr := range nodeAddresses(s.Node(name)) {
		c.Addresses = append(c.Addresses, addr.String())
	}
	if len(c.Addresses) == 0 {
		return nil, fmt.Errorf("walk from node %s: its addresses are not known", name)
	}
	return c, nil
}

// address is the client's address in the family of another one, invalid where it has none.
func (c *Client) address(like netip.Addr) netip.Addr {
	for _, text := range c.Addresses {
		if addr, err := netip.ParseAddr(text); err == nil && addr.Is4() == like.Is4() {
			return addr
		}
	}
	return netip.Addr{}
}
