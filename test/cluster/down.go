package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// down stops the cluster and removes what it left: processes, mounts, cgroups, namespaces, files. Each step works
// on what is there, so it also cleans up after a start that died half-way.
func down(ctx context.Context, p paths, log *progress) error {
	if _, err := os.Stat(p.run()); err == nil {
		log.step("stopping what runs")
	}
	_ = os.Remove(p.state())
	// A shim that ends before its containers leaves them without a parent that waits for them.
	order := []struct {
		patience time.Duration
		match    func(process) bool
	}{
		{10 * time.Second, func(proc process) bool { return proc.command == "kubelet" }},
		// The first process of a container that has no handler does not even notice the polite signal.
		{2 * time.Second, func(proc process) bool { return !proc.marked && proc.state != "Z" }},
		{10 * time.Second, func(proc process) bool { return true }},
	}
	containerGroups, err := cgroupsOf(p)
	if err != nil {
		return err
	}
	for _, round := range order {
		if err := stop(p.run(), round.patience, round.match); err != nil {
			return err
		}
	}
	if err := unmountBelow(p.run()); err != nil {
		return err
	}
	if err := removeCgroups(containerGroups); err != nil {
		return err
	}
	if err := removeNetwork(ctx); err != nil {
		return err
	}
	removeLogLinks(p)
	return os.RemoveAll(p.run())
}

// unmountBelow detaches every mount below a folder, the deepest first.
func unmountBelow(dir string) error {
	points, err := mountsBelow(dir)
	if err != nil {
		return err
	}
	for _, point := range points {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil && err != unix.EINVAL && err != unix.ENOENT {
			return fmt.Errorf("unmount %s: %w", point, err)
		}
	}
	return nil
}

func mountsBelow(dir string) ([]string, error) {
	data, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	var points []string
	for _, line := range strings.Split(string(data), "\n") {
		if fields := strings.Fields(line); len(fields) > 4 && strings.HasPrefix(fields[4], dir+"/") {
			points = append(points, fields[4])
		}
	}
	slices.Reverse(points)
	return points, nil
}

// removeLogLinks removes the links that kubelets make in a folder that cannot be configured.
func removeLogLinks(p paths) {
	links, _ := filepath.Glob("/var/log/containers/*.log")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, p.run()+"/") {
			_ = os.Remove(link)
		}
	}
}

// status prints the configuration of the running cluster and its processes.
func status(_ context.Context, p paths, out io.Writer) error {
	list, err := processes(p.run())
	if err != nil {
		return err
	}
	report := struct {
		Cluster   json.RawMessage `json:"cluster"`
		Processes int             `json:"processes"`
	}{Processes: len(list)}
	if data, err := os.ReadFile(p.state()); err == nil {
		report.Cluster = data
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(report)
}

// env prints what a shell needs to use the cluster.
func env(p paths, out io.Writer) error {
	_, err := fmt.Fprintf(out, "export KUBECONFIG=%s\nexport KK_CLUSTER_KUBECTL=%s\n", p.kubeconfig(), p.kubectl())
	return err
}
