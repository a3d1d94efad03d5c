// Package golden holds answers to files of what they were. Tests of a package that
// imports it take the flag -update, which rewrites the files.
package golden

import (
	"flag"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the goldens from what the code says now")

// Updating says whether the files are to be rewritten.
func Updating() bool { return *update }

// Compare holds text to the file, which it writes first where that is asked for.
func Compare(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs from what the code says now (-golden +now):\n%s", file, diff)
	}
}
