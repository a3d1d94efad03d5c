package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
)

func TestVersionOfTheCluster(t *testing.T) {
	t.Setenv("KUBECONFIG", "")
	for _, c := range []struct{ answer, server, warning string }{
		{`{"major":"1","minor":"37","gitVersion":"v1.37.2"}`, "v1.37.2", ""},
		{`{"major":"1","minor":"27+","gitVersion":"v1.27.16-eks-1"}`, "v1.27.16-eks-1", ""},
		{`{"gitVersion":"v1.26.15"}`, "v1.26.15", "older than what kk is tested with, 1.27 to 1.37"},
		{`{"gitVersion":"v1.38.0-alpha.1"}`, "v1.38.0-alpha.1", "newer than what kk is tested with"},
		{`{"gitVersion":"v2.0.0"}`, "v2.0.0", "newer"},
		{`{"gitVersion":"v0.21.4"}`, "v0.21.4", "older"},
		{`{"gitVersion":"x\u001b[2J"}`, `x\x1b[2J`, "is not like v1.2.3"},
		{`{}`, "not known: ", ""},
		{`<html>`, "not known: ", ""},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, c.answer) }))
		var out, complaints bytes.Buffer
		status := run([]string{"version", "--server", server.URL}, nil, &out, &complaints)
		server.Close()
		if status != exitFine || !strings.Contains(out.String(), "\nserver      "+c.server) {
			t.Errorf("%s: status %d\n%s", c.answer, status, out.String())
		}
		if (c.warning == "") != (complaints.Len() == 0) || !strings.Contains(complaints.String(), c.warning) || strings.Contains(out.String()+complaints.String(), "\x1b") {
			t.Errorf("%s: warned %q, want %q", c.answer, complaints.String(), c.warning)
		}
	}
}

func TestVersionForPrograms(t *testing.T) {
	t.Setenv("KUBECONFIG", "")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"gitVersion":"v1.20.0"}`) }))
	defer server.Close()
	var out, complaints bytes.Buffer
	if status := run([]string{"version", "-o", "json", "--server", server.URL}, nil, &out, &complaints); status != exitFine {
		t.Fatal(complaints.String())
	}
	var v versionInfo
	if err := json.Unmarshal(out.Bytes(), &v); err != nil {
		t.Fatal(err)
	}
	schema, err := jsonschema.For[versionInfo](nil)
	if err != nil {
		t.Fatal(err)
	}
	answer := filepath.Join(t.TempDir(), "version.json")
	if err := os.WriteFile(answer, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/version.json", "Version kk/v1alpha1", schema, []string{answer})
	if v.ServerVersion.GitVersion != "v1.20.0" || !strings.HasPrefix(v.ClientVersion.GitVersion, "v1."+v.ClientVersion.Minor+".") || len(v.Warnings) != 1 || v.GoVersion == "" || v.Platform == "" {
		t.Errorf("%s", out.String())
	}
}
