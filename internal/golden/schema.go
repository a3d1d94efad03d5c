package golden

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema holds a published JSON Schema to the one of the types, and answers to it.
func Schema(t *testing.T, file, title string, schema *jsonschema.Schema, answers []string) {
	t.Helper()
	schema.Schema, schema.Title = "https://json-schema.org/draft/2020-12/schema", title
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	Compare(t, file, string(text)+"\n")
	published, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read jsonschema.Schema
	if err := json.Unmarshal(published, &read); err != nil {
		t.Fatal(err)
	}
	resolved, err := read.Resolve(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range answers {
		data, err := os.ReadFile(answer)
		if err != nil {
			t.Fatal(err)
		}
		if err := validate(resolved, data); err != nil {
			t.Errorf("%s: %v", answer, err)
		}
	}
	if err := validate(resolved, []byte(`{"apiVersion": 1}`)); err == nil || !strings.Contains(err.Error(), "apiVersion") {
		t.Errorf("the schema lets a broken answer pass: %v", err)
	}
}

func validate(schema *jsonschema.Resolved, data []byte) error {
	var answer any
	if err := json.Unmarshal(data, &answer); err != nil {
		return err
	}
	return schema.Validate(answer)
}
