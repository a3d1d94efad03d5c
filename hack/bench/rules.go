package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/kubeproxy"
)

// writeRules prints the nat table that kube-proxy would write for many Services, as
// input for iptables-restore.
func writeRules(to io.Writer, services, endpoints int) error {
	out := bufio.NewWriterSize(to, 1<<20)
	write(out, services, endpoints)
	return out.Flush()
}

// write prints chains and rules in the shape of kube-proxy's (pkg/proxy/iptables/proxier.go).
func write(out *bufio.Writer, services, endpoints int) {
	fmt.Fprint(out, "*nat\n:PREROUTING ACCEPT [0:0]\n:INPUT ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n:POSTROUTING ACCEPT [0:0]\n")
	fmt.Fprint(out, ":KUBE-SERVICES - [0:0]\n:KUBE-MARK-MASQ - [0:0]\n:KUBE-POSTROUTING - [0:0]\n")
	fmt.Fprint(out, "-A PREROUTING -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n")
	fmt.Fprint(out, "-A OUTPUT -m comment --comment \"kubernetes service portals\" -j KUBE-SERVICES\n")
	fmt.Fprint(out, "-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000\n")
	for i := range services {
		p := port(i)
		fmt.Fprintf(out, ":%s - [0:0]\n", p.ServiceChain())
		for e := range endpoints {
			fmt.Fprintf(out, ":%s - [0:0]\n", p.EndpointChain(endpoint(i, e, endpoints)))
		}
	}
	for i := range services {
		writeService(out, port(i), i, endpoints)
	}
	fmt.Fprint(out, "COMMIT\n")
}

func writeService(out *bufio.Writer, p kubeproxy.ServicePort, i, endpoints int) {
	name, chain := fmt.Sprintf("bench/service-%d", i), p.ServiceChain()
	fmt.Fprintf(out, "-A KUBE-SERVICES -d %s/32 -p tcp -m comment --comment \"%s cluster IP\" -m tcp --dport 80 -j %s\n", p.ClusterIP, name, chain)
	fmt.Fprintf(out, "-A %s ! -s 10.0.0.0/8 -d %s/32 -p tcp -m comment --comment \"%s cluster IP\" -m tcp --dport 80 -j KUBE-MARK-MASQ\n", chain, p.ClusterIP, name)
	for e := range endpoints {
		at := endpoint(i, e, endpoints)
		sep := p.EndpointChain(at)
		choose := ""
		if left := endpoints - e; left > 1 {
			choose = fmt.Sprintf("-m statistic --mode random --probability %.10f ", 1/float64(left))
		}
		fmt.Fprintf(out, "-A %s -m comment --comment \"%s -> %s\" %s-j %s\n", chain, name, at, choose, sep)
		fmt.Fprintf(out, "-A %s -s %s/32 -m comment --comment \"%s\" -j KUBE-MARK-MASQ\n", sep, at.Addr(), name)
		fmt.Fprintf(out, "-A %s -p tcp -m comment --comment \"%s\" -m tcp -j DNAT --to-destination %s\n", sep, name, at)
	}
}

func port(i int) kubeproxy.ServicePort {
	return kubeproxy.ServicePort{
		Namespace: "bench", Name: fmt.Sprintf("service-%d", i), Protocol: "tcp", Number: 80, Family: corev1.IPv4Protocol,
		ClusterIP: netip.AddrFrom4([4]byte{172, 20, byte(i >> 8), byte(i)}),
	}
}

func endpoint(i, e, endpoints int) netip.AddrPort {
	n := i*endpoints + e
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(n >> 16), byte(n >> 8), byte(n)}), 8080)
}
