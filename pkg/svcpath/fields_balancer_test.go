package svcpath

import (
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestWhomRangesBind: ranges bind addresses of their own family, unless one is everything;
// what kube-proxy leaves alone is not its to restrict.
func TestWhomRangesBind(t *testing.T) {
	proxy := corev1.LoadBalancerIPModeProxy
	ingress := []corev1.LoadBalancerIngress{{IP: "192.0.2.1"}, {IP: "2001:db8::1"}, {IP: "192.0.2.2", IPMode: &proxy}, {Hostname: "lb.example.org"}}
	for _, c := range []struct {
		ranges, bound, open []string
	}{
		{[]string{"10.0.0.0/8"}, []string{"192.0.2.1"}, []string{"2001:db8::1"}},
		{[]string{"10.0.0.0/8", " fd00::/8 "}, []string{"192.0.2.1", "2001:db8::1"}, nil},
		{[]string{"10.0.0.0/8", "0.0.0.0/0", "fd00::/8"}, []string{"2001:db8::1"}, []string{"192.0.2.1"}},
	} {
		bound, open := splitByRange(c.ranges, ingress)
		if !slices.Equal(bound, c.bound) || !slices.Equal(open, c.open) {
			t.Errorf("%v: bound %v, open %v; want %v, %v", c.ranges, bound, open, c.bound, c.open)
		}
	}
}

// TestBalancerWithoutNode: what the API alone says is said where no node was read, and no
// rule is invented.
func TestBalancerWithoutNode(t *testing.T) {
	for _, name := range []string{"lb", "lb-far", "lb-proxy", "claims-a"} {
		s, req := load(t, "testdata/field-"+name+".json")
		s.Readings = nil
		path, err := Analyze(s, req)
		if err != nil || path.Agreement != NotChecked {
			t.Fatalf("%s: %v, %v", name, path.Agreement, err)
		}
		for _, e := range path.Ports[0].Entries {
			if e.Found != "" || e.Steps != nil {
				t.Errorf("%s: %+v", name, e)
			}
		}
	}
}

// TestKeptAddressIsNotStopped: no rules of Kubernetes are meant for an address that a load
// balancer keeps, so a firewall that closes it stops nothing of the Service's.
func TestKeptAddressIsNotStopped(t *testing.T) {
	s, req := load(t, "testdata/field-lb-proxy.json")
	edit(s, func(argv, text string) string {
		if strings.HasSuffix(argv, "-t filter -v -S FORWARD") || strings.HasSuffix(argv, "-t filter -v -S OUTPUT") {
			chain := argv[strings.LastIndexByte(argv, ' ')+1:]
			return strings.Replace(text, "-A ", "-A "+chain+" -d 192.0.2.106/32 -j DROP\n-A ", 1)
		}
		return text
	})
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	dropped := slices.ContainsFunc(path.Walks, func(w Walk) bool { return w.To == "192.0.2.106:3000" && w.Verdict == "DROP" })
	if !dropped || slices.ContainsFunc(path.Findings, func(f explain.Finding) bool { return f.Code == explain.StoppedBeforeTranslation }) {
		t.Errorf("dropped: %v, findings %v", dropped, path.Findings)
	}
}
