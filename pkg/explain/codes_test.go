package explain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// declared reads codes.go and its siblings: each code, and the arguments its comment
// lists. So no code can be added there and forgotten in the catalog.
func declared(t *testing.T) map[string][]string {
	t.Helper()
	files, err := filepath.Glob("codes*.go")
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string][]string{}
	for _, name := range files {
		if !strings.HasSuffix(name, "_test.go") {
			declaredIn(t, name, codes)
		}
	}
	if len(codes) < 10 {
		t.Fatalf("found only %d codes in %v", len(codes), files)
	}
	return codes
}

func declaredIn(t *testing.T, name string, codes map[string][]string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
		if err != nil {
			t.Fatal(err)
		}
		if _, twice := codes[code]; twice {
			t.Errorf("%s is declared twice", code)
		}
		if spec.Comment == nil {
			t.Fatalf("%s has no comment with its arguments", code)
		}
		codes[code] = strings.Split(strings.TrimSpace(spec.Comment.Text()), ", ")
		return true
	})
}

func TestCodesAreWellFormed(t *testing.T) {
	form := regexp.MustCompile(`^KK-[A-Z]+-[0-9]{3}$`)
	word := regexp.MustCompile(`^[a-z][A-Za-z]*$`)
	for code, args := range declared(t) {
		if !form.MatchString(code) {
			t.Errorf("%s is not like KK-SVC-101", code)
		}
		for _, arg := range args {
			if !word.MatchString(arg) {
				t.Errorf("%s: %q in the comment is not the name of an argument", code, arg)
			}
		}
	}
}

func TestEveryCodeHasAnEntry(t *testing.T) {
	want := slices.Sorted(maps.Keys(declared(t)))
	for _, lang := range []Lang{English, Chinese} {
		entries, err := open(lang)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(entries))); diff != "" {
			t.Errorf("%s (-codes.go +catalog):\n%s", lang, diff)
		}
	}
	if diff := cmp.Diff(want, Codes()); diff != "" {
		t.Errorf("Codes (-codes.go +got):\n%s", diff)
	}
}

func TestPlaceholders(t *testing.T) {
	for code, args := range declared(t) {
		en, _ := Lookup(code, English)
		zh, _ := Lookup(code, Chinese)
		if diff := cmp.Diff(placeholders(en.Message), placeholders(zh.Message)); diff != "" {
			t.Errorf("%s (-en +zh):\n%s", code, diff)
		}
		for _, name := range placeholders(en.Message) {
			if !slices.Contains(args, name) {
				t.Errorf("%s: {%s} is not one of its arguments %v", code, name, args)
			}
		}
		for _, e := range []Entry{en, zh} {
			if strings.ContainsAny(placeholder.ReplaceAllString(e.Message, ""), "{}") {
				t.Errorf("%s: a brace is left over in %q", code, e.Message)
			}
			for _, text := range append([]string{e.Title, e.Meaning, e.Why}, e.Do...) {
				if len(placeholders(text)) > 0 {
					t.Errorf("%s: a placeholder outside of the message: %q", code, text)
				}
			}
		}
	}
}

func placeholders(text string) []string {
	names := placeholder.FindAllString(text, -1)
	for i := range names {
		names[i] = strings.Trim(names[i], "{}")
	}
	slices.Sort(names)
	return slices.Compact(names)
}
