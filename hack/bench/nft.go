package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// benchNFT reads one Service of kube-proxy's nftables mode, by the script that a debug pod
// runs, and the whole ruleset: in a cluster of many Services, and where one Service of a
// hundred has many endpoints.
func benchNFT() error {
	for _, c := range []struct{ services, endpoints, ofOne, runs int }{{10000, 10, 10, 3}, {100, 10, 250, 9}, {100, 10, 1000, 9}} {
		a, b, err := readNFT(c.services, c.endpoints, c.ofOne, c.runs)
		if err != nil {
			return err
		}
		title, time, bytes := fmt.Sprintf("nftables: reading one Service of %d, %d endpoints each", c.services, c.endpoints), "≤ 1/20", "≤ 1/500"
		if c.ofOne != c.endpoints {
			title, time, bytes = fmt.Sprintf("nftables: reading one Service of %d endpoints among %d of %d", c.ofOne, c.services, c.endpoints), "< 1", ""
		}
		heading(title, "", "what `svcpath` reads", "`nft list ruleset`", "ratio", "goal")
		row("time", ms(a.took), ms(b.took), ratio(a.took.Seconds(), b.took.Seconds()), time)
		row("bytes", a.output, b.output, ratio(float64(a.output), float64(b.output)), bytes)
	}
	return nil
}

func readNFT(services, endpoints, ofOne, runs int) (a, b measured, err error) {
	const namespace = "kk-bench-nft"
	if _, err := run([]string{"ip", "netns", "add", namespace}); err != nil {
		return a, b, err
	}
	defer func() { _, _ = run([]string{"ip", "netns", "delete", namespace}) }()
	inside := []string{"nsenter", "--net=/run/netns/" + namespace, "--"}
	if err := loadNFT(inside, services, endpoints, ofOne); err != nil {
		return a, b, err
	}
	script, err := os.ReadFile("pkg/node/read.sh")
	if err != nil {
		return a, b, err
	}
	p := port(services / 2)
	keys := fmt.Sprintf("%s . tcp . 80 \n%[1]s . 6 . 80 ", p.ClusterIP)
	one := slices.Concat(inside, []string{"sh", "-c", string(script), "kk", "mark-0123456789abcdef",
		"table", "4", "-", "kube-proxy", "-", "map", "4", "-", "service-ips", keys, "map", "4", "-", "no-endpoint-services", keys,
		"set", "4", "-", "cluster-ips", p.ClusterIP.String(), "set", "4", "-", "nodeport-ips", "-",
		"rules", "4", "-", p.NFTServiceChain(), "-",
		"base", "4", "-", "services", "-", "base", "4", "-", "nat-prerouting", "-", "base", "4", "-", "nat-output", "-"})
	return inTurns(runs, one, slices.Concat(inside, []string{"nft", "list", "ruleset"}), nil)
}

// loadNFT loads the rules of many Services, one of which has another number of endpoints.
func loadNFT(inside []string, services, endpoints, ofOne int) error {
	load := exec.Command(inside[0], inside[1], inside[2], "nft", "-f", "-")
	pipe, err := load.StdinPipe()
	if err != nil {
		return err
	}
	load.Stderr = os.Stderr
	if err := load.Start(); err != nil {
		return err
	}
	if err := writeNFT(pipe, services, endpoints, ofOne); err != nil {
		return err
	}
	pipe.Close()
	if err := load.Wait(); err != nil {
		return fmt.Errorf("load the rules: %w", err)
	}
	return nil
}

// nftBase is what every node has, in the layout of 1.36 and later.
const nftBase = `table ip kube-proxy {
	set cluster-ips { type ipv4_addr; }
	set nodeport-ips { type ipv4_addr; elements = { 10.0.2.3 }; }
	map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }
	map service-nodeports { type inet_proto . inet_service : verdict; }
	map no-endpoint-services { type ipv4_addr . inet_proto . inet_service : verdict; }
	chain services {
		ip daddr @cluster-ips ip saddr != 10.0.0.0/8 mark set mark or 0x4000;
		ip daddr . meta l4proto . th dport vmap @service-ips;
		ip daddr @nodeport-ips meta l4proto . th dport vmap @service-nodeports;
	}
	chain nat-prerouting { type nat hook prerouting priority -100; jump services; }
	chain nat-output { type nat hook output priority -100; jump services; }
}
`

// writeNFT prints the rules as kube-proxy writes them (pkg/proxy/nftables/proxier.go), as
// input for nft.
func writeNFT(to io.Writer, services, endpoints, ofOne int) error {
	out := bufio.NewWriterSize(to, 1<<20)
	fmt.Fprint(out, nftBase)
	for i := range services {
		n := endpoints
		if i == services/2 {
			n = ofOne
		}
		writeNFTService(out, port(i), i, n)
	}
	return out.Flush()
}

func writeNFTService(out *bufio.Writer, p kubeproxy.ServicePort, i, endpoints int) {
	const table = "ip kube-proxy"
	chain := p.NFTServiceChain()
	fmt.Fprintf(out, "add chain %s %s\n", table, chain)
	fmt.Fprintf(out, "add rule %s %s meta l4proto tcp dnat ip addr . port to numgen random mod %d map {", table, chain, endpoints)
	for e := range endpoints {
		at := endpoint(i, e, endpoints)
		fmt.Fprintf(out, " %d : %s . %d,", e, at.Addr(), at.Port())
	}
	fmt.Fprintf(out, " }\nadd element %s cluster-ips { %s }\n", table, p.ClusterIP)
	fmt.Fprintf(out, "add element %s service-ips { %s . tcp . 80 : goto %s }\n", table, p.ClusterIP, chain)
}
