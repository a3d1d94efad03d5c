package explain

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	for typed, want := range map[string][]string{
		"KK-SVC-104":   {"KK-SVC-104"},
		"kksvc104":     {"KK-SVC-104"},
		"svc 104":      {"KK-SVC-104"},
		"104":          {"KK-DNS-104", "KK-DOWN-104", "KK-ENV-104", "KK-NODE-104", "KK-ROLL-104", "KK-STEP-104", "KK-SVC-104"},
		"KK-SCV-104":   {"KK-ENV-104", "KK-SVC-104"},
		"KK-NOD-105":   {"KK-NODE-105"},
		"K-SVC-1111":   {"KK-SVC-111"},
		"KK-SVC-189":   {"KK-SVC-109", "KK-SVC-119", "KK-SVC-129", "KK-SVC-139", "KK-SVC-179", "KK-SVC-180", "KK-SVC-181"},
		"node-10":      {"KK-NODE-101", "KK-NODE-102", "KK-NODE-103", "KK-NODE-104", "KK-NODE-105", "KK-NODE-106"},
		"":             nil,
		"--- ":         nil,
		"中文":           nil,
		"deploy/hello": nil,
	} {
		if got := Nearest(typed); !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", typed, got, want)
		}
	}
	if got := Nearest("KK"); len(got) != maxNearest {
		t.Errorf("KK: got %d codes, want %d", len(got), maxNearest)
	}
}
