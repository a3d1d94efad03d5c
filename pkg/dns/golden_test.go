package dns

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
)

// answers are files of real Pods, and what may become of them, each with names.
func answers(t *testing.T) map[string]Facts {
	t.Helper()
	read := func(name string) string {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	pod := read("clusterfirst.conf")
	tutorial := []string{"service-hellok8s-clusterip", "kube-dns.kube-system", "kube-dns.kube-system.svc.cluster.local", "www.baidu.com"}
	return map[string]Facts{
		"pod":        {Source: "/etc/resolv.conf", File: pod, Libc: Glibc},
		"host":       {Source: "/etc/resolv.conf", File: read("hostnetwork.conf"), Libc: Go},
		"names":      {Source: "/etc/resolv.conf", File: pod, Libc: Glibc, LibcAssumed: true, Names: tutorial},
		"one":        {Source: "/etc/resolv.conf", File: pod, Libc: Musl, Names: tutorial[1:2]},
		"assumed":    {Source: "/etc/resolv.conf", File: pod + "options attempts:0\n", Libc: Glibc, LibcAssumed: true, Names: []string{"a.b.c.d.e.f"}},
		"crlf":       {Source: "/etc/resolv.conf", File: strings.ReplaceAll(pod, "\n", "\r\n"), Libc: Glibc, Names: tutorial[:1]},
		"known":      {Source: "/etc/resolv.conf", File: pod, Libc: Glibc, Names: tutorial[1:2], Records: []Record{{Name: "kube-dns.kube-system.svc.cluster.local", A: Addresses, AAAA: NoData}}, Complete: []string{"cluster.local"}},
		"hostile":    {Source: "a\x1b[2Jb", File: "nameserver \x1b[31m\nsearch \u202eevil a\x07b\noptions \x9b\nnameserver 10.96.0.10\n", Libc: Glibc, Names: []string{"web"}},
		"everything": {Source: "/etc/resolv.conf", File: read("clusterfirst.conf") + "options timeout:2 attempts:3 rotate single-request use-vc edns0 trust-ad inet6 ndots:20\nsearch " + strings.Repeat("a.test ", 40) + "\nnameserver 10.96.0.11\n nameserver 10.96.0.12\n", Libc: Glibc},
	}
}

// TestGolden holds each answer, for people and for programs.
func TestGolden(t *testing.T) {
	for name, facts := range answers(t) {
		r := Analyze(facts)
		object, err := json.MarshalIndent(r, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		held(t, name+".golden.json", string(object)+"\n")
		held(t, name+".golden.txt", text(t, r, Options{}))
		held(t, name+".wide.golden.txt", text(t, r, Options{Wide: true}))
	}
	r := Analyze(answers(t)["names"])
	held(t, "names.zh.golden.txt", text(t, r, Options{Lang: explain.Chinese}))
	held(t, "names.narrow.golden.txt", text(t, r, Options{Style: render.Style{Width: 60}}))
}

func text(t *testing.T, r *Resolution, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, r, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestNothingReachesTheTerminal: a file can hold anything.
func TestNothingReachesTheTerminal(t *testing.T) {
	for _, wide := range []bool{false, true} {
		out := text(t, Analyze(answers(t)["hostile"]), Options{Wide: wide})
		if strings.ContainsAny(out, "\x1b\x07\u202e\r") || strings.Contains(out, "\x9b") {
			t.Errorf("a control character comes through:\n%q", out)
		}
		if !strings.Contains(out, `\x1b[31m`) {
			t.Errorf("it is not shown either:\n%s", out)
		}
	}
}

func held(t *testing.T, name, got string) {
	t.Helper()
	golden.Compare(t, filepath.Join("testdata", name), got)
}

const schemaFile = "../../docs/schema/resolution.json"

// TestSchema holds the published schema to the types, and the goldens to the schema.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.For[Resolution](nil)
	if err != nil {
		t.Fatal(err)
	}
	schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", Kind+" "+APIVersion
	generated, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, schemaFile, string(generated)+"\n")
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, facts := range answers(t) {
		data, err := json.Marshal(Analyze(facts))
		if err != nil {
			t.Fatal(err)
		}
		var answer any
		if err := json.Unmarshal(data, &answer); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(answer); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := resolved.Validate(map[string]any{"apiVersion": 1}); err == nil {
		t.Error("the schema lets a broken answer pass")
	}
}
