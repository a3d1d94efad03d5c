package svcenv

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// The files of the container's first process, and of a new one, which has what the kubelet
// and the runtime gave.
const (
	firstEnviron = "/proc/1/environ"
	ownEnviron   = "/proc/self/environ"
	firstLimits  = "/proc/1/limits"
	ownLimits    = "/proc/self/limits"
	firstCmdline = "/proc/1/cmdline"
)

// container reads the environment of one, and forgets at once what may be a Secret's.
func (g *gathering) container(ctx context.Context, pod *corev1.Pod, c *corev1.Container) error {
	reading := snapshot.ContainerReading{Namespace: pod.Namespace, Pod: pod.Name, Container: c.Name}
	if reading.NotRead = cannot(pod, c.Name); reading.NotRead == "" {
		files, err := g.Reader.Files(ctx, pod.Namespace, pod.Name, c.Name, procFiles(pod)...)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			reading.NotRead = g.notRead(err, &reading)
		default:
			g.read(&reading, pod, c, files)
		}
	}
	g.s.Containers = append(g.s.Containers, reading)
	return nil
}

// procFiles are those to read. In a process namespace that is shared, process 1 is none of
// the container's.
func procFiles(pod *corev1.Pod) []string {
	if kube.SharesProcesses(pod) {
		return []string{ownEnviron, ownLimits}
	}
	return []string{firstEnviron, ownEnviron, firstLimits, ownLimits, firstCmdline}
}

// read takes from the files what is needed; of two of a kind the first that has something.
func (g *gathering) read(reading *snapshot.ContainerReading, pod *corev1.Pod, c *corev1.Container, files []kube.File) {
	complaint := "the environment of its process is empty"
	for _, f := range files {
		switch {
		case f.Complaint != "" && f.Path == firstEnviron:
			complaint = f.Complaint
		case f.Complaint != "":
		case strings.HasSuffix(f.Path, "/environ"):
			g.environ(reading, pod, c, f)
		case strings.HasSuffix(f.Path, "/limits"):
			if line := stackLine(f.Data); line != "" && len(reading.Files) == 0 {
				reading.Files = []snapshot.FileReading{{Path: f.Path, Text: line}}
			}
		case f.Path == firstCmdline && reading.Environ == firstEnviron:
			reading.Argv = countArguments(f.Data)
		}
	}
	if reading.Environ == "" {
		reading.NotRead = complaint
	}
}

func (g *gathering) environ(reading *snapshot.ContainerReading, pod *corev1.Pod, c *corev1.Container, f kube.File) {
	if entries := parseEnviron(f.Data); reading.Environ == "" && len(entries) > 0 {
		reading.Environ, reading.Environment = f.Path, keep(g.s, pod, c, entries)
	}
}

// countArguments counts the strings of a file /proc/PID/cmdline (proc(5)), and forgets them.
func countArguments(cmdline []byte) *snapshot.ArgvReading {
	if len(cmdline) == 0 {
		return nil
	}
	text := append(bytes.TrimSuffix(cmdline, []byte{0}), 0)
	return &snapshot.ArgvReading{Count: bytes.Count(text, []byte{0}), Bytes: len(text)}
}

// cannot says why nothing can be read in a container, "" where it can.
func cannot(pod *corev1.Pod, container string) string {
	if onWindows(pod) {
		return "it is a Windows container"
	}
	state := stateOf(pod, container)
	switch {
	case state == nil:
		return "it has not started"
	case state.Running != nil:
		return ""
	case state.Terminated != nil:
		return fmt.Sprintf("it has ended (%s, exit code %d)", state.Terminated.Reason, state.Terminated.ExitCode)
	case state.Waiting != nil:
		return "it waits (" + state.Waiting.Reason + ")"
	default:
		return "it has not started"
	}
}

func onWindows(pod *corev1.Pod) bool {
	return pod.Spec.OS != nil && pod.Spec.OS.Name == corev1.Windows || pod.Spec.NodeSelector[corev1.LabelOSStable] == string(corev1.Windows)
}

func statusOf(pod *corev1.Pod, container string) *corev1.ContainerStatus {
	all := slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses, pod.Status.EphemeralContainerStatuses)
	for i := range all {
		if all[i].Name == container {
			return &all[i]
		}
	}
	return nil
}

func stateOf(pod *corev1.Pod, container string) *corev1.ContainerState {
	if status := statusOf(pod, container); status != nil {
		return &status.State
	}
	return nil
}

// notRead words why a container could not be read, and notes what RBAC would allow it.
func (g *gathering) notRead(err error, r *snapshot.ContainerReading) string {
	if kube.ExecRefused(err) {
		what := fmt.Sprintf("exec in pod %s/%s", r.Namespace, r.Pod)
		g.missing(err, what, []string{"pods/exec"}, "get")
	}
	return kube.WhyNotRead(err, r.Namespace, r.Pod)
}
