package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// markerVariable is in the environment of every process of a cluster; children inherit it. That finds the
// processes of a start that died before it could write anything down, and cannot hit a recycled process id.
const markerVariable = "KK_CLUSTER_RUN"

// start runs a program in a node's network namespace, detached from this process, its output in a log file.
func (p paths) start(n node, name string, args ...string) error {
	logFile := p.log(n.name + "-" + filepath.Base(name))
	if err := os.MkdirAll(filepath.Dir(logFile), 0o755); err != nil {
		return err
	}
	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	return p.startWith(n, log, nil, name, args...)
}

func (p paths) startWith(n node, log *os.File, extra []*os.File, name string, args ...string) error {
	cmd := exec.Command("nsenter", append([]string{"--net=/run/netns/" + n.name, "--", name}, args...)...)
	cmd.Dir = p.run()
	cmd.Env = []string{
		markerVariable + "=" + p.run(), "PATH=" + p.bin() + ":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + p.run(),
	}
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = log, log, extra
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s on %s: %w", filepath.Base(name), n.name, err)
	}
	return cmd.Process.Release()
}

// process is a running process that belongs to the cluster.
type process struct {
	pid, parent int
	command     string // base name of the program
	state       string // Z for a zombie
	marked      bool   // carries the marker itself; a container's process does not
}

// processes lists the processes that carry the marker, and their descendants.
func processes(runDir string) ([]process, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := map[int]process{}
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			if proc, ok := readProcess(pid, markerVariable+"="+runDir); ok {
				all[pid] = proc
			}
		}
	}
	var found []process
	for _, proc := range all {
		for at, steps := proc, 0; steps < 100; steps++ {
			if at.marked {
				found = append(found, proc)
				break
			}
			parent, ok := all[at.parent]
			if !ok {
				break
			}
			at = parent
		}
	}
	return found, nil
}

func readProcess(pid int, marker string) (process, bool) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	stat, err := os.ReadFile(dir + "stat")
	if err != nil {
		return process{}, false
	}
	open, end := bytes.IndexByte(stat, '('), bytes.LastIndexByte(stat, ')')
	rest := strings.Fields(string(stat[end+1:]))
	parent, err := strconv.Atoi(rest[1])
	if err != nil {
		return process{}, false
	}
	environ, _ := os.ReadFile(dir + "environ")
	proc := process{pid: pid, parent: parent, state: rest[0], command: string(stat[open+1 : end])}
	for _, variable := range bytes.Split(environ, []byte{0}) {
		proc.marked = proc.marked || string(variable) == marker
	}
	return proc, true
}

// stop ends the processes that match, politely first, and returns when they are gone.
func stop(runDir string, patience time.Duration, match func(process) bool) error {
	signal, deadline := syscall.SIGTERM, time.Now().Add(patience)
	ended := map[int]bool{}
	for killed := false; ; {
		list, err := processes(runDir)
		if err != nil {
			return err
		}
		left := 0
		for _, proc := range list {
			if match(proc) {
				left++
				ended[proc.pid] = true
				_ = syscall.Kill(proc.pid, signal)
			}
		}
		if left == 0 {
			return waitReaped(ended, patience)
		}
		if time.Now().After(deadline) {
			if killed {
				return fmt.Errorf("%d processes do not end, even when killed", left)
			}
			signal, killed, deadline = syscall.SIGKILL, true, time.Now().Add(patience)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// waitReaped returns when the processes have left the process table. An ended process has no environment any more,
// so the marker does not show it; its entry stays until its parent, or the machine's first process, takes note.
func waitReaped(pids map[int]bool, patience time.Duration) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		left := 0
		for pid := range pids {
			if stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); err == nil && bytes.Contains(stat, []byte(") Z ")) {
				left++
			}
		}
		if left == 0 {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%d processes have ended, and the machine's first process does not take note of it", left)
		}
	}
}
