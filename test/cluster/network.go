package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// wire is the network namespace that holds the bridge between the nodes. Nothing of the machine's own network is
// touched, so the addresses below cannot meet addresses that the machine uses.
const wire = "kk-wire"

// node is one machine of the cluster. Names and ranges are those of the tutorial.
type node struct {
	name     string
	ip4, ip6 string
	pods4    string // range of Pod addresses
	pods6    string
}

var nodes = []node{
	{"k8s-master", "10.0.2.2", "fd00:10::2", "20.2.35.0/24", "fd00:20:2:35::/64"},
	{"k8s-node1", "10.0.2.3", "fd00:10::3", "20.2.36.0/24", "fd00:20:2:36::/64"},
}

const (
	gateway4, gateway6   = "10.0.2.1", "fd00:10::1"
	services4, services6 = "20.1.0.0/16", "fd00:20:1::/112"
	pods4, pods6         = "20.2.0.0/16", "fd00:20:2::/56"
	clusterDNS           = "20.1.0.10"
	apiServiceIP         = "20.1.0.1"
)

// dualStack reports whether this machine's kernel has IPv6. Without it the cluster has IPv4 only.
func dualStack() bool {
	_, err := os.Stat("/proc/net/if_inet6")
	return err == nil
}

// joined returns the IPv4 value, and the IPv6 value behind a comma where there is IPv6.
func joined(v4, v6 string) string {
	if dualStack() {
		return v4 + "," + v6
	}
	return v4
}

func (n node) addresses() string { return joined(n.ip4, n.ip6) }

// createNetwork makes the namespaces, the bridge and the routes. A default route that leads nowhere must exist:
// without it the kernel refuses a node's own packet to a ClusterIP before the nat table sees it.
func createNetwork(ctx context.Context) error {
	script := []string{
		"ip netns add " + wire,
		"ip -n " + wire + " link set lo up",
		"ip -n " + wire + " link add br0 type bridge",
		"ip -n " + wire + " addr add " + gateway4 + "/24 dev br0",
		"ip -n " + wire + " link set br0 up",
	}
	if dualStack() {
		script = append(script, "ip -n "+wire+" addr add "+gateway6+"/64 dev br0 nodad")
	}
	for i, n := range nodes {
		script = append(script, linkCommands(n, fmt.Sprintf("port%d", i))...)
	}
	for _, n := range nodes {
		for _, other := range nodes {
			if other.name != n.name {
				script = append(script, routeCommands(n, other)...)
			}
		}
	}
	for _, line := range script {
		fields := strings.Fields(line)
		if _, err := run(ctx, fields[0], fields[1:]...); err != nil {
			return err
		}
	}
	return nil
}

func linkCommands(n node, port string) []string {
	in := "ip -n " + n.name + " "
	commands := []string{
		"ip netns add " + n.name,
		in + "link set lo up",
		in + "link add eth0 type veth peer name " + port + " netns " + wire,
		"ip -n " + wire + " link set " + port + " master br0 up",
		in + "addr add " + n.ip4 + "/24 dev eth0",
		in + "link set eth0 up",
		in + "route add default via " + gateway4,
		"nsenter --net=/run/netns/" + n.name + " sysctl -qw net.ipv4.ip_forward=1",
	}
	if dualStack() {
		commands = append(commands,
			in+"addr add "+n.ip6+"/64 dev eth0 nodad",
			in+"-6 route add default via "+gateway6,
			"nsenter --net=/run/netns/"+n.name+" sysctl -qw net.ipv6.conf.all.forwarding=1")
	}
	return commands
}

func routeCommands(n, other node) []string {
	in := "ip -n " + n.name + " "
	commands := []string{in + "route add " + other.pods4 + " via " + other.ip4}
	if dualStack() {
		commands = append(commands, in+"-6 route add "+other.pods6+" via "+other.ip6)
	}
	return commands
}

// removeNetwork deletes the namespaces and with them every interface and rule in them.
func removeNetwork(ctx context.Context) error {
	out, err := run(ctx, "ip", "netns", "list")
	if err != nil {
		return err
	}
	mine := []string{wire}
	for _, n := range nodes {
		mine = append(mine, n.name)
	}
	for _, line := range strings.Split(out, "\n") {
		for _, name := range mine {
			if fields := strings.Fields(line); len(fields) > 0 && fields[0] == name {
				if _, err := run(ctx, "ip", "netns", "delete", name); err != nil {
					return err
				}
			}
		}
	}
	// The first namespace of a machine has ip make this folder a mount.
	if left, err := os.ReadDir("/run/netns"); err == nil && len(left) == 0 {
		_ = unix.Unmount("/run/netns", unix.MNT_DETACH)
	}
	return nil
}
