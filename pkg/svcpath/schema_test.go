package svcpath

import (
	"path/filepath"
	"reflect"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
)

// TestSchema holds the published schema to the types, and the goldens to the schema.
func TestSchema(t *testing.T) {
	files, err := filepath.Glob("testdata/*.golden.json")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d goldens (%v)", len(files), err)
	}
	golden.Schema(t, "../../docs/schema/servicepath.json", Kind+" "+APIVersion, inferred(t), append(files, "testdata/connections/tcp.golden.json"))
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
	return schema
}
