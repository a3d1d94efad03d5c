package dns

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// What dig 9.18 printed on the test cluster.
const (
	digAlias = ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1573\n;; flags: qr aa rd; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0\n;; WARNING: recursion requested but not available\n\n" +
		"web.shop.svc.cluster.local. 30\tIN CNAME example.com.\nexample.com.\t\t3600\tIN\tA\t192.0.2.10\n\n;; Query time: 4 msec\n;; SERVER: 20.1.0.10#53(20.1.0.10) (UDP)\n"
	digAbsent  = ";; Got answer:\n;; ->>HEADER<<- opcode: QUERY, status: NXDOMAIN, id: 4\n;; flags: qr aa rd; QUERY: 1, ANSWER: 0\n\n;; Query time: 0 msec\n"
	digRefused = ";; communications error to 20.1.0.99#53: connection refused\n;; no servers could be reached\n"
	digSilent  = ";; communications error to 192.0.2.53#53: timed out\n;; no servers could be reached\n"
)

func TestParseDig(t *testing.T) {
	q := node.Query{Server: "20.1.0.10", Name: "web.shop.svc.cluster.local", Type: "A"}
	for text, want := range map[string]struct {
		answer snapshot.DNSAnswer
		reply  Reply
	}{
		digAlias:             {snapshot.DNSAnswer{Rcode: "NOERROR", Aliases: []string{"example.com"}, Addresses: []string{"192.0.2.10"}, Milliseconds: 4}, Addresses},
		digAbsent:            {snapshot.DNSAnswer{Rcode: "NXDOMAIN"}, NXDomain},
		digRefused:           {snapshot.DNSAnswer{Failure: "unreachable"}, Unreachable},
		digSilent:            {snapshot.DNSAnswer{Failure: "timeout"}, Timeout},
		";; not asked again": {snapshot.DNSAnswer{Failure: "not asked again"}, Timeout},
		"dig: parse failed":  {snapshot.DNSAnswer{Failure: "no reply: dig: parse failed"}, Timeout},
		strings.Replace(digAbsent, "NXDOMAIN", "SERVFAIL", 1): {snapshot.DNSAnswer{Rcode: "SERVFAIL"}, ServFail},
		strings.Replace(digAbsent, "NXDOMAIN", "REFUSED", 1):  {snapshot.DNSAnswer{Rcode: "REFUSED"}, Refused},
		strings.Replace(digAbsent, "NXDOMAIN", "NOERROR", 1):  {snapshot.DNSAnswer{Rcode: "NOERROR"}, NoData},
	} {
		want.answer.Server, want.answer.Name, want.answer.Type = q.Server, q.Name, q.Type
		got := parseDig(q, text)
		if diff := cmp.Diff(want.answer, got); diff != "" || replyOf(got) != want.reply {
			t.Errorf("%q: %s (-want +got)\n%s", text, replyOf(got), diff)
		}
	}
	if !noDig("sh: 1: dig: not found\n") || noDig(digAbsent) {
		t.Error("whether there is a dig is not told")
	}
}

// FuzzDig: whatever a program prints, there is a reply or a failure.
func FuzzDig(f *testing.F) {
	for _, text := range []string{digAlias, digAbsent, digRefused, digSilent} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if a := parseDig(node.Query{}, text); (a.Rcode == "") == (a.Failure == "") {
			t.Errorf("%q: %+v", text, a)
		}
	})
}

// liveFacts are a Pod's, whose server was asked.
func liveFacts(records []Record, live ...snapshot.DNSAnswer) Facts {
	for i := range live {
		live[i].Server = "20.1.0.10"
	}
	return Facts{Source: "resolv.conf", File: clusterFirst, Libc: Glibc, Pod: testPod("ClusterFirst", false, nil), Names: []string{"web.shop.svc.cluster.local."}, Records: records, Live: live}
}

// TestLive: what the server replied, beside what the API says.
func TestLive(t *testing.T) {
	const name = "web.shop.svc.cluster.local"
	has := []Record{{Name: name, A: Addresses, AAAA: NoData, Addresses: []string{"20.1.0.9"}}}
	good := snapshot.DNSAnswer{Name: name, Type: "A", Rcode: "NOERROR", Addresses: []string{"20.1.0.9"}}
	none := snapshot.DNSAnswer{Name: name, Type: "AAAA", Rcode: "NOERROR"}
	other, absent, silent := good, good, good
	other.Addresses = []string{"20.1.0.8"}
	absent.Rcode, absent.Addresses = "NXDOMAIN", nil
	silent.Rcode, silent.Failure, silent.Addresses = "", "timeout", nil
	for what, c := range map[string]struct {
		facts  Facts
		codes  string
		result string
	}{
		"as predicted":    {liveFacts(has, good, none), "", "found"},
		"other address":   {liveFacts(has, other, none), "W162", "found"},
		"absent":          {liveFacts(has, absent, none), "E128 E161", "not found"},
		"silent":          {liveFacts(has, silent, none), "E129 E163", "try again"},
		"nothing known":   {liveFacts(nil, absent, none), "E128", "not found"},
		"known not asked": {liveFacts(has), "", "found"},
	} {
		r := Analyze(c.facts)
		complete(t, r)
		if got := codes(r); got != c.codes || r.Lookups[0].Result != c.result {
			t.Errorf("%s: %s, %s; want %s, %s", what, got, r.Lookups[0].Result, c.codes, c.result)
		}
	}
}

// TestLiveQueries: each name, type and server once.
func TestLiveQueries(t *testing.T) {
	f := liveFacts(nil)
	f.Names = []string{"web", "WEB", "web"}
	f.File = clusterFirst + "nameserver 20.1.0.11\n"
	if got := len(liveQueries(f)); got != 2*4*2*2 {
		t.Errorf("%d queries", got)
	}
	f.IPv4Only = true
	if got := len(liveQueries(f)); got != 2*4*1*2 {
		t.Errorf("%d queries for A alone", got)
	}
}
