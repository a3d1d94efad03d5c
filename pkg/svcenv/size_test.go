package svcenv

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestLimits are the rules of execve(2).
func TestLimits(t *testing.T) {
	for line, want := range map[string]int64{
		"Max stack size             8388608              unlimited            bytes": 2 << 20,
		"Max stack size             unlimited            unlimited            bytes": 6 << 20,
		"Max stack size             1073741824           unlimited            bytes": 6 << 20,
		"Max stack size             65536                65536                bytes": 128 << 10,
		"Max stack size             0                    0                    bytes": 128 << 10,
		"Max stack size             16777216             unlimited            bytes": 4 << 20,
		"Max stack size             18446744073709551615 18446744073709551615 bytes": 6 << 20,
		"Max stack size":                          -1,
		"Max stack size  x":                       -1,
		"Max data size   8388608 unlimited bytes": -1,
	} {
		stack, ok := stackOf(line)
		got := int64(-1)
		if ok {
			got = stringsLimit(stack)
		}
		if got != want {
			t.Errorf("%s: got %d, want %d", line, got, want)
		}
	}
	limits := "Limit                     Soft Limit           Hard Limit           Units\nMax cpu time              unlimited            unlimited            seconds\nMax stack size            8388608              unlimited            bytes\nMax core file size 0 0 bytes\n"
	if line := stackLine([]byte(limits)); !strings.HasPrefix(line, "Max stack size") || strings.Contains(line, "\n") {
		t.Errorf("got %q", line)
	}
}

// TestMeasure counts what a process has and what it would get, by hand.
func TestMeasure(t *testing.T) {
	w := newWorld(t)
	w.services = nil
	w.environ = []string{"PATH=/bin", "A=1", "no name", "A=1"}
	w.literal("A", "12345")
	w.literal("B", "")
	w.argv = &snapshot.ArgvReading{Count: 3, Bytes: 30}
	z := w.answer().Size
	if z.Now.Count != 4 || z.Now.Strings != 10+4+8+4 || z.Now.Total != 26+4*8+30+3*8 || z.Now.AtLeast {
		t.Errorf("now %+v", z.Now)
	}
	// PATH, A=12345, B=, and what is no variable.
	if n := z.AfterRestart; n.Count != 4 || n.Strings != 10+8+3+8 || n.Total != 29+4*8+30+3*8 || n.AtLeast {
		t.Errorf("after a restart %+v", n)
	}
	if z.Stack != usualStack || z.StackFrom != "" || z.Limit != 2<<20 {
		t.Errorf("%+v", z)
	}
	if text := rendered(t, w.answer(), Options{}); !strings.Contains(text, "assumed") {
		t.Errorf("that the limit is assumed is not said:\n%s", text)
	}
}

// TestTooLarge grows a namespace until the container would not start again.
func TestTooLarge(t *testing.T) {
	last := ""
	for _, n := range []int{0, 2500, 5500, 7000} {
		w := newWorld(t)
		w.has(w.services...)
		for i := range n {
			w.services = append(w.services, young(service("shop", fmt.Sprintf("service-%04d", i), "10.0.0.9", "80/TCP")))
		}
		w.limits, w.argv = "Max stack size 8388608 unlimited bytes", &snapshot.ArgvReading{Count: 1, Bytes: 6}
		v := w.answer()
		want := ""
		switch total := v.Size.AfterRestart.Total; {
		case total > 2<<20:
			want = explain.EnvironmentTooLarge
		case total >= (2<<20)*80/100:
			want = explain.EnvironmentNearLimit
		}
		got := ""
		for _, f := range v.Findings {
			if f.Code == explain.EnvironmentTooLarge || f.Code == explain.EnvironmentNearLimit {
				got = f.Code
			}
		}
		if got != want {
			t.Errorf("%d Services, %d bytes: %q, want %q", n, v.Size.AfterRestart.Total, got, want)
		}
		if first := strings.SplitN(rendered(t, v, Options{}), "\n", 2)[0]; (want == explain.EnvironmentTooLarge) != strings.Contains(first, "will not start again") {
			t.Errorf("%d Services: %s", n, first)
		}
		if first := strings.SplitN(rendered(t, v, Options{}), "\n", 2)[0]; n == 7000 && !strings.HasSuffix(first, " and Linux allows 2097152 (2.0 MiB).") {
			t.Error(first)
		}
		last += fmt.Sprintln(n, want)
	}
	for _, code := range []string{explain.EnvironmentTooLarge, explain.EnvironmentNearLimit} {
		if !strings.Contains(last, code) {
			t.Errorf("never %s:\n%s", code, last)
		}
	}
}

// TestLargerThanItsLimit: a process that has more than the limit allows was started under
// another one, so nothing is sure.
func TestLargerThanItsLimit(t *testing.T) {
	w := newWorld(t)
	w.has(w.services...)
	for i := range 30 {
		w.environ = append(w.environ, fmt.Sprintf("L%d=%s", i, strings.Repeat("x", 10<<10)))
	}
	w.limits = "Max stack size 65536 65536 bytes"
	if v := w.answer(); v.HasErrors() || codes(v) != "122" {
		t.Errorf("findings %s", codes(v))
	}
}

// TestStringTooLong: one variable of more than 128 KiB, with its name and its end.
func TestStringTooLong(t *testing.T) {
	for length, want := range map[int]string{maxString - len("LONG=") - 1: "", maxString - len("LONG="): "121"} {
		w := newWorld(t)
		w.has(w.services...)
		w.fromConfigMap("", "a", map[string]string{"LONG": strings.Repeat("x", length)})
		if got := codes(w.answer()); got != want {
			t.Errorf("%d bytes: findings %s, want %s", length, got, want)
		}
	}
	w := newWorld(t)
	w.has(w.services...)
	long := strings.Repeat("x", 200<<10)
	w.fromConfigMap("", "a", map[string]string{"LONG": long})
	w.environ = append(w.environ, "LONG="+long)
	if v := w.answer(); v.HasErrors() {
		t.Errorf("the process has it, and so it fits: %s", codes(v))
	}
}

// TestNotAll: what is not known makes the size a lower bound.
func TestNotAll(t *testing.T) {
	for name, c := range map[string]struct {
		change func(w *world)
		least  bool
	}{
		"all is known":           {func(w *world) { w.has(w.services...) }, false},
		"not read":               {func(w *world) { w.notRead = "no shell" }, true},
		"a ConfigMap not read":   {func(w *world) { w.has(w.services...); w.fromConfigMap("", "a", nil) }, true},
		"a Secret, and read":     {func(w *world) { w.has(w.services...); w.secret("A", false); w.environ = append(w.environ, "A=1") }, false},
		"a Secret, and not read": {func(w *world) { w.has(w.services...); w.secret("A", false) }, true},
	} {
		w := newWorld(t)
		c.change(w)
		v := w.answer()
		if v.Size.AfterRestart.AtLeast != c.least || strings.Contains(rendered(t, v, Options{}), "at least") != c.least {
			t.Errorf("%s: %+v", name, v.Size.AfterRestart)
		}
	}
}

// BenchmarkFull is the answer for a container in a namespace of 2,500 Services of three ports.
func BenchmarkFull(b *testing.B) {
	w := newWorld(b)
	for i := range 2500 {
		w.services = append(w.services, service("shop", fmt.Sprintf("service-%04d", i), "10.0.0.9", "a 80/TCP", "b 81/TCP", "c 53/UDP"))
	}
	w.has(w.services...)
	s := w.snapshot()
	for b.Loop() {
		if _, err := Analyze(s, w.request()); err != nil {
			b.Fatal(err)
		}
	}
}
