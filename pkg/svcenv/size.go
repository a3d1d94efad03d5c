package svcenv

import (
	"strconv"
	"strings"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// What Linux has for the arguments and the environment of a program (execve(2), limits on
// size of arguments and environment; fs/exec.c, bprm_stack_limits and copy_strings).
const (
	// usualStack is the soft limit of the stack that processes have where nobody changed it
	// (_STK_LIM).
	usualStack = 8 << 20
	// maxStrings is the most, however large the stack may grow: 3/4 of _STK_LIM, since 4.13.
	maxStrings = usualStack / 4 * 3
	// minStrings is the least, however small it is (ARG_MAX).
	minStrings = 128 << 10
	// maxString is the most that one string may take with its end (MAX_ARG_STRLEN, 32 pages),
	// with pages of 4 KiB.
	maxString = 128 << 10
	// pointer is what each string takes besides, since 4.13, on machines of 64 bits.
	pointer = 8
	// noLimit stands for a stack that may grow for ever.
	noLimit = -1
)

// stringsLimit is what arguments and environment may take together: a quarter of the
// stack's soft limit, within bounds.
func stringsLimit(stack int64) int64 {
	if stack == noLimit {
		return maxStrings
	}
	return max(min(stack/4, maxStrings), minStrings)
}

const stackName = "Max stack size"

// stackLine finds the stack in a file /proc/PID/limits (proc(5)); "" where it is not there.
func stackLine(limits []byte) string {
	for line := range strings.Lines(string(limits)) {
		if strings.HasPrefix(line, stackName) {
			return strings.TrimSpace(line)
		}
	}
	return ""
}

// stackOf reads the soft limit out of the line.
func stackOf(line string) (soft int64, ok bool) {
	rest, found := strings.CutPrefix(line, stackName)
	fields := strings.Fields(rest)
	if !found || len(fields) == 0 {
		return 0, false
	}
	if fields[0] == "unlimited" {
		return noLimit, true
	}
	// The kernel's number is unsigned; one that large is no limit either.
	n, err := strconv.ParseUint(fields[0], 10, 64)
	if err != nil {
		return 0, false
	}
	if n > 1<<62 {
		return noLimit, true
	}
	return int64(n), true
}

// add counts one string.
func (m *Measure) add(bytes int) {
	m.Count++
	m.Strings += bytes + 1
	m.Total += bytes + 1 + pointer
}

// size measures the environment as it is and as it would be.
func (a *analysis) size() {
	if onWindows(a.pod) {
		return
	}
	z := &Size{Stack: usualStack, StringLimit: maxString}
	if a.reading != nil && len(a.reading.Files) == 1 {
		if stack, ok := stackOf(a.reading.Files[0].Text); ok {
			z.Stack, z.StackFrom = stack, a.reading.Files[0].Path
		}
	}
	z.Limit = stringsLimit(z.Stack)
	if a.read() {
		z.Now = &Measure{}
		for _, e := range a.environment() {
			z.Now.add(e.Bytes)
		}
	}
	a.measureNext(z)
	if a.read() && a.reading.Argv != nil {
		argv := a.reading.Argv
		z.Arguments = &Measure{Count: argv.Count, Strings: argv.Bytes, Total: argv.Bytes + pointer*argv.Count}
		z.Now.Total += z.Arguments.Total
		z.AfterRestart.Total += z.Arguments.Total
	}
	a.view.Size = z
}

// measureNext adds up what a container that starts now would get.
func (a *analysis) measureNext(z *Size) {
	next := &z.AfterRestart
	// What the image and the runtime set is known from the process only.
	next.AtLeast = !a.read() || a.envFromUnknown()
	for _, v := range a.view.Variables {
		switch {
		case v.Gets == nil:
		case v.Gets.Bytes == nil:
			next.AtLeast = true
			next.add(len(v.Name) + 1)
		default:
			next.add(len(v.Name) + 1 + *v.Gets.Bytes)
		}
	}
	for _, e := range a.nameless() {
		next.add(e.Bytes)
	}
}

// envFromUnknown says whether the keys of a source are known neither from it nor from the
// process.
func (a *analysis) envFromUnknown() bool {
	return len(a.next.otherPrefixes) > 0 || len(a.next.secretPrefixes) > 0 && !a.read()
}

// nameless are the strings of the process that are like no variable.
func (a *analysis) nameless() []snapshot.VariableReading {
	var out []snapshot.VariableReading
	for _, e := range a.environment() {
		if e.Name == "" {
			out = append(out, e)
		}
	}
	return out
}
