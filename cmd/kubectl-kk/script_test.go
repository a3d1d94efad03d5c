package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"kubectl-kk": main})
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
			env.Setenv("SERVER", server.URL)
			config := "apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: \"" + server.URL +
				"\"}}]\ncontexts: [{name: c, context: {cluster: c, user: \"\"}}]\n"
			env.Setenv("KUBECONFIG", filepath.Join(env.WorkDir, "kubeconfig"))
			demo, err := os.ReadFile("../../testdata/demo.json")
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(env.WorkDir, "recording.json"), demo, 0o600); err != nil {
				return err
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
