package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/kubectl-kk/kubectl-kk/pkg/downward"
)

// asked runs downward against the small API server, and returns what it was asked for.
func asked(t *testing.T, wantStatus int, args ...string) (stdout string, requests []string) {
	t.Helper()
	var lock sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		lock.Lock()
		requests = append(requests, req.Method+" "+req.URL.Path)
		lock.Unlock()
		answer(w, req)
	}))
	defer server.Close()
	t.Setenv("KUBECONFIG", "")
	t.Setenv("HOME", t.TempDir())
	var out, complaints bytes.Buffer
	status := run(append([]string{"downward", "-n", "shop", "--server", server.URL}, args...), nil, &out, &complaints)
	if status != wantStatus {
		t.Fatalf("%v: status %d, want %d: %s", args, status, wantStatus, complaints.String())
	}
	return out.String(), requests
}

// TestHostileValuesAreWhole: what the table cuts and escapes is in the answers for
// programs as it is, and no form lets a terminal act on it.
func TestHostileValuesAreWhole(t *testing.T) {
	for _, form := range []string{"table", "wide", "json", "yaml"} {
		t.Run(form, func(t *testing.T) {
			out, _ := asked(t, exitFine, "web", "--via", "none", "-o", form)
			for _, r := range strings.ReplaceAll(out, "\n", "") {
				if r != ' ' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
					t.Fatalf("it lets %q through", r)
				}
			}
			if form == "json" || form == "yaml" {
				whole(t, form, out)
			} else if len(out) > 20<<10 { // the annotation, and the map that holds it, have 400 KiB
				t.Errorf("it has %d bytes", len(out))
			}
		})
	}
}

// whole reads the answer back, and compares the values with what the Pod has.
func whole(t *testing.T, form, out string) {
	t.Helper()
	var v downward.View
	if err := unmarshal(form, out, &v); err != nil {
		t.Fatal(err)
	}
	for field, text := range map[string]string{
		"metadata.annotations['long-note']": longNote, "metadata.annotations['hostile']": hostileNote, "metadata.labels['long']": longLabel,
		"metadata.labels": "app=\"web\"\nlong=\"" + longLabel + "\"",
	} {
		i := slices.IndexFunc(v.Fields, func(f downward.Field) bool { return f.Field == field })
		if got := v.Fields[i].Volume.Value.Text; got != text {
			t.Errorf("%s has %d bytes, want %d", field, len(got), len(text))
		}
	}
}

func unmarshal(form, text string, v any) error {
	if form == "yaml" {
		return yaml.UnmarshalStrict([]byte(text), v)
	}
	return json.Unmarshal([]byte(text), v)
}

// TestRequestsOnTheWire: four at the most, though the exec that is refused is tried in
// two ways, and none that a question about nothing live would need.
func TestRequestsOnTheWire(t *testing.T) {
	const pod, node, exec = "GET /api/v1/namespaces/shop/pods/web", "GET /api/v1/nodes/shop-node", "/api/v1/namespaces/shop/pods/web/exec"
	for _, c := range []struct {
		args []string
		want []string
	}{
		{[]string{"web", "--via", "none"}, []string{pod, node}},
		{[]string{"web", "--yaml", "metadata.name"}, []string{pod, node}},
		{[]string{"deploy/web", "--via", "none"}, []string{"GET /apis/apps/v1/namespaces/shop/deployments/web", "GET /api/v1/namespaces/shop/pods", node}},
		{[]string{"waiting"}, []string{"GET /api/v1/namespaces/shop/pods/waiting", "GET /version"}},
		{[]string{"--list"}, nil},
	} {
		if _, got := asked(t, exitFine, c.args...); !slices.Equal(got, c.want) {
			t.Errorf("%v: asked for %v, want %v", c.args, got, c.want)
		}
	}
	_, got := asked(t, exitFine, "web")
	if len(got) < 3 || len(got) > 4 || !slices.Equal(got[:2], []string{pod, node}) || slices.ContainsFunc(got[2:], func(r string) bool { return !strings.HasSuffix(r, exec) }) {
		t.Errorf("asked for %v", got)
	}
}
