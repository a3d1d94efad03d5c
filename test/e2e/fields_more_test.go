//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/svcpath"
)

// fieldsNames asks the cluster's DNS for each name that svcpath gives.
func fieldsNames(t *testing.T) {
	for _, service := range []string{"names", "names-all", "names-none", "alias", "alias-ip"} {
		p := fieldsPath(t, service, workNode)
		if p.DNS == nil || len(p.DNS.Names) == 0 {
			t.Fatalf("%s: no names", service)
		}
		for _, n := range p.DNS.Names {
			kind, want := "A", []string{}
			for _, a := range n.Addresses {
				want = append(want, a.Address)
			}
			if n.CNAME != "" {
				kind, want = "CNAME", []string{n.CNAME + "."}
			}
			for _, port := range n.Ports {
				kind, want = "SRV", append(want, fmt.Sprint(port))
			}
			out := onNode(t, workNode, "dig", "@20.1.0.10", n.Name+".cluster.local", kind)
			if got := answers(out, kind); !slices.Equal(got, want) {
				t.Errorf("%s %s: svcpath says %v, DNS %v", n.Name, kind, want, got)
			}
			if absent := strings.Contains(out, "status: NXDOMAIN"); absent != (len(want) == 0) {
				t.Errorf("%s %s: svcpath says %v, DNS\n%s", n.Name, kind, want, out)
			}
		}
	}
}

// answers are the values of the records of a kind, sorted; of SRV records the ports.
func answers(out, kind string) []string {
	values := []string{}
	for _, line := range strings.Split(out, "\n") {
		words := strings.Fields(line)
		if len(words) < 5 || words[2] != "IN" || words[3] != kind || strings.HasPrefix(line, ";") {
			continue
		}
		if kind == "SRV" {
			values = append(values, words[6])
			continue
		}
		values = append(values, words[4])
	}
	slices.Sort(values)
	return slices.Compact(values)
}

// fieldsHealth asks kube-proxy's health check server of each node, as a load balancer does.
func fieldsHealth(t *testing.T) {
	for node, address := range map[string]string{workNode: "10.0.2.3", otherNode: "10.0.2.2"} {
		for _, service := range []string{"lb-near", "lb-far"} {
			p := fieldsPath(t, service, node)
			if len(p.HealthChecks) != 1 {
				t.Fatalf("%s: health checks %v", service, p.HealthChecks)
			}
			want := p.HealthChecks[0]
			out := onNode(t, outsideSpace, "curl", "-sS", "--max-time", "5", "-w", "\n%{http_code}", fmt.Sprintf("http://%s:%d/", address, want.NodePort))
			at := strings.LastIndex(out, "\n")
			var body struct{ LocalEndpoints int }
			if err := json.Unmarshal([]byte(out[:at]), &body); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if out[at+1:] != fmt.Sprint(want.Status) || body.LocalEndpoints != want.LocalEndpoints {
				t.Errorf("%s on %s: svcpath says %+v, the server %s", service, node, want, out)
			}
		}
	}
}

// fieldsHealthKeptOut has the node's own firewall close ports. In iptables mode kube-proxy's
// rule comes first and admits health checks; in nftables mode nothing can.
func fieldsHealthKeptOut(t *testing.T) {
	number := fmt.Sprint(fieldsPath(t, "lb-near", workNode).HealthChecks[0].NodePort)
	rule := []string{"INPUT", "-p", "tcp", "--dport", number, "-j", "DROP"}
	onNode(t, workNode, "iptables", append([]string{"-A"}, rule...)...)
	t.Cleanup(func() { onNode(t, workNode, "iptables", append([]string{"-D"}, rule...)...) })
	asked := run(t, nil, "nsenter", "--net=/run/netns/"+outsideSpace, "--", "curl", "-sS", "-o", "/dev/null", "--max-time", "2", "http://10.0.2.3:"+number+"/")
	found := find(fieldsPath(t, "lb-near", workNode), explain.HealthRuleAbsent)
	if wanted := inNFTables(t); len(found) > 0 != wanted || asked.exit == 28 != wanted {
		t.Errorf("nftables %v: curl ended with %d, findings %v", wanted, asked.exit, found)
	}
}

