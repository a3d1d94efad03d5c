//go:build e2e

package e2e

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// screen is what a program showed so far.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// links makes the names that make install makes, before everything else on PATH.
func links(t *testing.T) (kk string) {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"kk", "kubectl-kk", "kubectl_complete-kk"} {
		if err := os.Symlink(os.Getenv("KK_BIN"), filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", strings.Join([]string{folder, filepath.Dir(os.Getenv("KK_CLUSTER_KUBECTL")), os.Getenv("PATH")}, string(os.PathListSeparator)))
	return filepath.Join(folder, "kk")
}

// TestPassThrough holds kk to kubectl: output, complaints and exit status of what is not
// the suite's are kubectl's own.
func TestPassThrough(t *testing.T) {
	name := links(t)
	for _, args := range [][]string{
		{"get", "pods", "-n", "kube-system", "-o", "name"},
		{"-n", "kube-system", "get", "configmap", "coredns", "-o", "yaml"},
		{"get", "pods", "no-such-pod"},
		{"get", "no-such-type"},
		{"explain", "pod.spec.dnsPolicy"},
		{"no-such-command"},
		{"exec", "curl", "--", "sh", "-c", "echo out; echo err >&2; exit 37"},
	} {
		got, want := run(t, nil, name, args...), run(t, nil, os.Getenv("KK_CLUSTER_KUBECTL"), args...)
		if got != want {
			t.Errorf("kk %v: %+v\nkubectl: %+v", args, got, want)
		}
	}
	if got := run(t, nil, name, "exec", "curl", "--", "sh", "-c", "exit 37"); got.exit != 37 {
		t.Errorf("exit %d, want 37", got.exit)
	}
	cmd := exec.Command(name, "exec", "-i", "curl", "--", "cat")
	cmd.Stdin = strings.NewReader("typed \x00 text\n")
	if out, err := cmd.Output(); err != nil || string(out) != "typed \x00 text\n" {
		t.Errorf("%v: %q", err, out)
	}
	if got := run(t, nil, "kubectl", "kk", "svcpath", "--help"); !strings.Contains(got.stdout, "\n  kubectl kk svcpath (svc/NAME") {
		t.Errorf("kubectl kk svcpath --help:\n%s", got.stdout)
	}
	if got := run(t, nil, name, "svcpath", clusterIPService, "--via", "none"); got.exit != 0 || strings.Contains(got.stdout, "kubectl kk") {
		t.Errorf("exit %d\n%s%s", got.exit, got.stdout, got.stderr)
	}
}

// globalFlag is a line of kubectl options: the short name, the name, and the default value.
var globalFlag = regexp.MustCompile(`(?m)^ +(?:(-\w), )?(--[\w-]+)=(.*):$`)

// TestPassThroughGlobalFlags puts each flag that kubectl has before a command before one, with
// a command of the suite as its value, or as the argument of kubectl's command.
func TestPassThroughGlobalFlags(t *testing.T) {
	name, kubectl := links(t), os.Getenv("KK_CLUSTER_KUBECTL")
	flags := globalFlag.FindAllStringSubmatch(run(t, nil, kubectl, "options").stdout, -1)
	if len(flags) < 25 {
		t.Fatalf("kubectl options has %d flags", len(flags))
	}
	flags = append(flags, []string{"", "-l", "--selector", "''"})
	for _, f := range flags {
		for _, flag := range f[1:3] {
			words := []string{flag, "env", "get", "--help"}
			if f[3] == "false" || f[3] == "true" {
				words = []string{flag, "get", "env", "--help"}
			}
			if flag == "" {
				continue
			}
			if got, want := run(t, nil, name, words...), run(t, nil, kubectl, words...); got != want {
				t.Errorf("kk %v: %+v\nkubectl: %+v", words, got, want)
			}
		}
	}
}

// TestPassThroughTerminal types into kk exec -it, ctrl-C included.
func TestPassThroughTerminal(t *testing.T) {
	name := links(t)
	// script(1) gives the program a terminal.
	cmd := exec.Command("script", "-qec", name+" exec -it curl -- sh", "/dev/null")
	typed, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	var seen screen
	cmd.Stdout, cmd.Stderr = &seen, &seen
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { typed.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() })
	typeAndSee := func(keys, want string) {
		t.Helper()
		if _, err := io.WriteString(typed, keys); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if t.Failed() {
				t.Logf("the terminal shows %q", seen.String())
			}
		}()
		eventually(t, 20*time.Second, "the terminal shows "+want, func() bool { return strings.Contains(seen.String(), want) })
	}
	typeAndSee("test -t 0 && echo 'it is a'\" terminal\"\n", "it is a terminal")
	typeAndSee("echo 'now '\"asleep\"; cat\n", "now asleep")
	// A terminal forgets what was typed ahead of an interrupt.
	typeAndSee("\x03", "^C\r\n# ")
	typeAndSee("echo \"status $?\"\n", "status 130")
	if _, err := io.WriteString(typed, "exit 41\n"); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 41 {
		t.Errorf("%v, want exit status 41; the terminal shows %s", err, seen.String())
	}
}

// TestPassThroughSignal interrupts kk get -w, and kubectl itself.
func TestPassThroughSignal(t *testing.T) {
	name := links(t)
	var ends []syscall.WaitStatus
	for _, program := range []string{name, os.Getenv("KK_CLUSTER_KUBECTL")} {
		cmd := exec.Command(program, "get", "pods", "-n", "kube-system", "-w")
		var seen screen
		cmd.Stdout = &seen
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, 20*time.Second, program+" watches", func() bool { return strings.Contains(seen.String(), "coredns") })
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		ends = append(ends, cmd.ProcessState.Sys().(syscall.WaitStatus))
	}
	if ends[0] != ends[1] {
		t.Errorf("kk ended with %v, kubectl with %v", ends[0], ends[1])
	}
}

// TestPassThroughReaderThatWentAway: kk get … | head -1 ends by SIGPIPE, as kubectl does.
func TestPassThroughReaderThatWentAway(t *testing.T) {
	name := links(t)
	var ends []string
	for _, program := range []string{name, os.Getenv("KK_CLUSTER_KUBECTL")} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		var complaints bytes.Buffer
		cmd := exec.Command(program, "get", "pods", "-A")
		cmd.Stdout, cmd.Stderr = writer, &complaints
		_ = cmd.Run()
		writer.Close()
		ends = append(ends, cmd.ProcessState.String()+complaints.String())
	}
	if ends[0] != ends[1] {
		t.Errorf("kk: %s; kubectl: %s", ends[0], ends[1])
	}
}
