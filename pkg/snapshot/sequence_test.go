package snapshot

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// film are snapshots of a Deployment whose Pods come and go, with a version each.
func film() []*Snapshot {
	var out []*Snapshot
	for i := range 12 {
		s := &Snapshot{APIVersion: APIVersion, Kind: Kind, By: "test", Rollout: &Rollout{Now: time.Unix(int64(1000+i), 0).UTC()}}
		if i != 7 { // deleted for a moment
			s.Rollout.Deployment = &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "web", UID: types.UID("d" + strconv.Itoa(i/8)), ResourceVersion: strconv.Itoa(i / 3)}}
		}
		for n := i / 2; n < i/2+3; n++ {
			s.Pods = append(s.Pods, corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p" + strconv.Itoa(100+n), UID: types.UID("p" + strconv.Itoa(n)), ResourceVersion: strconv.Itoa(i + n)}})
		}
		if i > 4 && i < 7 {
			s.Rollout.Lost = &Lost{Why: "refused"}
		}
		if i > 8 {
			s.Missing = []Missing{{What: "list events", Why: "forbidden"}}
		}
		out = append(out, s)
	}
	return out
}

func recorded(t *testing.T, shots []*Snapshot) string {
	t.Helper()
	var file strings.Builder
	w, err := NewSequenceWriter(&file, Head{By: "test", Namespace: "shop", Target: "Deployment", Name: "web"})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range shots {
		if err := w.Write(s); err != nil {
			t.Fatal(err)
		}
	}
	return file.String()
}

func playedBack(t *testing.T, file string) ([]*Snapshot, error) {
	t.Helper()
	r, err := NewSequenceReader(strings.NewReader(file))
	if err != nil {
		return nil, err
	}
	var out []*Snapshot
	for {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		out = append(out, s)
	}
}

// TestSequence: what is played is what was recorded, compressed or not, and a Snapshot in
// which nothing changed is left out.
func TestSequence(t *testing.T) {
	shots := film()
	file := recorded(t, shots)
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = z.Write([]byte(file))
	z.Close()
	for _, text := range []string{file, packed.String()} {
		got, err := playedBack(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(shots, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-recorded +played):\n%s", diff)
		}
	}
	twice := recorded(t, []*Snapshot{shots[0], shots[0], shots[0]})
	if n := strings.Count(twice, "\n"); n != 2 {
		t.Errorf("%d lines", n)
	}
}

// TestSequenceCutShort: the recording of a kk that was killed plays as far as it goes, and a
// file that is none is refused. Nothing panics.
func TestSequenceCutShort(t *testing.T) {
	file := recorded(t, film())
	whole := strings.Count(file, "\n") - 1
	for cut := 0; cut < len(file); cut += 37 {
		got, err := playedBack(t, file[:cut])
		head := strings.Index(file, "\n")
		if cut > head && err != nil || cut < head && err == nil || len(got) > whole {
			t.Errorf("cut after %d bytes: %d states, %v", cut, len(got), err)
		}
	}
	for _, text := range []string{"", "null", "[]", `{"kind":"Snapshot","apiVersion":"kk/v1alpha1"}`, "\x1f\x8b\x00", "\xff\xfe"} {
		if _, err := playedBack(t, text); err == nil {
			t.Errorf("%q is taken for a recording", text)
		}
	}
}

func FuzzSequence(f *testing.F) {
	f.Add(`{"apiVersion":"kk/v1alpha1","kind":"SnapshotSequence"}` + "\n" + `{"at":"2026-01-01T00:00:00Z","set":{"rollout":{}},"gone":["x"]}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, _ := playedBack(t, text)
		for _, s := range got {
			if s.Rollout == nil {
				t.Fatal("a state without a rollout")
			}
		}
	})
}
