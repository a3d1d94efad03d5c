package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// ofKubectl are kubectl's commands that the pages use by the name kk.
var ofKubectl = strings.Fields("get exec rollout apply delete describe logs create explain patch wait")

// TestCommandsOfPages: every command of the suite that a page or the catalog shows is one,
// with flags that it has.
func TestCommandsOfPages(t *testing.T) {
	files := pages(t)
	catalogs, err := filepath.Glob("../../pkg/explain/catalog/*.yaml")
	if err != nil || len(catalogs) < 6 {
		t.Fatalf("%d catalogs (%v)", len(catalogs), err)
	}
	for _, file := range catalogs {
		files = append(files, strings.TrimPrefix(file, "../../"))
	}
	shown := 0
	for _, file := range files {
		data, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(string(data), strings.HasSuffix(file, ".yaml")) {
			shown++
			if err := parses(line); err != "" {
				t.Errorf("%s: %s: %s", file, line, err)
			}
		}
	}
	if shown < 120 {
		t.Errorf("only %d commands were looked at", shown)
	}
}

var (
	span    = regexp.MustCompile("`([^`]+)`")
	folded  = regexp.MustCompile(`\n {6,}`)
	command = regexp.MustCompile(`(?:^|[|;(&] ?)(?:\$ )?((?:kubectl )?kk(?: [^|;>#)&]*)?)`)
)

// commandLines are the command lines of the suite in a page: lines of blocks, and what
// stands in backquotes. The catalog has backquotes only, over more than one line.
func commandLines(text string, catalog bool) []string {
	var lines []string
	if catalog {
		text = folded.ReplaceAllString(text, " ")
	}
	inside := false
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside && !strings.HasPrefix(line, "```text")
		case inside:
			lines = append(lines, line)
		default:
			for _, found := range span.FindAllStringSubmatch(line, -1) {
				lines = append(lines, found[1])
			}
		}
	}
	var out []string
	for _, line := range lines {
		for _, found := range command.FindAllStringSubmatch(line, -1) {
			out = append(out, strings.TrimSpace(found[1]))
		}
	}
	return out
}

// parses says what is wrong with a command line, "" for nothing.
func parses(line string) string {
	args := strings.Fields(strings.TrimPrefix(line, "kubectl "))[1:]
	if len(args) == 0 || strings.Contains(args[0], "…") || args[0] == "<TAB>" || args[0] == "COMMAND" {
		return ""
	}
	root := newRoot(streams())
	root.InitDefaultHelpCmd()
	c, rest, err := root.Find(args)
	short := strings.HasPrefix(line, shortName)
	if short && !isOurs(root, args) {
		for _, name := range ofKubectl {
			if args[0] == name {
				return ""
			}
		}
		return "neither a command of the suite nor one of kubectl that is known here"
	}
	if err != nil || c == root && !strings.HasPrefix(args[0], "-") {
		return "no such command"
	}
	for _, arg := range rest {
		if strings.ContainsAny(arg, "[]()") && !strings.HasPrefix(arg, `"`) {
			return "" // a usage, not a command
		}
	}
	c.Flags().ParseErrorsAllowlist = pflag.ParseErrorsAllowlist{}
	if err := c.ParseFlags(rest); err != nil {
		return err.Error()
	}
	return ""
}
