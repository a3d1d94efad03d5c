package snapshot

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// SequenceKind is the kind of a file that holds several Snapshots of one workload.
const SequenceKind = "SnapshotSequence"

// Head is the first line of a sequence.
type Head struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	By         string `json:"by"`
	// Namespace, Target and Name are of the workload: "shop", "Deployment", "web".
	Namespace string `json:"namespace"`
	Target    string `json:"target"`
	Name      string `json:"name"`
}

// step is a line behind the head: what is new or changed since the line before.
type step struct {
	At      time.Time   `json:"at"`
	Lost    *Lost       `json:"lost,omitempty"`
	Set     Snapshot    `json:"set"`
	Gone    []types.UID `json:"gone,omitempty"`
	Missing []Missing   `json:"missing,omitempty"`
}

// SequenceWriter writes Snapshots of one workload, of each only what changed.
type SequenceWriter struct {
	out  *json.Encoder
	last map[types.UID]string
	prev *Snapshot
}

// NewSequenceWriter writes the head, and returns what writes the Snapshots.
func NewSequenceWriter(w io.Writer, head Head) (*SequenceWriter, error) {
	head.APIVersion, head.Kind = APIVersion, SequenceKind
	out := &SequenceWriter{out: json.NewEncoder(w), last: map[types.UID]string{}}
	out.out.SetEscapeHTML(false)
	return out, out.out.Encode(head)
}

// Write adds a Snapshot that has a Rollout. One in which nothing changed is left out.
func (w *SequenceWriter) Write(s *Snapshot) error {
	st := step{At: s.Rollout.Now, Lost: s.Rollout.Lost, Missing: s.Missing}
	now := map[types.UID]string{}
	st.Set = part(s, func(m metav1.Object) bool {
		now[m.GetUID()] = m.GetResourceVersion()
		version, known := w.last[m.GetUID()]
		return !known || version != m.GetResourceVersion()
	})
	for uid := range w.last {
		if _, there := now[uid]; !there {
			st.Gone = append(st.Gone, uid)
		}
	}
	slices.Sort(st.Gone)
	first := w.prev == nil
	same := !first && len(st.Gone) == 0 && empty(&st.Set) &&
		reflect.DeepEqual(st.Lost, w.prev.Rollout.Lost) && reflect.DeepEqual(st.Missing, w.prev.Missing)
	w.last, w.prev = now, s
	if same {
		return nil
	}
	return w.out.Encode(st)
}

// SequenceReader reads what a SequenceWriter wrote, compressed by gzip or not.
type SequenceReader struct {
	Head Head
	in   *bufio.Scanner
	line int
	cur  Snapshot
}

// NewSequenceReader reads the head. Its error says what is wrong with the file.
func NewSequenceReader(r io.Reader) (*SequenceReader, error) {
	buffered := bufio.NewReader(r)
	r = buffered
	if magic, err := buffered.Peek(2); err == nil && bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, err
		}
		r = z
	}
	out := &SequenceReader{in: bufio.NewScanner(io.LimitReader(r, MaxSize))}
	out.in.Buffer(make([]byte, 0, 64<<10), MaxSize)
	if !out.in.Scan() {
		return nil, errors.Join(out.in.Err(), errors.New("the file is empty"))
	}
	if err := json.Unmarshal(out.in.Bytes(), &out.Head); err != nil {
		return nil, errors.New("not a recording of rollout-watch: its first line is no JSON object")
	}
	if out.Head.Kind != SequenceKind || out.Head.APIVersion != APIVersion {
		return nil, fmt.Errorf("apiVersion %q kind %q is not %s %s, the recording that this kk reads", out.Head.APIVersion, out.Head.Kind, APIVersion, SequenceKind)
	}
	out.cur = Snapshot{APIVersion: APIVersion, Kind: Kind, By: out.Head.By, Rollout: &Rollout{}}
	out.line = 1
	return out, nil
}

// Next returns the next Snapshot, nil and io.EOF behind the last one. A last line that was
// cut short is the end, as of a recording whose kk was killed.
func (r *SequenceReader) Next() (*Snapshot, error) {
	if !r.in.Scan() {
		if err := r.in.Err(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	r.line++
	var st step
	if err := json.Unmarshal(r.in.Bytes(), &st); err != nil {
		if !r.in.Scan() {
			return nil, io.EOF
		}
		return nil, fmt.Errorf("line %d is not one of a recording", r.line)
	}
	next := join(&r.cur, &st)
	r.cur = *next
	return next, nil
}
