package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// build writes the module's files and builds its binaries, unless binaries from the same inputs are there.
func (m module) build(ctx context.Context, log *progress) error {
	inputs := m.inputs()
	if m.cached(inputs) {
		return nil
	}
	if err := m.generate(); err != nil {
		return err
	}
	if m.goSum == "" {
		log.step("resolving modules of %s", filepath.Base(m.dir))
		if err := m.goTool(ctx, "mod", "tidy"); err != nil {
			return err
		}
	}
	for name := range m.mains {
		log.step("building %s", name)
		out := filepath.Join(m.out, name)
		if err := m.goTool(ctx, "build", "-buildvcs=false", "-o", out+".new", "-ldflags", "-s -w "+m.flags, "./"+name); err != nil {
			return err
		}
		if err := os.Rename(out+".new", out); err != nil {
			return err
		}
		if err := writeFile(out+".inputs", []byte(inputs), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (m module) generate() error {
	if err := os.RemoveAll(m.dir); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(m.dir, "go.mod"), []byte(m.goMod), 0o644); err != nil {
		return err
	}
	if m.goSum != "" {
		if err := writeFile(filepath.Join(m.dir, "go.sum"), []byte(m.goSum), 0o644); err != nil {
			return err
		}
	}
	for name, text := range m.mains {
		if err := writeFile(filepath.Join(m.dir, name, "main.go"), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return os.MkdirAll(m.out, 0o755)
}

// goTool runs the go tool in the module. The binaries go into images without a C library, hence CGO_ENABLED=0;
// GOFLAGS and GOWORK of the caller are about the caller's module, not about this one.
func (m module) goTool(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = m.dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=-mod=mod")
	_, err := runCommand(cmd)
	return err
}

// relink makes path a symbolic link to target, whatever it was before.
func relink(target, path string) error {
	if old, err := os.Readlink(path); err == nil && old == target {
		return nil
	}
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	return os.Symlink(target, path)
}
