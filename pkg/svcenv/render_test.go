package svcenv

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

func asJSON(t *testing.T, v *View) string {
	t.Helper()
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func rendered(t *testing.T, v *View, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, v, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// busy is a world with something in every part of the answer.
func busy(t testing.TB) *world {
	w := newWorld(t)
	gone := service("shop", "gone", "10.0.0.9", "80/TCP")
	w.services = append(w.services, service("shop", "redis", "10.0.0.3", "6379/TCP"))
	w.has(append(w.services, gone)...)
	for i, text := range w.environ {
		if strings.HasPrefix(text, "REDIS_PORT=") {
			w.environ[i] = "REDIS_PORT=6379" // as the manifest has it
		}
	}
	w.services = append(w.services, young(service("shop", "db", "10.0.0.4", "sql 5432/TCP", "53/UDP")))
	w.literal("MODE", "fast")
	w.literal("REDIS_PORT", "6379")
	w.literal("URL", "redis://$(REDIS_SERVICE_HOST):$(NOBODY)")
	w.secret("PASSWORD", false)
	w.fromConfigMap("", "settings", map[string]string{"LEVEL": "info"})
	w.environ = append(w.environ, "MODE=fast", "URL=redis://10.0.0.3:$(NOBODY)", "PASSWORD=x", "LEVEL=info", "PATH=/bin", "HOSTNAME=web")
	w.limits, w.argv = "Max stack size             8388608              unlimited            bytes", &snapshot.ArgvReading{Count: 2, Bytes: 20}
	return w
}

// TestFirstLine is the answer in a sentence.
func TestFirstLine(t *testing.T) {
	redis := service("shop", "redis", "10.0.0.3", "6379/TCP")
	for want, change := range map[string]func(w *world){
		"has the variables of 1 Service, and a restart would give it the same.":                 func(w *world) { w.has(w.services...) },
		"has the variables of 1 Service; a restart would add those of 1.":                       func(w *world) { w.has(w.services...); w.services = append(w.services, young(redis)) },
		"has the variables of 2 Services; a restart would remove those of 1.":                   func(w *world) { w.has(append(w.services, redis)...) },
		"what it has was not read; if it started now, it would get the variables of 1 Service.": func(w *world) { w.notRead = "it waits (ContainerCreating)" },
		"what it has was not read; by the age of the Services a restart would add those of 1.":  func(w *world) { w.notRead = "no sh"; w.services = append(w.services, young(redis)) },
		"its process has no variable of any Service; what the kubelet gave did not reach it.":   func(w *world) { w.environ = []string{"PATH=/bin"} },
		"cannot start: ConfigMap shop/settings does not exist.": func(w *world) {
			w.has(w.services...)
			w.key("A", "settings", "a", false)
			w.absent = []string{"ConfigMap shop/settings"}
		},
		"will not start again: the variable LONG is too long.": func(w *world) {
			w.has(w.services...)
			w.fromConfigMap("", "c", map[string]string{"LONG": strings.Repeat("x", 140<<10)})
		},
		"has the variables of 1 Service; what a restart would change is not known of 1.": func(w *world) {
			w.has(w.services...)
			w.services, w.missing = nil, []snapshot.Missing{{What: getAPIService, Why: "forbidden"}}
		},
	} {
		w := newWorld(t)
		change(w)
		first, _, _ := strings.Cut(rendered(t, w.answer(), Options{}), "\n")
		if first != "Pod shop/web, container app: "+want {
			t.Errorf("got  %s\nwant %s", first, want)
		}
	}
}

// TestText is the whole answer, in each form.
func TestText(t *testing.T) {
	w := busy(t)
	v := w.answer()
	golden.Compare(t, "testdata/busy.golden.txt", rendered(t, v, Options{}))
	golden.Compare(t, "testdata/busy-zh.golden.txt", rendered(t, v, Options{Lang: explain.Chinese}))
	golden.Compare(t, "testdata/busy-narrow.golden.txt", rendered(t, v, Options{Style: render.Style{Width: 60}}))
	w.showValue = true
	golden.Compare(t, "testdata/busy-values.golden.txt", rendered(t, w.answer(), Options{ShowValues: true}))
}

// TestNarrow: no line is wider than its terminal, unless a word or the title of a finding is.
func TestNarrow(t *testing.T) {
	for line := range strings.Lines(rendered(t, busy(t).answer(), Options{Style: render.Style{Width: 60}})) {
		if words := strings.Fields(line); len([]rune(line)) > 61 && len(words) > 2 && !strings.Contains(line, " KK-ENV-") {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
}

// TestManyServices: what stays the same is summed up, what changes is shown, wide shows all.
func TestManyServices(t *testing.T) {
	w := newWorld(t)
	for i := range 300 {
		w.services = append(w.services, service("shop", fmt.Sprintf("s-%d", i), "10.0.1.1", "80/TCP"))
	}
	w.has(w.services...)
	w.services = append(w.services, young(service("shop", "db", "10.0.0.4", "5432/TCP")))
	v := w.answer()
	short, wide := rendered(t, v, Options{}), rendered(t, v, Options{Wide: true})
	if lines := strings.Count(short, "\n"); lines > 90 {
		t.Errorf("%d lines", lines)
	}
	if !strings.Contains(short, "DB_PORT_5432_TCP_ADDR") || !strings.Contains(short, "; -o wide lists all") {
		t.Errorf("the new Service is not shown, or the rest not summed up:\n%s", short)
	}
	if n := strings.Count(wide, "_SERVICE_HOST"); n < 302 {
		t.Errorf("the wide form shows %d Services", n)
	}
}

// TestHostileText: nothing that a terminal acts on comes out.
func TestHostileText(t *testing.T) {
	w := newWorld(t)
	w.has(w.services...)
	w.literal("EVIL", "a\x1b[31mred\u202e\x07\nnext")
	w.environ = append(w.environ, "EVIL=a\x1b[31mred\u202e\x07\nnext", "N\x1b[2JAME=x")
	w.showValue = true
	if out := rendered(t, w.answer(), Options{ShowValues: true, Wide: true}); strings.ContainsAny(out, "\x1b\x07\u202e\r") {
		t.Errorf("%q", out)
	}
}

// TestSchema holds the published schema to the types, and answers to it.
func TestSchema(t *testing.T) {
	schema, err := jsonschema.For[View](nil)
	if err != nil {
		t.Fatal(err)
	}
	quiet := newWorld(t)
	quiet.notRead = "it waits"
	var files []string
	for i, w := range []*world{busy(t), quiet, newWorld(t)} {
		file := filepath.Join(t.TempDir(), fmt.Sprint(i))
		if err := os.WriteFile(file, []byte(asJSON(t, w.answer())), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	golden.Schema(t, "../../docs/schema/serviceenvironment.json", Kind+" "+APIVersion, schema, files)
}
