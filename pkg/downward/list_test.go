package downward

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// row is a field of a list in one line: allowed by which ways, and how each changes.
func (f Field) line() string {
	var ways []string
	for _, w := range []struct {
		name string
		Way
	}{{"env", f.Env}, {"volume", f.Volume}} {
		if w.Allowed {
			ways = append(ways, fmt.Sprintf("%s (%s)", w.name, w.Changes))
		}
	}
	return f.Field + ": " + strings.Join(ways, ", ")
}

// TestList: what each version offers, as its validation.go and kube_features.go have it.
// In ten versions one field came, and one resource after the other could be resized.
func TestList(t *testing.T) {
	const fixed, live, resize = "env (never), volume (never)", "env (at container restart), volume (live)", "env (at container restart), volume (at resize)"
	type span struct {
		from int // the minor version from which on
		ways string
	}
	want := map[string][]span{
		"metadata.name": {{27, fixed}}, "metadata.namespace": {{27, fixed}}, "metadata.uid": {{27, fixed}},
		"metadata.annotations['KEY']": {{27, live}}, "metadata.labels['KEY']": {{27, live}},
		"metadata.labels": {{27, "volume (live)"}}, "metadata.annotations": {{27, "volume (live)"}},
		"spec.serviceAccountName": {{27, "env (never)"}}, "spec.nodeName": {{27, "env (never)"}},
		"status.hostIP": {{27, "env (at container restart)"}}, "status.podIP": {{27, "env (at container restart)"}}, "status.podIPs": {{27, "env (at container restart)"}},
		"status.hostIPs": {{27, ""}, {29, "env (at container restart)"}},
		"limits.cpu":     {{27, fixed}, {33, resize}}, "requests.cpu": {{27, fixed}, {33, resize}},
		"limits.memory": {{27, fixed}, {33, resize}}, "requests.memory": {{27, fixed}, {33, resize}},
		"limits.hugepages-SIZE": {{27, fixed}}, "requests.hugepages-SIZE": {{27, fixed}},
		"limits.ephemeral-storage": {{27, fixed}}, "requests.ephemeral-storage": {{27, fixed}},
	}
	for _, minor := range []int{27, 28, 29, 32, 33, 37} {
		l := List(minor)
		if l.Version != fmt.Sprintf("1.%d", minor) || l.APIVersion != "kk/v1alpha1" || l.Kind != "DownwardFields" || len(l.Fields) != len(want) {
			t.Errorf("1.%d: %s %s %s with %d fields, want %d", minor, l.APIVersion, l.Kind, l.Version, len(l.Fields), len(want))
		}
		for _, f := range l.Fields {
			ways := "none"
			for _, s := range want[f.Field] {
				if s.from <= minor {
					ways = s.ways
				}
			}
			if got := f.line(); got != f.Field+": "+ways {
				t.Errorf("1.%d: %s, want %s", minor, got, ways)
			}
			if f.Env.Value != nil || f.Volume.Value != nil || f.UsedBy != nil {
				t.Errorf("1.%d: %s has a value without a Pod", minor, f.Field)
			}
		}
	}
}

// TestListOfHostIPs: a version that lacks the field says since when there is one, and
// which gate gives it before, where there is that gate: it came with 1.28.
func TestListOfHostIPs(t *testing.T) {
	for minor, says := range map[int]string{
		27: "no, from 1.29 on", 28: "no, from 1.29 on (gate PodHostIPs)", 29: "yes, since 1.29", 37: "yes, since 1.29",
	} {
		var out bytes.Buffer
		if err := RenderList(&out, List(minor), Options{}); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(out.String(), "\n")
		i := slices.IndexFunc(lines, func(line string) bool { return strings.HasPrefix(line, "status.hostIPs ") })
		if cells := regexp.MustCompile(` {2,}`).Split(lines[i], -1); cells[1] != says || cells[2] != "no" {
			t.Errorf("1.%d: %q by env, %q by volume; want %q and no", minor, cells[1], cells[2], says)
		}
	}
}

func TestParseVersion(t *testing.T) {
	for text, want := range map[string]int{"": 37, "1.27": 27, "1.29": 29, "v1.29": 29, "v1.29.3": 29, "1.37.2": 37, "1.33.0-rc.1": 33, "v1.30.4+k3s1": 30} {
		if got, err := ParseVersion(text); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"1.26", "1.38", "1.0", "0.29", "2.29", "1", "29", "1.x", "x", "-1.29", "1.", "v", "99999999999999999999.1"} {
		minor, err := ParseVersion(text)
		if err == nil || minor != 0 || !strings.Contains(err.Error(), "1.27 to 1.37") || !strings.Contains(err.Error(), fmt.Sprintf("%q", text)) {
			t.Errorf("%q: %d, %v; want an error that names the versions", text, minor, err)
		}
	}
}
