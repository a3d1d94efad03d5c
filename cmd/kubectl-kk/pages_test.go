package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
)

func streams() genericiooptions.IOStreams { return genericiooptions.NewTestIOStreamsDiscard() }

// pages are the pages of the project, by their path from its root.
func pages(t *testing.T) []string {
	t.Helper()
	out := []string{"README.md", "README.zh-CN.md", "CONTRIBUTING.md"}
	err := filepath.WalkDir("../../docs", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".md") {
			out = append(out, strings.TrimPrefix(filepath.ToSlash(path), "../../"))
		}
		return err
	})
	if err != nil || len(out) < 15 {
		t.Fatalf("%d pages (%v)", len(out), err)
	}
	return out
}

// TestGeneratedPages holds what the pages show to what the program says: the outputs of
// blocks that are called console, and the table of commands. "console 7" shows 7 lines.
func TestGeneratedPages(t *testing.T) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG", "KUBECONFIG"} {
		t.Setenv(name, "")
	}
	all := pages(t)
	t.Chdir("../..")
	for _, page := range all {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		golden.Compare(t, page, withTable(t, withOutputs(t, page, string(text))))
	}
}

// TestChinesePage: no command is missing from the page in Chinese, whose table is written by hand.
func TestChinesePage(t *testing.T) {
	text, err := os.ReadFile("../../README.zh-CN.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range described(t) {
		if !strings.Contains(string(text), "`kk "+c.Name) {
			t.Errorf("README.zh-CN.md does not have kk %s", c.Name)
		}
	}
}

// withOutputs puts into each console block what the command of its first line says.
func withOutputs(t *testing.T, page, text string) string {
	t.Helper()
	var out strings.Builder
	inside := false
	for line := range strings.Lines(text) {
		limit, console := strings.CutPrefix(strings.TrimSpace(line), "```console")
		switch {
		case console:
			inside = true
			out.WriteString(line)
			command, _, _ := strings.Cut(text[strings.Index(text, line)+len(line):], "\n")
			text = text[strings.Index(text, line)+len(line):]
			out.WriteString(command + "\n" + said(t, page, command, limit))
		case inside && strings.TrimSpace(line) == "```":
			inside = false
			out.WriteString(line)
		case !inside:
			out.WriteString(line)
		}
	}
	return out.String()
}

// said is what the program says to a command line, as a page shows it.
func said(t *testing.T, page, command, limit string) string {
	t.Helper()
	line, ok := strings.CutPrefix(command, "$ kubectl kk ")
	if !ok {
		t.Fatalf("%s: a console block begins with %q, not with $ kubectl kk", page, command)
	}
	var answer, complaints bytes.Buffer
	if status := run(strings.Fields(line), nil, &answer, &complaints); status == exitFailed || complaints.Len() > 0 {
		t.Fatalf("%s: %s: %s", page, command, complaints.String())
	}
	lines := strings.SplitAfter(strings.TrimRight(answer.String(), "\n")+"\n", "\n")
	if n, err := strconv.Atoi(strings.TrimSpace(limit)); err == nil && n < len(lines)-1 {
		lines = append(lines[:n:n], "…\n")
	}
	return strings.Join(lines, "")
}

const tableBegin, tableEnd = "<!-- commands: from plugins.yaml -->\n", "<!-- end of commands -->"

// withTable puts the table of commands where a page wants it.
func withTable(t *testing.T, text string) string {
	t.Helper()
	before, rest, found := strings.Cut(text, tableBegin)
	if !found {
		return text
	}
	_, after, ended := strings.Cut(rest, tableEnd)
	if !ended {
		t.Fatalf("the table of commands has no end: %s", tableEnd)
	}
	table := "| command | what it answers | what it touches |\n|---|---|---|\n"
	for _, c := range described(t) {
		table += fmt.Sprintf("| [`%s`](docs/reference/%s.md) | %s | %s |\n", c.Name, c.Name, c.Question, touchWords[c.Touches])
	}
	return before + tableBegin + table + tableEnd + after
}
