package node

import (
	"bytes"
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/kubectl-kk/kubectl-kk/internal/kube"
)

//go:embed look.sh
var lookScript string

// Look is what is asked at a container, in one run.
type Look struct {
	// Files are files as the container has them, Process files of its first process below
	// /proc/PID.
	Files, Process []string
	// Go asks whether the program of that process is built by Go.
	Go bool
	// Queries are asked from its network, one after the other. A server that was silent
	// once is not asked again.
	Queries []Query
}

// Query is one question to a DNS server.
type Query struct {
	// Server is an address, Name a full name without the dot at its end, Type A or AAAA.
	Server, Name, Type string
	// Wait is how long to wait for the reply, in whole seconds.
	Wait time.Duration
	TCP  bool
}

// Looked is what came back, in the order in which it was asked for.
type Looked struct {
	Files, Process []kube.File
	// Go is "go" where the program is built by Go, "no" where it is not, "" where that could
	// not be read.
	Go string
	// Replies are what dig printed, one for each query.
	Replies []string
}

// ErrNoProcess says that the container was not found among the processes of its node.
var ErrNoProcess = errors.New("no process of the container was found on its node")

// command is the argv that asks for all of it, and the mark of the answers. id is the
// container's ID on its node, or from its inside "1", or "self".
func (l Look) command(id string) (argv []string, mark string, err error) {
	var nonce [16]byte
	if _, err := rand.Read(nonce[:]); err != nil {
		return nil, "", err
	}
	mark = "kk-" + hex.EncodeToString(nonce[:])
	argv = []string{"sh", "-c", lookScript, "kk", mark, id}
	for _, f := range l.Files {
		argv = append(argv, "file", f)
	}
	for _, f := range l.Process {
		argv = append(argv, "proc", f)
	}
	if l.Go {
		argv = append(argv, "go")
	}
	for _, q := range l.Queries {
		protocol := "notcp"
		if q.TCP {
			protocol = "tcp"
		}
		argv = append(argv, "ask", q.Server, q.Name, q.Type, strconv.Itoa(int(q.Wait/time.Second)), protocol)
	}
	return argv, mark, nil
}

// parse takes apart what the script printed.
func (l Look) parse(text []byte, mark string) (*Looked, error) {
	if bytes.Contains(text, []byte(mark+" none\n")) {
		return nil, ErrNoProcess
	}
	paths := append(append([]string{}, l.Files...), l.Process...)
	if l.Go {
		paths = append(paths, "go")
	}
	for _, q := range l.Queries {
		paths = append(paths, q.Name)
	}
	parts, err := kube.ParseFiles(text, mark, paths)
	if err != nil {
		return nil, err
	}
	out := &Looked{}
	out.Files, parts = parts[:len(l.Files)], parts[len(l.Files):]
	out.Process, parts = parts[:len(l.Process)], parts[len(l.Process):]
	if l.Go {
		out.Go, parts = string(parts[0].Data), parts[1:]
	}
	for _, p := range parts {
		out.Replies = append(out.Replies, string(p.Data))
	}
	return out, nil
}

// idFor is how to name the first process of a container from its inside. Where
// containers share their processes, the first one is not the container's.
func idFor(pod *corev1.Pod) string {
	if kube.SharesProcesses(pod) {
		return "self"
	}
	return "1"
}

// Inside looks at containers by exec in them. It creates nothing. That an image has no
// sh and no cat is a kube.ErrNoShell.
type Inside struct {
	Exec *kube.Exec
}

// Look runs in the container that is named.
func (i *Inside) Look(ctx context.Context, pod *corev1.Pod, container string, look Look) (*Looked, error) {
	argv, mark, err := look.command(idFor(pod))
	if err != nil {
		return nil, err
	}
	text, err := i.Exec.Run(ctx, pod.Namespace, pod.Name, container, argv)
	switch {
	case err != nil && kube.LacksShell(err.Error()):
		return nil, kube.ErrNoShell
	case err != nil:
		return nil, err
	}
	out, err := look.parse(text, mark)
	if err != nil {
		return nil, fmt.Errorf("look into pod %s/%s: %w", pod.Namespace, pod.Name, err)
	}
	if len(out.Files) > 0 && strings.Contains(out.Files[0].Complaint, "cat: not found") {
		return nil, kube.ErrNoShell
	}
	return out, nil
}
