package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kubectl-kk": main, "kk": main, "kubectl_complete-kk": main, "fake-kubectl": fakeKubectl})
}

// fakeKubectl says how it was called, and ends as it is told to. The real one is the
// business of test/e2e.
func fakeKubectl() {
	if len(os.Args) > 1 && os.Args[1] == "__complete" {
		fmt.Print("get\tDisplay resources\nversion\tkubectl's own\nkk\ta plugin\npods\n:4\n")
		return
	}
	typed, _ := io.ReadAll(os.Stdin)
	fmt.Printf("kubectl %q stdin %q\n", os.Args[1:], typed)
	status, _ := strconv.Atoi(os.Getenv("KUBECTL_STATUS"))
	os.Exit(status)
}

// TestScripts runs the command as a user does, against an API server that answers from
// files. What it says on a real cluster is the business of test/e2e.
func TestScripts(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	t.Cleanup(server.Close)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", env.WorkDir)
			// Another file than kk, as the real one is.
			if err := os.WriteFile(filepath.Join(env.WorkDir, "kubectl"), []byte("#!/bin/sh\nexec fake-kubectl \"$@\"\n"), 0o700); err != nil {
				return err
			}
			env.Setenv("PATH", env.WorkDir+string(os.PathListSeparator)+env.Getenv("PATH"))
			env.Setenv("SERVER", server.URL)
			config := "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: \"" + server.URL +
				"\"}}]\ncontexts: [{name: c, context: {cluster: c, user: \"\"}}]\n"
			env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, "kubeconfig"))
			for name, from := range map[string]string{"recording.json": "../../testdata/demo.json", "parts.json": "../../pkg/svcpath/testdata/nft/three.json"} {
				data, err := os.ReadFile(from)
				if err != nil {
					return err
				}
				if err := os.WriteFile(filepath.Join(env.WorkDir, name), data, 0o600); err != nil {
					return err
				}
			}
			return os.WriteFile(filepath.Join(env.WorkDir, "kubeconfig"), []byte(config), 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"oneline": oneLineOnStderr},
	})
}

// oneLineOnStderr holds the last command to one line on stderr, none on stdout, and
// no word of a program that crashed.
func oneLineOnStderr(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: oneline")
	}
	complaint, lines := ts.ReadFile("stderr"), 0
	for _, c := range complaint {
		if c == '\n' {
			lines++
		}
		if c == 0x1b {
			ts.Fatalf("an escape sequence reached the terminal: %q", complaint)
		}
	}
	if lines != 1 || ts.ReadFile("stdout") != "" {
		ts.Fatalf("%d lines on stderr, stdout %q", lines, ts.ReadFile("stdout"))
	}
}
