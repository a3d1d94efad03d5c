package svcpath

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kubectl-kk/kubectl-kk/internal/golden"
	"github.com/kubectl-kk/kubectl-kk/internal/render"
	"github.com/kubectl-kk/kubectl-kk/pkg/node"
	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// intervals are those of a watch on a real cluster: "web" of a Service that lost one of two
// Pods, while the debug pod was deleted; "nodes" of the same on both nodes; "connections" in
// the nftables mode, with packets.
func intervals(t *testing.T, name string) []*Rates {
	t.Helper()
	data, err := os.ReadFile("testdata/watch/" + name + ".ndjson")
	if err != nil {
		t.Fatal(err)
	}
	var out []*Rates
	last := map[string]*Rates{}
	for _, line := range bytes.Split(bytes.TrimSpace(data), []byte("\n")) {
		r := &Rates{}
		if err := json.Unmarshal(line, r); err != nil {
			t.Fatal(err)
		}
		if r.before = last[r.Node.Name]; r.Lost == nil {
			last[r.Node.Name] = r
		}
		out = append(out, r)
	}
	return out
}

var watches = []string{"web", "nodes", "connections"}

// TestGoldenRates holds the pictures and the lines of a watch.
func TestGoldenRates(t *testing.T) {
	local := time.Local
	time.Local = time.UTC
	t.Cleanup(func() { time.Local = local })
	for _, name := range watches {
		var text strings.Builder
		last := map[string]*Rates{}
		for _, r := range intervals(t, name) {
			last[r.Node.Name] = r
			var all []*Rates
			for _, node := range slices.Sorted(maps.Keys(last)) {
				all = append(all, last[node])
			}
			fmt.Fprintln(&text, RatesLine(r))
			fmt.Fprintln(&text, strings.Join(RatesFrame(all, render.Style{}, 120, 24), "\n")+"\n")
		}
		golden.Compare(t, "testdata/watch/"+name+".golden.txt", text.String())
	}
}

// TestRatesFrameFits: a picture never has more lines or columns than the terminal.
func TestRatesFrameFits(t *testing.T) {
	r := intervals(t, "web")[1]
	for i := range 50 {
		r.Ports[0].Endpoints = append(r.Ports[0].Endpoints, Rate{Address: fmt.Sprintf("10.0.0.%d:80", i), PerSecond: float64(i), State: "\x1b[2J", InAPI: true})
	}
	for _, size := range [][2]int{{10, 3}, {40, 8}, {79, 23}, {200, 60}, {200, 80}} {
		lines := RatesFrame([]*Rates{r}, render.Style{}, size[0], size[1])
		if len(lines) > size[1] {
			t.Errorf("%d lines in a terminal of %d", len(lines), size[1])
		}
		for _, line := range lines {
			if render.Columns(line) > size[0] || strings.Contains(line, "\x1b") {
				t.Errorf("%d columns in a terminal of %d: %q", render.Columns(line), size[0], line)
			}
		}
	}
}

