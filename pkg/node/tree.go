package node

import (
	"bytes"
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Tree asks for a chain, and for every chain that its rules lead to on any way, but for
// those of kube-proxy that grow with the cluster: these are asked for by Among and Follow.
// No more than 200 chains and 512 KiB are sent for all trees of a plan; a chain that is
// left out is no output. A table that is not there is not made by asking.
func Tree(family int, table, chain string) Read { return read("tree", family, table, chain, "-") }

// Among asks for a chain without the rules for one other address ("-d ADDRESS/LENGTH")
// and those for one other port ("--dport PORT"). An empty list leaves none out. Rules that lead
// to NodePorts stay, because they tell which addresses have these.
func Among(family int, table, chain string, addresses []netip.Addr, ports []uint16) Read {
	var kept []string
	for _, addr := range addresses {
		kept = append(kept, fmt.Sprintf("-d %s/%d ", addr, addr.BitLen()))
	}
	for _, port := range ports {
		kept = append(kept, fmt.Sprintf("--dport %d ", port))
	}
	return read("among", family, table, chain, strings.Join(kept, "\n"))
}

// Kept returns what Among was asked with, from what an output says of it.
func Kept(text string) (addresses []netip.Addr, ports []uint16) {
	for _, line := range strings.Split(text, "\n") {
		if value, ok := strings.CutPrefix(line, "-d "); ok {
			if prefix, err := netip.ParsePrefix(strings.TrimSpace(value)); err == nil {
				addresses = append(addresses, prefix.Addr())
			}
		}
		if value, ok := strings.CutPrefix(line, "--dport "); ok {
			if port, err := strconv.ParseUint(strings.TrimSpace(value), 10, 16); err == nil {
				ports = append(ports, uint16(port))
			}
		}
	}
	return addresses, ports
}

// Once adds a question to the plan, if it has none to the same chain.
func (p Plan) Once(r Read) Plan {
	same := func(have Read) bool { return have.verb != connections && slices.Equal(have.words[:3], r.words[:3]) }
	if slices.ContainsFunc(p, same) {
		return p
	}
	return append(p, r)
}

// kept returns what Among was asked with for a chain, "" where it was not.
func (p Plan) kept(family int, table, chain string) string {
	for _, r := range p {
		if r.verb == "among" && r.words[0] == fmt.Sprint(family) && r.words[1] == table && r.words[2] == chain {
			return r.words[3]
		}
	}
	return ""
}

var (
	oneAddress = regexp.MustCompile(`^(?:\[[0-9:]*\] )?-A [^ ]* (-d (?:[^ /:]*/32|[^ /]*:[^ /]*/128) )`)
	onePort    = regexp.MustCompile(`(?:^|[^!]) (--dport [0-9]+ )`)
)

// nodePortsJump ends the rules that say at which addresses NodePorts are served. They do not
// grow with the cluster, and are always kept.
const nodePortsJump = " -j KUBE-NODEPORTS"

// among is what read.sh does with a line of a chain for Among.
func among(line []byte, kept string) bool {
	if bytes.HasSuffix(bytes.TrimRight(line, "\n"), []byte(nodePortsJump)) {
		return true
	}
	for _, one := range []struct {
		prefix string
		value  *regexp.Regexp
	}{{"-d ", oneAddress}, {"--dport ", onePort}} {
		if !strings.HasPrefix(kept, one.prefix) && !strings.Contains(kept, "\n"+one.prefix) {
			continue
		}
		found := one.value.FindSubmatch(line)
		if found != nil && !slices.ContainsFunc(strings.Split(kept, "\n"), func(k string) bool { return bytes.Equal([]byte(k), found[1]) }) {
			return false
		}
	}
	return true
}
