// Package kk holds what the whole suite is described by, embedded: plugins.yaml at
// the root of the repository, and the snapshots that --demo replays.
package kk

import (
	_ "embed"
	"sync"

	"github.com/kubectl-kk/kubectl-kk/internal/registry"
)

//go:embed plugins.yaml
var plugins []byte

// Demo is the snapshot of the tutorial's Service on a real cluster, DemoDownward that of
// its Pod with the Downward API.
//
//go:embed testdata/demo.json
var Demo []byte

// DemoDownward is the snapshot that downward --demo replays.
//
//go:embed testdata/demo-downward.json
var DemoDownward []byte

// DemoRollout is the recording that rollout-watch --demo plays, compressed by gzip.
//
//go:embed testdata/demo-rollout.ndjson.gz
var DemoRollout []byte

var parsed = sync.OnceValues(func() (*registry.Registry, error) { return registry.Parse(plugins) })

// Registry returns what plugins.yaml says.
func Registry() (*registry.Registry, error) { return parsed() }

// Command returns what plugins.yaml says of a command.
func Command(name string) (registry.Command, bool) {
	r, err := parsed()
	if err != nil {
		return registry.Command{}, false
	}
	return r.Command(name)
}
