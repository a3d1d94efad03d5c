package downward

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/kube"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/explain"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// recordings are what downward read on a real cluster, by hack/generate.sh.
func recordings(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d recordings in testdata (%v)", len(files), err)
	}
	var out []string
	for _, file := range append(files, "../../testdata/demo-downward.json") {
		if !strings.HasSuffix(file, ".golden.json") {
			out = append(out, file)
		}
	}
	return out
}

func answerOf(t *testing.T, file string) *View {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	s, err := snapshot.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	pod := s.Pods[0]
	v, err := Analyze(s, Request{Namespace: pod.Namespace, Target: kube.Target{Kind: "Pod", Name: pod.Name}})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestGolden holds the whole answer to each recording, for people and for programs.
func TestGolden(t *testing.T) {
	for _, file := range recordings(t) {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			v := answerOf(t, file)
			object, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			golden.Compare(t, "testdata/"+name+".golden.json", string(object)+"\n")
			golden.Compare(t, "testdata/"+name+".golden.txt", text(t, v, Options{}))
		})
	}
}

// TestGoldenForms is one answer in each form: wide, narrow, in Chinese; and the list.
func TestGoldenForms(t *testing.T) {
	v := answerOf(t, "testdata/changed.json")
	golden.Compare(t, "testdata/form-wide.golden.txt", text(t, v, Options{Wide: true}))
	golden.Compare(t, "testdata/form-narrow.golden.txt", text(t, v, Options{Style: render.Style{Width: 60}}))
	golden.Compare(t, "testdata/form-zh.golden.txt", text(t, v, Options{Lang: explain.Chinese}))
	var out bytes.Buffer
	if err := RenderList(&out, List(28), Options{}); err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/list/1.28.txt", out.String())
	object, err := json.MarshalIndent(List(28), "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Compare(t, "testdata/list/1.28.json", string(object)+"\n")
}

// TestNarrow: no line of the narrow form is wider than its terminal, unless a word is.
func TestNarrow(t *testing.T) {
	for line := range strings.Lines(text(t, answerOf(t, "testdata/changed.json"), Options{Style: render.Style{Width: 60}})) {
		if words := strings.Fields(line); len([]rune(line)) > 61 && len(words) > 2 && !strings.HasPrefix(strings.TrimSpace(line), "more") {
			t.Errorf("%d columns: %s", len([]rune(line)), line)
		}
	}
}

func text(t *testing.T, v *View, o Options) string {
	t.Helper()
	var out bytes.Buffer
	if err := Render(&out, v, o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestSchema holds the published schema to the types, and the goldens to the schema.
func TestSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("%d goldens (%v)", len(files), err)
	}
	schema, err := jsonschema.For[View](nil)
	if err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/downwardview.json", Kind+" "+APIVersion, schema, files)
	if schema, err = jsonschema.For[FieldList](nil); err != nil {
		t.Fatal(err)
	}
	golden.Schema(t, "../../docs/schema/downwardfields.json", KindList+" "+APIVersion, schema, []string{"testdata/list/1.28.json"})
}

// TestDemo holds the demo to what the tutorial itself prints of its Pod.
func TestDemo(t *testing.T) {
	v := answerOf(t, "../../testdata/demo-downward.json")
	have := map[string]string{}
	for _, u := range v.Uses {
		if u.Status == Holds {
			have[u.Name] = *u.Has
		}
	}
	for name, want := range map[string]string{
		"POD_NAME": "busybox-use-downwardapi", "LIMITS_CPU": "1", "/config/downward_api_info/POD_NAME": "busybox-use-downwardapi",
		"/config/downward_api_info/LABELS": "app=\"busybox\"\nlabel_test=\"some_value\"",
	} {
		if have[name] != want {
			t.Errorf("%s holds %q, in the tutorial %q", name, have[name], want)
		}
	}
}