// fieldsDatagrams asks a DNS server through a Service for UDP.
func fieldsDatagrams(t *testing.T) {
	p := fieldsPath(t, "datagrams", workNode)
	ip := p.Service.ClusterIPs[0]
	if out := onNode(t, workNode, "dig", "@"+ip, "-p", "5353", "kubernetes.default.svc.cluster.local", "+short"); strings.TrimSpace(out) != "20.1.0.1" {
		t.Errorf("the answer through the Service is %q", out)
	}
	if streams := fieldsPath(t, "streams", workNode); streams.Agreement != svcpath.Agrees || streams.Ports[0].Protocol != "sctp" {
		t.Errorf("streams: %s, %v", streams.Agreement, streams.Findings)
	}
	line := onNode(t, workNode, "conntrack", "-L", "-p", "udp", "--orig-dst", ip, "--orig-port-dst", "5353")
	want := fieldsWalks(t, "datagrams", fieldsSpace, fieldsNode(t))[ip+":5353/udp"]
	if got := trackedEnd(strings.Split(line, "\n")[0], "10.0.2.3", true); got != want {
		t.Errorf("svcpath says %s, the kernel %s", want, got)
	}
}

// fieldsClaims: of two Services with the same external address one has it, and svcpath
// says of both which. Who it is can change at any time, so it is asked until nothing did. A
// map of nft has room for one, so there nothing tells the one that has it of the other.
func fieldsClaims(t *testing.T) {
	nft := inNFTables(t)
	for range 20 {
		before := fieldsWinner(t, nft)
		a, b := fieldsPath(t, "claims-a", workNode), fieldsPath(t, "claims-b", workNode)
		if before != fieldsWinner(t, nft) {
			continue
		}
		for _, p := range []*svcpath.Path{a, b} {
			found, wins := find(p, explain.AddressClaimedTwice), p.Service.Name == before
			if nft && wins {
				if len(found) != 0 {
					t.Errorf("%s has the address, and findings %v", before, found)
				}
			} else if len(found) != 1 || found[0].Args["winner"] != fieldsSpace+"/"+before {
				t.Errorf("%s: %v, want the winner %s", p.Service.Name, p.Findings, before)
			}
			if other := p.Ports[0].Entries[1].Found == "another service"; other == wins {
				t.Errorf("%s, where %s comes first: found %q", p.Service.Name, before, p.Ports[0].Entries[1].Found)
			}
		}
		return
	}
	t.Error("the order of the two never held still")
}

// fieldsWinner is the Service that has the address of two.
func fieldsWinner(t *testing.T, nft bool) string {
	t.Helper()
	list, start, end := []string{"iptables", "-t", "nat", "-S", "KUBE-SERVICES"}, `-d 192.0.2.120/32 -p tcp -m comment --comment "fld-e2e/`, " "
	if nft {
		list, start, end = []string{"nft", "list", "map", "ip", "kube-proxy", "service-ips"}, "192.0.2.120 . ", "/"
	}
	for _, line := range strings.Split(onNode(t, workNode, list[0], list[1:]...), "\n") {
		if _, rest, ok := strings.Cut(line, start); ok {
			if _, behind, ok := strings.Cut(rest, "fld-e2e/"); ok {
				rest = behind
			}
			name, _, _ := strings.Cut(rest, end)
			return name
		}
	}
	return ""
}

// fieldsChain is a chain that the steps of a Service lead to.
func fieldsChain(t *testing.T, prefix, service string) string {
	t.Helper()
	for _, s := range fieldsSteps(fieldsPath(t, service, workNode)) {
		if strings.HasPrefix(s.Target, prefix) && !strings.HasSuffix(s.Target, "-ips") {
			return s.Target
		}
	}
	t.Fatalf("%s has no chain %s…", service, prefix)
	return ""
}

func fieldsSteps(p *svcpath.Path) []svcpath.Step {
	var out []svcpath.Step
	for _, port := range p.Ports {
		for _, e := range port.Entries {
			out = append(out, flat(e.Steps)...)
		}
	}
	return out
}
