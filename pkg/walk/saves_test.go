package walk

import (
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/netfilter"
)

// The tables of one node, as they are saved one by one, and what iptables-legacy-save
// prints where kube-proxy's rules are in the other kind.
const (
	savedFilter = `*filter
:FORWARD ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
-A FORWARD -m conntrack --ctstate NEW -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.5/32 -p tcp -m tcp --dport 80 -j REJECT --reject-with icmp-port-unreachable
COMMIT
`
	savedNat = `*nat
:PREROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
-A PREROUTING -j KUBE-SERVICES
COMMIT
`
)

// TestSavesComplementEachOther: a table is lacking only where no save holds it, in
// whichever order they are given.
func TestSavesComplementEachOther(t *testing.T) {
	filter, nat := File{"filter", savedFilter}, File{"nat", savedNat}
	for _, of := range []struct {
		files         []File
		refused, free netfilter.Verdict
	}{
		{[]File{filter, nat}, netfilter.Reject, netfilter.None},
		{[]File{nat, filter}, netfilter.Reject, netfilter.None},
		{[]File{{"all", savedFilter + savedNat + savedNat}}, netfilter.Reject, netfilter.None},
		{[]File{nat}, netfilter.Unsure, netfilter.Unsure},
	} {
		rules, err := Read(of.files)
		if err != nil {
			t.Fatal(err)
		}
		for to, want := range map[string]netfilter.Verdict{"10.96.0.5:80": of.refused, "10.96.0.6:80": of.free} {
			a, err := Analyze(rules, request(t, to, "10.244.1.2"))
			if err != nil {
				t.Fatal(err)
			}
			if got := a.Walks[0].Verdict; got != want {
				t.Errorf("%d saves, first %s: to %s: %s, want %s", len(of.files), of.files[0].Name, to, got, want)
			}
		}
	}
}

// savedLocal is a Service whose two traffic policies are Local, on a node without an
// endpoint: only the way for Pods to its external addresses tells what a Pod is.
const savedLocal = `table ip kube-proxy {
	map service-nodeports {
		type inet_proto . inet_service : verdict
		elements = { tcp . 30480 : goto external-A-ns/web/tcp/a }
	}
	chain nat-prerouting {
		type nat hook prerouting priority dstnat; policy accept;
		ct state new jump services
	}
	chain services {
		fib daddr type local meta l4proto . th dport vmap @service-nodeports
	}
	chain external-A-ns/web/tcp/a {
		ip saddr 10.244.0.0/16 goto service-A-ns/web/tcp/a comment "short-circuit pod traffic"
	}
	chain service-A-ns/web/tcp/a {
		numgen random mod 1 vmap { 0 : goto endpoint-A-ns/web/tcp/a__10.244.1.2/3000 }
	}
	chain endpoint-A-ns/web/tcp/a__10.244.1.2/3000 {
		meta l4proto tcp dnat to 10.244.1.2:3000
	}
}
`

// TestPodByExternalChain: a Pod passes where a client outside does not.
func TestPodByExternalChain(t *testing.T) {
	rules, err := Read([]File{{"nft", savedLocal}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := Analyze(rules, request(t, nodeIP+":30480", ""))
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range a.Walks {
		if reached := w.Verdict == netfilter.DNAT; reached != (w.From == pod) {
			t.Errorf("from %s: %s %v", w.From, w.Verdict, w.DependsOn)
		}
	}
}
