package explain

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed catalog
var files embed.FS

// parts are the catalog's files, each in both languages: by part, "." and language.
var parts = []string{"svcpath", "fields", "step", "downward", "dns", "env", "rollout"}

// Entry is what the catalog says about one code, in one language. All of it is plain
// text without line breaks; commands in it stand between backticks.
type Entry struct {
	Code  string `json:"code"`
	Title string `json:"title"`
	// Message is one sentence with placeholders; Sentence fills them.
	Message string `json:"message"`
	// Meaning says what is so and what clients see, Why how it comes about.
	Meaning string `json:"meaning"`
	Why     string `json:"why"`
	// Do are the steps to take, first things first. In their commands NAMESPACE, NODE
	// and other words in upper case are for the reader to replace.
	Do []string `json:"do"`
}

type catalog map[string]Entry

// Each is read when a text in its language is first wanted.
var (
	english = sync.OnceValues(func() (catalog, error) { return open(English) })
	chinese = sync.OnceValues(func() (catalog, error) { return open(Chinese) })
)

// Lookup returns the entry of a code, whose case does not matter. Without one it
// returns false and an Entry that holds only the code; its Sentence says so.
func Lookup(code string, lang Lang) (Entry, bool) {
	code = strings.ToUpper(strings.TrimSpace(code))
	read := english
	if lang == Chinese {
		read = chinese
	}
	// The error is that of a broken catalog, which the tests rule out. It leaves
	// the catalog empty, so findings are then shown by code and values.
	entries, _ := read()
	entry, ok := entries[code]
	entry.Code = code
	return entry, ok
}

// Codes lists all codes, sorted.
func Codes() []string {
	entries, _ := english()
	return slices.Sorted(maps.Keys(entries))
}

func open(lang Lang) (catalog, error) {
	all := catalog{}
	for _, part := range parts {
		name := "catalog/" + part + "." + string(lang) + ".yaml"
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, err
		}
		entries, err := parse(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for code, entry := range entries {
			if _, twice := all[code]; twice {
				return nil, fmt.Errorf("%s: code %q is in another file too", name, code)
			}
			all[code] = entry
		}
	}
	return all, nil
}

// parse takes nothing it does not know, so that a misspelt key is no lost text.
func parse(data []byte) (catalog, error) {
	var list []Entry
	if err := yaml.UnmarshalStrict(data, &list); err != nil {
		return nil, err
	}
	entries := catalog{}
	for _, entry := range list {
		if _, twice := entries[entry.Code]; twice {
			return nil, fmt.Errorf("code %q is there twice", entry.Code)
		}
		entries[entry.Code] = entry
	}
	return entries, nil
}
