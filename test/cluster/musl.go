package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// buildMuslLookup builds the client whose resolver is musl's.
func buildMuslLookup(ctx context.Context, p paths, log *progress) error {
	text, err := sources.ReadFile("images/lookup-musl/lookup.c")
	if err != nil {
		return err
	}
	source, out := filepath.Join(p.buildDir("musl"), "lookup.c"), filepath.Join(p.commonBin(), "lookup-musl")
	if old, err := os.ReadFile(source); err == nil && string(old) == string(text) {
		if _, err := os.Stat(out); err == nil {
			return nil
		}
	}
	log.step("building lookup-musl")
	if err := writeFile(source, text, 0o644); err != nil {
		return err
	}
	if _, err := runCommand(exec.CommandContext(ctx, "musl-gcc", "-O", "-o", out, source)); err != nil {
		return fmt.Errorf("build a client of musl: %w; install musl-tools", err)
	}
	return nil
}

// muslLoader is musl itself, which is the loader of its programs too.
func muslLoader() (string, error) {
	found, err := filepath.Glob("/lib/ld-musl-*.so.1")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("musl is not in /lib; install musl-tools")
	}
	return found[0], nil
}