// TestRatesSchema holds the published schema to the type, and a real watch to the schema.
func TestRatesSchema(t *testing.T) {
	schema, err := jsonschema.For[Rates](nil)
	if err != nil {
		t.Fatal(err)
	}
	dir, files := t.TempDir(), []string(nil)
	for _, name := range watches {
		for i, r := range intervals(t, name) {
			data, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			file := filepath.Join(dir, name+fmt.Sprint(i))
			if err := os.WriteFile(file, data, 0o600); err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	golden.Schema(t, "../../docs/schema/servicerates.json", RatesKind+" "+APIVersion, schema, files)
}

// TestSince: what is counted between two readings, and when the counters began anew.
func TestSince(t *testing.T) {
	type counts = map[string]uint64
	for name, c := range map[string]struct {
		last, known, now, want counts
		reset                  bool
	}{
		"goes on":                         {counts{"a": 5, "b": 7}, counts{"a": 5, "b": 7}, counts{"a": 8, "b": 7}, counts{"a": 3, "b": 0}, false},
		"began anew":                      {counts{"a": 5, "b": 7}, counts{"a": 5, "b": 7}, counts{"a": 2, "b": 9}, counts{"a": 2, "b": 9}, true},
		"an endpoint came":                {counts{"a": 5}, counts{"a": 5}, counts{"a": 1, "b": 2}, counts{"a": 1, "b": 2}, true},
		"an endpoint went":                {counts{"a": 5, "b": 7}, counts{"a": 5, "b": 7}, counts{"a": 0}, counts{"a": 0}, true},
		"it came, and nothing went lower": {counts{"a": 0}, counts{"a": 0}, counts{"a": 0, "b": 4}, counts{"a": 0, "b": 4}, true},
		"a reading without it":            {counts{}, counts{"a": 50}, counts{"a": 52}, counts{"a": 2}, true},
	} {
		got, reset := since(c.last, c.known, c.now)
		if diff := cmp.Diff(c.want, got); diff != "" || reset != c.reset {
			t.Errorf("%s: reset %v, %s", name, reset, diff)
		}
	}
}

// tickingWay gives one reading after the other, and then its end. A nil reading is one that
// was lost.
type tickingWay struct {
	refusingWay
	readings []*snapshot.Reading
	end      error
}

func (w *tickingWay) Watch(_ context.Context, target node.Target, _ node.Plan, _ time.Duration, hear node.Listener) error {
	for _, r := range w.readings {
		if r == nil {
			hear.Lost(errors.New("its pod is gone"))
			continue
		}
		r := *r
		r.Node = target.Node
		if err := hear.Tick(&r); err != nil {
			return err
		}
	}
	return w.end
}

// countedReading is the demo's reading with other counters, at a moment of the node's clock.
func countedReading(s *snapshot.Snapshot, at string, packets ...string) *snapshot.Reading {
	r := s.Readings[0]
	r.Outputs = append([]snapshot.Output{{Argv: []string{"cat", "/proc/uptime"}, Text: at + "\n"}}, r.Outputs...)
	i := 0
	for j, o := range r.Outputs {
		if !strings.Contains(o.Text, "-j DNAT") || !strings.HasPrefix(o.Argv[5], "KUBE-SEP-") {
			continue
		}
		// The rule with DNAT is the last one.
		last := strings.LastIndex(o.Text, " -c ")
		before, after := o.Text[:last], o.Text[last+len(" -c "):]
		_, rest, _ := strings.Cut(after, " ")
		r.Outputs[j].Text = before + " -c " + packets[i] + " " + rest
		i++
	}
	return &r
}

var everySecond = Watching{Interval: time.Second}

func TestWatch(t *testing.T) {
	s, req := load(t, "../../testdata/demo.json")
	end := errors.New("the end")
	way := &tickingWay{end: end, readings: []*snapshot.Reading{
		countedReading(s, "100.00", "10", "20"), countedReading(s, "102.00", "13", "21"), countedReading(s, "104.50", "0", "5"),
	}}
	var got []string
	err := Watch(t.Context(), Source{Client: cluster(s), Ways: []Way{refusingWatcher{}, way}, Warn: silent}, req, everySecond, func(r *Rates) error {
		for _, e := range r.Ports[0].Endpoints {
			got = append(got, fmt.Sprintf("%.1f %v %d %.1f %d", r.Seconds, r.Reset, e.New, e.PerSecond, e.Total))
		}
		return nil
	})
	want := []string{"0.0 false 0 0.0 0", "0.0 false 0 0.0 0", "2.0 false 3 1.5 3", "2.0 false 1 0.5 1", "2.5 true 0 0.0 3", "2.5 true 5 2.0 6"}
	if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, end) {
		t.Errorf("%v, %s", err, diff)
	}
}

// refusingWatcher is a way that the cluster does not allow.
type refusingWatcher struct{ refusingWay }

func (refusingWatcher) Watch(context.Context, node.Target, node.Plan, time.Duration, node.Listener) error {
	return &node.Refused{Missing: snapshot.Missing{What: "create a debug pod", Why: "not here"}}
}

// TestWatchCannot: what cannot be counted is an error that says why.
func TestWatchCannot(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change func(*snapshot.Snapshot)
		says   string
	}{
		"a Service without rules": {"testdata/headless.json", func(*snapshot.Snapshot) {}, "no node has rules for it"},
		"nftables, and no table of connections": {"../../testdata/demo.json", func(s *snapshot.Snapshot) { withoutKubeProxy(s, false); tableOfNFT(s) },
			"the node was read without its table of connections"},
		"no kube-proxy": {"../../testdata/demo.json", func(s *snapshot.Snapshot) { withoutKubeProxy(s, false) }, "no rules of kube-proxy"},
	} {
		t.Run(name, func(t *testing.T) {
			s, req := load(t, c.file)
			c.change(s)
			way := &tickingWay{}
			if len(s.Readings) > 0 {
				way.readings = []*snapshot.Reading{&s.Readings[0]}
			}
			err := Watch(t.Context(), Source{Client: cluster(s), Ways: []Way{way}, Warn: silent}, req, everySecond, func(*Rates) error { return nil })
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%v, want an error that says %q", err, c.says)
			}
		})
	}
	s, req := load(t, "../../testdata/demo.json")
	err := Watch(t.Context(), Source{Client: cluster(s), Ways: []Way{refusingWatcher{}}, Warn: silent}, req, everySecond, func(*Rates) error { return nil })
	if err == nil || !strings.Contains(err.Error(), "create a debug pod: not here") {
		t.Errorf("%v", err)
	}
}
