package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// benchRules loads the rules of many Services into a network namespace of its own and
// reads one Service's chains, by the script that a debug pod runs, and the whole table.
// Before that it walks through what was saved of it.
func benchRules(kk string) error {
	const namespace, services, endpoints = "kk-bench", 10000, 10
	if _, err := run([]string{"ip", "netns", "add", namespace}); err != nil {
		return err
	}
	defer func() { _, _ = run([]string{"ip", "netns", "delete", namespace}) }()
	inside := []string{"nsenter", "--net=/run/netns/" + namespace, "--"}
	if err := loadRules(inside, services, endpoints); err != nil {
		return err
	}
	// First, while this process is small: see main.
	if err := benchWalk(kk, inside, services); err != nil {
		return err
	}
	script, err := os.ReadFile("pkg/node/read.sh")
	if err != nil {
		return err
	}
	p := port(services / 2)
	address := fmt.Sprintf("-d %s/32 ", p.ClusterIP)
	one := slices.Concat(inside, []string{"sh", "-c", string(script), "kk", "mark-0123456789abcdef",
		"list", "4", "nat", "PREROUTING", "-", "list", "4", "nat", "OUTPUT", "-", "list", "4", "nat", "KUBE-MARK-MASQ", "-",
		"list", "4", "nat", "KUBE-POSTROUTING", "-", "among", "4", "nat", "KUBE-SERVICES", address + "\n--dport 80 ",
		"among", "4", "filter", "KUBE-SERVICES", "--dport 80 ", "follow", "4", "nat", p.ServiceChain(), "KUBE-SEP-", "few", "4", "-", "-", "-"})
	whole := slices.Concat(inside, []string{"iptables-nft-save", "-t", "nat"})
	a, b, err := inTurns(5, one, whole, nil)
	if err != nil {
		return err
	}
	heading(fmt.Sprintf("Reading one Service of %d, %d endpoints each", services, endpoints), "", "one Service's chains", "`iptables-save -t nat`", "ratio", "goal")
	row("time", ms(a.took), ms(b.took), ratio(a.took.Seconds(), b.took.Seconds()), "≤ 1/20")
	row("bytes", a.output, b.output, ratio(float64(a.output), float64(b.output)), "≤ 1/500")
	return benchPacket(one)
}

// benchPacket compares reading one Service's chains with reading all that a packet meets, without
// the question for how many rules there are.
func benchPacket(one []string) error {
	walks := slices.Clone(one[:len(one)-5])
	for table, chains := range map[string]string{
		"raw": "PREROUTING OUTPUT", "mangle": "PREROUTING INPUT FORWARD OUTPUT POSTROUTING", "nat": "PREROUTING INPUT OUTPUT POSTROUTING", "filter": "INPUT FORWARD OUTPUT",
	} {
		for _, chain := range strings.Fields(chains) {
			walks = append(walks, "tree", "4", table, chain, "-")
		}
	}
	c, d, err := inTurns(5, walks, one, nil)
	if err != nil {
		return err
	}
	heading("Reading what a packet to it meets (`--from`)", "", "all that a packet meets", "one Service's chains", "ratio")
	row("time", ms(c.took), ms(d.took), ratio(c.took.Seconds(), d.took.Seconds()))
	row("bytes", c.output, d.output, ratio(float64(c.output), float64(d.output)))
	return nil
}

// loadRules loads the rules of many Services where a command line leads.
func loadRules(inside []string, services, endpoints int) error {
	restore := exec.Command(inside[0], inside[1], inside[2], "iptables-nft-restore")
	pipe, err := restore.StdinPipe()
	if err != nil {
		return err
	}
	restore.Stderr = os.Stderr
	if err := restore.Start(); err != nil {
		return err
	}
	if err := writeRules(pipe, services, endpoints); err != nil {
		return err
	}
	pipe.Close()
	if err := restore.Wait(); err != nil {
		return fmt.Errorf("load the rules: %w", err)
	}
	return nil
}

// benchStart compares what a user waits for before anything is asked of a cluster.
func benchStart(kk, kubectl string) error {
	// How much of a program counts as resident depends on how its file came into the
	// page cache: both are copied in the same way.
	folder, err := os.MkdirTemp("", "kk-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	for _, program := range []*string{&kk, &kubectl} {
		if _, err := run([]string{"cp", *program, folder}); err != nil {
			return err
		}
		*program = filepath.Join(folder, filepath.Base(*program))
	}
	heading("Starting", "", "kubectl-kk", "`kubectl version --client`", "ratio", "goal")
	for _, args := range [][]string{{"--help"}, {"svcpath", "svc/service-hellok8s-clusterip", "--demo"}} {
		a, b, err := inTurns(21, append([]string{kk}, args...), []string{kubectl, "version", "--client"}, nil)
		if err != nil {
			return err
		}
		name := "`" + strings.Join(args, " ") + "`"
		row(name+" time", ms(a.took), ms(b.took), ratio(a.took.Seconds(), b.took.Seconds()), "≤ 1")
		row(name+" memory", mib(a.memory), mib(b.memory), ratio(float64(a.memory), float64(b.memory)), "≤ 1")
	}
	return nil
}

// benchCluster compares a whole svcpath with the way to see the rules without it. The
// Pod that kubectl debug leaves is deleted outside of the measured time.
func benchCluster(kk, kubectl string) error {
	const node = "k8s-node1"
	image, err := exec.Command(kubectl, "-n", "kube-system", "get", "daemonset", "kube-proxy", "-o", "jsonpath={.spec.template.spec.containers[0].image}").Output()
	if err != nil {
		return fmt.Errorf("find the image of kube-proxy: %w", err)
	}
	debug := []string{kubectl, "debug", "node/" + node, "-i", "-q", "--profile=netadmin", "--image=" + string(image), "--", "iptables-save", "-t", "nat"}
	clean := func() error {
		_, err := run([]string{kubectl, "delete", "pods", "-l", "app.kubernetes.io/managed-by=kubectl-debug", "--wait=true", "--grace-period=0", "--force"})
		return err
	}
	a, b, err := inTurns(9, []string{kk, "svcpath", "svc/service-hellok8s-clusterip", "--node", node}, debug, clean)
	if err != nil {
		return err
	}
	heading("End to end on the test cluster", "", "`svcpath`", "`kubectl debug node/… -- iptables-save -t nat`", "ratio", "goal")
	row("time", ms(a.took), ms(b.took), ratio(a.took.Seconds(), b.took.Seconds()), "≤ 1.2")
	return nil
}
