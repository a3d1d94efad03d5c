package svcenv

import (
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// started says whether this kernel starts a program with the environment.
func started(t *testing.T, env []string) bool {
	t.Helper()
	cmd := exec.Command("/bin/true")
	cmd.Args, cmd.Env = []string{"true"}, env
	err := cmd.Run()
	if err != nil && !errors.Is(err, syscall.E2BIG) {
		t.Fatal(err)
	}
	return err == nil
}

// TestKernel holds the limits to the kernel of this machine, to the byte: for stacks below,
// within and above the bounds, what fits starts, and one byte more does not.
func TestKernel(t *testing.T) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_STACK, &before); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := syscall.Setrlimit(syscall.RLIMIT_STACK, &before); err != nil {
			t.Error(err)
		}
	}()
	for _, stack := range []uint64{400 << 10, 1 << 20, 8 << 20, 24 << 20, 512 << 20} {
		if err := syscall.Setrlimit(syscall.RLIMIT_STACK, &syscall.Rlimit{Cur: stack, Max: before.Max}); err != nil {
			t.Logf("a stack of %d is not allowed here: %v", stack, err)
			continue
		}
		// The kernel counts the path of the program as well, which kk does not know.
		m := Measure{}
		m.add(len("true"))
		used := m.Total + len("/bin/true") + 1
		limit := int(stringsLimit(int64(stack)))
		var env []string
		m = Measure{}
		add := func(length int) {
			name := "V" + number(int32(len(env))) + "="
			env = append(env, name+strings.Repeat("x", length-len(name)))
			m.add(length)
		}
		for limit-used-m.Total > 3000 {
			add(1000)
		}
		add(limit - used - m.Total - 1 - pointer)
		if m.Total+used != limit {
			t.Fatalf("%d bytes, want %d", m.Total+used, limit)
		}
		if !started(t, env) {
			t.Errorf("stack %d: %d bytes do not start, which fit", stack, limit)
		}
		env[len(env)-1] += "x"
		if started(t, env) {
			t.Errorf("stack %d: %d bytes start, which is one too many", stack, limit+1)
		}
	}
}

// TestKernelString is the same for one string.
func TestKernelString(t *testing.T) {
	if syscall.Getpagesize() != 4096 {
		t.Skip("the pages of this machine are larger, and so is the limit")
	}
	for length, want := range map[int]bool{maxString - 1: true, maxString: false} {
		if got := started(t, []string{"LONG=" + strings.Repeat("x", length-len("LONG="))}); got != want {
			t.Errorf("a string of %d bytes and its end starts: %v, want %v", length, got, want)
		}
	}
}
