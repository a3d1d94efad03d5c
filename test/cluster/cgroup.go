package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// containersGroup is the cgroup below which containerd puts containers that nobody gives another place.
const containersGroup = "k8s.io"

// cgroupsOf returns the cgroups of the cluster's containers: those whose name is the id of a container or sandbox
// that one of the cluster's two containerds made, and then those of the nodes.
func cgroupsOf(p paths) ([]string, error) {
	ids := map[string]bool{}
	for _, n := range nodes {
		bundles, err := filepath.Glob(p.node(n, "state") + "/io.containerd.runtime.v2.task/k8s.io/*")
		if err != nil {
			return nil, err
		}
		for _, bundle := range bundles {
			ids[filepath.Base(bundle)] = true
		}
	}
	var groups []string
	err := filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			return err
		}
		if entry.IsDir() && ids[entry.Name()] {
			groups = append(groups, path)
		}
		return nil
	})
	return append(groups, cgroupRoots()...), err
}

// removeCgroups removes the groups, the groups in them, and the one above them if that is empty then.
func removeCgroups(groups []string) error {
	for _, group := range groups {
		if err := removeCgroup(group); err != nil {
			return err
		}
		if parent := filepath.Dir(group); filepath.Base(parent) == containersGroup {
			_ = syscall.Rmdir(parent)
		}
	}
	return removeEmptyParents()
}

func removeCgroup(group string) error {
	entries, err := os.ReadDir(group)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() {
			if err := removeCgroup(filepath.Join(group, entry.Name())); err != nil {
				return err
			}
		}
	}
	// The kernel lets a group go only a moment after its last process.
	deadline := time.Now().Add(5 * time.Second)
	for {
		err := syscall.Rmdir(group)
		if err == nil || errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if time.Now().After(deadline) {
			return &os.PathError{Op: "remove the cgroup", Path: group, Err: err}
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// removeEmptyParents removes containersGroup wherever it has nothing in it. The kernel refuses when it has.
func removeEmptyParents() error {
	return filepath.WalkDir("/sys/fs/cgroup", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return nil
		}
		if entry.Name() == containersGroup {
			_ = syscall.Rmdir(path)
			return filepath.SkipDir
		}
		if strings.Count(path, "/") > 5 {
			return filepath.SkipDir
		}
		return nil
	})
}
