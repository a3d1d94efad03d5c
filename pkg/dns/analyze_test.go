package dns

import (
	"slices"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// codes are the findings of an answer, each with E, W or I for its severity.
func codes(r *Resolution) string {
	var out []string
	for _, f := range r.Findings {
		out = append(out, strings.ToUpper(string(f.Severity[:1]))+f.Code[len("KK-DNS-"):])
	}
	return strings.Join(out, " ")
}

// TestFindings is each finding, and for which resolver it is one.
func TestFindings(t *testing.T) {
	long := "search " + strings.Repeat("x", 60) + "." + strings.Repeat("y", 60) + "." + strings.Repeat("z", 60) + "." + strings.Repeat("w", 60)
	for name, tt := range map[string]struct {
		file, name string
		want       map[Libc]string
	}{
		"a Pod's":             {podFile, "", says("", "", "")},
		"nothing":             {"", "", says("E101", "E101", "E101")},
		"localhost is meant":  {"nameserver 127.0.0.1\n", "", says("", "", "")},
		"carriage returns":    {strings.ReplaceAll(podFile, "\n", "\r\n"), "", says("E102", "", "")},
		"no address":          {"nameserver dns.test\n" + podFile, "", says("W103", "W103", "W103")},
		"four":                {strings.Repeat("nameserver 10.96.0.10\n", 4), "", says("W104", "W104", "W104")},
		"long line":           {podFile + long + " a.test\n", "", says("W107", "E105", "W107")},
		"root":                {podFile + "search .\n", "", says("W107", "E106 W107", "W107")},
		"indented":            {podFile + " options rotate\n", "", says("W108", "W108", "")},
		"option":              {podFile + "options rotate\n", "", says("", "I109", "")},
		"attempts":            {podFile + "options attempts:0\n", "", says("E111", "E110", "I109")},
		"timeout":             {podFile + "options timeout:0\n", "", says("", "E111", "I109")},
		"sortlist":            {podFile + "sortlist 10.0.0.0/8\r\n", "", says("E110", "W108", "W108")},
		"comment behind":      {podFile + "search a.test # b\n", "", says("W107 W112", "W107 W112", "W107 W112")},
		"empty label":         {"nameserver 10.96.0.10\nsearch a..b\n", "", says("W112", "W112", "W112")},
		"own":                 {podFile, "web", says("", "", "")},
		"other":               {podFile, "mysql.db", says("W121", "W121", "W121")},
		"full":                {podFile, "mysql.db.svc.cluster.local", says("W122", "W122", "W122")},
		"full and dot":        {podFile, "mysql.db.svc.cluster.local.", says("", "", "")},
		"enough dots":         {podFile, "a.b.c.d.e.f", says("", "W123", "")},
		"no list":             {"nameserver 10.96.0.10\n", "web", says("W124", "W124", "W124")},
		"too long":            {"nameserver 10.96.0.10\n" + long + "\n", strings.Repeat("n", 20), says("W125", "W125", "W125")},
		"a dash":              {podFile, "-a", says("E126", "", "E126")},
		"nothing can be sent": {podFile + "options attempts:0\n", "web", says("E111", "E110", "I109")},
	} {
		for _, l := range Libcs {
			f := Facts{Source: "resolv.conf", File: tt.file, Libc: l}
			if tt.name != "" {
				f.Names = []string{tt.name}
			}
			r := Analyze(f)
			if got := codes(r); got != tt.want[l] {
				t.Errorf("%s, %s: %s, want %s", name, l, got, tt.want[l])
			}
			complete(t, r)
		}
	}
}

func says(glibc, musl, golang string) map[Libc]string {
	return map[Libc]string{Glibc: glibc, Musl: musl, Go: golang}
}

// complete holds each finding to the arguments that its words need.
func complete(t *testing.T, r *Resolution) {
	t.Helper()
	for _, f := range r.Findings {
		for _, lang := range []explain.Lang{explain.English, explain.Chinese} {
			entry, _ := explain.Lookup(f.Code, lang)
			if text := entry.Sentence(f.Args); strings.Contains(text, "<unknown>") {
				t.Errorf("%s lacks an argument: %s", f.Code, text)
			}
		}
	}
}

// TestKnownNames is a lookup where the cluster's names are known.
func TestKnownNames(t *testing.T) {
	f := Facts{
		Source: "resolv.conf", File: podFile, Libc: Glibc, Names: []string{"mysql.db", "absent", "www.example.com", "slow"},
		Records:  []Record{{Name: "mysql.db.svc.cluster.local", A: Addresses, AAAA: NoData}, {Name: "slow.shop.svc.cluster.local", A: Timeout, AAAA: Timeout}, {Name: "absent", A: NXDomain, AAAA: NXDomain}, {Name: "slow", A: NXDomain, AAAA: NXDomain}},
		Complete: []string{"cluster.local"},
	}
	r := Analyze(f)
	if got := codes(r); got != "E128 E129 W121 W127" {
		t.Errorf("got %s", got)
	}
	complete(t, r)
	mysql := r.Lookups[0]
	if mysql.Result != "found" || mysql.FoundAs != "mysql.db.svc.cluster.local" || *mysql.Wasted != 2 || mysql.Queries != 4 {
		t.Errorf("mysql.db: %+v", mysql)
	}
	if want := []Saving{{Target: "mysql.db.svc.cluster.local", Type: "mysql.db.svc.cluster.local.", Queries: 2, InsteadOf: 4}}; !slices.Equal(mysql.Savings, want) {
		t.Errorf("savings %+v", mysql.Savings)
	}
	if r.Lookups[2].Result != "" || r.Lookups[2].Rounds[0].Reply != "NXDOMAIN" || r.Lookups[2].Rounds[3].Reply != "" {
		t.Errorf("www.example.com: %+v", r.Lookups[2])
	}
	f.File, f.Names = strings.Replace(podFile, "ndots:5", "ndots:5 attempts:1", 1), []string{"slow"}
	f.Records[1] = Record{Name: "slow.shop.svc.cluster.local", A: ServFail, AAAA: ServFail}
	f.Libc = Musl
	if r = Analyze(f); codes(r) != "E129" || r.Lookups[0].Seconds != 5 {
		t.Errorf("slow: %s, %d s", codes(r), r.Lookups[0].Seconds)
	}
}

// TestPod compares a file with what the kubelet writes.
func TestPod(t *testing.T) {
	k := testKubelet()
	good := "search shop.svc.cluster.local svc.cluster.local cluster.local corp.example\nnameserver 10.96.0.10\noptions ndots:5\n"
	for name, tt := range map[string]struct {
		file string
		pod  func() Facts
		want string
	}{
		"as it should be": {good, func() Facts { return Facts{Pod: testPod("ClusterFirst", false, nil), Kubelet: &k} }, ""},
		"another server":  {strings.Replace(good, "0.10", "0.11", 1), func() Facts { return Facts{Pod: testPod("ClusterFirst", false, nil), Kubelet: &k} }, "W141"},
		"host network":    {*k.ResolvConf, func() Facts { return Facts{Pod: testPod("ClusterFirst", true, nil), Kubelet: &k} }, "W141 W143"},
		"unknown kubelet": {"nameserver 192.0.2.53\n", func() Facts { return Facts{Pod: testPod("ClusterFirst", true, nil)} }, "W143"},
	} {
		f := tt.pod()
		f.Source, f.File, f.Libc = "/etc/resolv.conf", tt.file, Glibc
		r := Analyze(f)
		if got := codes(r); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
		complete(t, r)
	}
}

// TestHugeFile: an answer stays readable whatever the file is.
func TestHugeFile(t *testing.T) {
	file := strings.Repeat("search a.test b.test\n", 5000) + "search " + strings.Repeat("c.test ", 3000) + "\n" + strings.Repeat("garbage\n", 5000) + podFile[:len("nameserver 10.96.0.10\n")]
	for _, l := range Libcs {
		r := Analyze(Facts{Source: "resolv.conf", File: file, Libc: l, Names: []string{"web"}})
		if len(r.Findings) > 2*maxAlike+1 || len(r.Lines) != 10002 {
			t.Errorf("%s: %d findings, %d lines", l, len(r.Findings), len(r.Lines))
		}
		out := text(t, r, Options{})
		if lines := strings.Count(out, "\n"); lines > 150 || len(out) > 20000 {
			t.Errorf("%s: %d lines, %d bytes", l, lines, len(out))
		}
	}
}
