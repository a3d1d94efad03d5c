package main

import (
	"os"
	"path/filepath"
	"strings"
)

// cgroupRoot is the group below which a node's kubelet keeps those of its Pods: two kubelets on one machine would
// take each other's for leftovers. Without groups of its own a kubelet cannot resize a Pod in place (1.37 panics).
func (n node) cgroupRoot() string { return "kk-cluster-" + n.name }

// hierarchies are the places where a group must be made: one of cgroup v2, else one for each controller.
func hierarchies() []string {
	if _, err := os.Stat("/sys/fs/cgroup/cgroup.controllers"); err == nil {
		return []string{"/sys/fs/cgroup"}
	}
	var out []string
	members, _ := filepath.Glob("/sys/fs/cgroup/*/cgroup.procs")
	for _, file := range members {
		if dir := filepath.Dir(file); filepath.Base(dir) != "unified" {
			out = append(out, dir)
		}
	}
	return out
}

// makeCgroupRoot makes the node's group in every hierarchy. A new group of cpuset v1 has no processors and no memory.
func (n node) makeCgroupRoot() error {
	for _, dir := range hierarchies() {
		root := filepath.Join(dir, n.cgroupRoot())
		if err := os.MkdirAll(root, 0o755); err != nil {
			return err
		}
		if !strings.HasSuffix(dir, "/cpuset") {
			continue
		}
		for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
			text, err := os.ReadFile(filepath.Join(dir, file))
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(root, file), text, 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}

// cgroupRoots are the nodes' groups that are there. The kubelet makes one in the unified hierarchy too.
func cgroupRoots() []string {
	var out []string
	for _, n := range nodes {
		for _, pattern := range []string{"/sys/fs/cgroup/", "/sys/fs/cgroup/*/"} {
			found, _ := filepath.Glob(pattern + n.cgroupRoot())
			out = append(out, found...)
		}
	}
	return out
}
