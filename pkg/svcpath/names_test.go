package svcpath

import (
	"slices"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// TestNamesOfReadyEndpoints: DNS leaves out what is not ready, and says nothing of a Service
// without any address.
func TestNamesOfReadyEndpoints(t *testing.T) {
	no := false
	for _, c := range []struct {
		notReady, addresses, leftOut int
		code                         string
	}{
		{0, 2, 0, explain.HeadlessNoRules},
		{1, 1, 1, explain.NotReadyNotInDNS},
		{2, 0, 2, explain.HeadlessWithoutAddress},
	} {
		s, req := load(t, "testdata/field-names.json")
		for i := range c.notReady {
			e := &s.EndpointSlices[0].Endpoints[i]
			e.Conditions.Ready, e.Conditions.Serving = &no, &no
		}
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		if len(path.DNS.Names[0].Addresses) != c.addresses || len(path.DNS.LeftOut) != c.leftOut || !path.has(c.code) {
			t.Errorf("%d not ready: %+v, findings %v", c.notReady, path.DNS, path.Findings)
		}
	}
}

// TestNamesOfEndpoints: an endpoint with a hostname is known by that, another by its address.
func TestNamesOfEndpoints(t *testing.T) {
	s, req := load(t, "testdata/field-names.json")
	s.EndpointSlices[0].Endpoints[0].Hostname = nil
	path, err := Analyze(s, req)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range path.DNS.Names {
		got = append(got, n.Name)
	}
	own := hostOf(s.EndpointSlices[0].Endpoints[0], s.EndpointSlices[0].Endpoints[0].Addresses[0])
	want := []string{"names.fld-e2e.svc", own + ".names.fld-e2e.svc", *s.EndpointSlices[0].Endpoints[1].Hostname + ".names.fld-e2e.svc", "_web._tcp.names.fld-e2e.svc"}
	if !slices.Equal(got, want) {
		t.Errorf("names %v, want %v", got, want)
	}
}

// TestExternalNames: a name becomes a CNAME, an address nothing.
func TestExternalNames(t *testing.T) {
	for target, want := range map[string]string{"example.com.": "example.com", "example.com": "example.com", "192.0.2.1": "", "2001:db8::1": ""} {
		s, req := load(t, "testdata/field-alias.json")
		s.Services[0].Spec.ExternalName = target
		path, err := Analyze(s, req)
		if err != nil {
			t.Fatal(err)
		}
		if got := path.DNS.Names[0].CNAME; got != want || path.has(explain.ExternalNameIsAddress) != (want == "") {
			t.Errorf("%s: CNAME %q, findings %v", target, got, path.Findings)
		}
	}
}
