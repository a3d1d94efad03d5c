package kube

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestComplaints: a file that could not be read has a complaint, whatever cat said of
// it; one that could has none.
func TestComplaints(t *testing.T) {
	for printed, want := range map[string]struct {
		data      string
		complains bool
	}{
		"m >\nweb\nm <\nm end\n":                               {"web", false},
		"m >\n\nm <\nm end\n":                                  {"", false},
		"m >\n\nm ! cat: x: Permission denied\nm end\n":        {"", true},
		"m >\nhalf\nm ! cat: x: Input/output error\nm end\n":   {"half", true},
		"m >\n\nm ! cat: a\nb: No such file or directory\nm >": {"", true},
		// The file appeared after cat had failed, or cat fails without a word.
		"m >\n\nm ! \nm end\n": {"", true},
	} {
		files, err := ParseFiles([]byte(printed), "m", []string{"x"})
		if err != nil || len(files) != 1 || string(files[0].Data) != want.data || (files[0].Complaint != "") != want.complains {
			t.Errorf("%q: %+v, %v; want %q, complaint %v", printed, files, err, want.data, want.complains)
		}
	}
}

// TestExecRefused tells what RBAC refused from all else, in the words that come back
// from a WebSocket, which carries no status, and from SPDY, which does.
func TestExecRefused(t *testing.T) {
	for what, c := range map[string]struct {
		err  error
		want bool
	}{
		"nothing":      {nil, false},
		"a status":     {apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "web", errors.New("no")), true},
		"a text":       {errors.New(`exec in pod shop/web: pods "web" is forbidden: User "jane" cannot get resource "pods/exec"`), true},
		"not found":    {apierrors.NewNotFound(schema.GroupResource{Resource: "pods"}, "web"), false},
		"a Pod's name": {errors.New("exec in pod shop/forbidden-words: no answer within 15s"), false},
	} {
		if got := ExecRefused(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", what, got, c.want)
		}
	}
}
