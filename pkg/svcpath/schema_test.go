package svcpath

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

const schemaFile = "../../docs/schema/servicepath.json"

// TestSchema holds the published schema to the types, and the goldens to the schema.
func TestSchema(t *testing.T) {
	schema := inferred(t)
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(schemaFile, append(text, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	published, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(published), string(text)+"\n"); diff != "" {
		t.Errorf("%s is not what the types say (-published +types):\n%s", schemaFile, diff)
	}
	validates(t, published)
}

// inferred is the schema of Path. A step holds steps, which inference cannot do: they
// are a reference to a definition that stands beside.
func inferred(t *testing.T) *jsonschema.Schema {
	t.Helper()
	type once Step
	options := &jsonschema.ForOptions{TypeSchemas: map[reflect.Type]*jsonschema.Schema{
		reflect.TypeFor[Step](): {Ref: "#/$defs/Step"},
	}}
	schema, err := jsonschema.For[Path](options)
	if err != nil {
		t.Fatal(err)
	}
	step, err := jsonschema.For[once](options)
	if err != nil {
		t.Fatal(err)
	}
	schema.Defs = map[string]*jsonschema.Schema{"Step": step}
	schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", Kind+" "+APIVersion
	return schema
}

func validates(t *testing.T, published []byte) {
	t.Helper()
	var schema jsonschema.Schema
	if err := json.Unmarshal(published, &schema); err != nil {
		t.Fatal(err)
	}
	resolved, err := schema.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d goldens (%v)", len(files), err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var answer any
		if err := json.Unmarshal(data, &answer); err != nil {
			t.Fatal(err)
		}
		if err := resolved.Validate(answer); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
	var broken any
	if err := json.Unmarshal([]byte(`{"apiVersion": 1}`), &broken); err != nil {
		t.Fatal(err)
	}
	if err := resolved.Validate(broken); err == nil || !strings.Contains(err.Error(), "apiVersion") {
		t.Errorf("the schema lets a broken answer pass: %v", err)
	}
}
