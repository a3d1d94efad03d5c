package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestImpersonation: --as without --yaml is kubectl's own.
func TestImpersonation(t *testing.T) {
	var as []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		as = append(as, req.Header.Get("Impersonate-User"))
		answer(w, req)
	}))
	defer server.Close()
	t.Setenv("KUBECONFIG", "")
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"web", "--via", "none", "--as", "jane"}, "jane"},
		{[]string{"web", "--yaml", "metadata.name", "--as", "env"}, ""},
	} {
		as = nil
		var out, complaints bytes.Buffer
		args := append([]string{"downward", "--server", server.URL, "-n", "shop"}, c.args...)
		if status := run(args, nil, &out, &complaints); status != exitFine {
			t.Fatalf("%v: %s", args, complaints.String())
		}
		for _, user := range as {
			if user != c.want {
				t.Errorf("%v: asked as %q, want %q", args, user, c.want)
			}
		}
		if len(as) < 2 {
			t.Errorf("%v: %d requests", args, len(as))
		}
	}
}
