//go:build linux

// The scripts run in containers on Linux nodes, and nowhere else.

package node

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/kubectl-kk/kubectl-kk/pkg/snapshot"
)

// TestScriptEvery asks again and again, until there is no more waiting: here for two times.
func TestScriptEvery(t *testing.T) {
	plan := Plan{every(2 * time.Second), Uptime(), List(4, "nat", "KUBE-MARK-MASQ")}
	dir := t.TempDir()
	tools := map[string]string{
		"iptables-nft": rulesTool("1", true), "nft": tableTool,
		"sleep": `[ "$1" = 2 ] && [ ! -e ` + dir + `/again ] && : > ` + dir + `/again`,
	}
	text, mark, err := printedOn(t, tools, nil, plan)
	if err == nil {
		t.Error("the script ended well, though it could not wait")
	}
	all := newTranscripts(bytes.NewReader(text), mark)
	for i := range 2 {
		outputs, err := all.next()
		if err != nil {
			t.Fatalf("time %d: %v\n%s", i, err, text)
		}
		if up, ok := UptimeOf(&snapshot.Reading{Outputs: outputs}); !ok || up <= 0 {
			t.Errorf("time %d: no uptime in %v", i, outputs)
		}
		// What tells the backend is asked once only.
		if first := i == 0; (len(outputs) > 2) != first {
			t.Errorf("time %d: %d outputs", i, len(outputs))
		}
	}
	if _, err := all.next(); !errors.Is(err, errCut) {
		t.Errorf("after the end: %v", err)
	}
}

// TestScriptCannotWait: an image without the program for it is told from the rest.
func TestScriptCannotWait(t *testing.T) {
	text, mark, _ := printedOn(t, map[string]string{"iptables-nft": rulesTool("1", true)}, nil, Plan{every(time.Second), Uptime()})
	outputs, err := newTranscripts(bytes.NewReader(text), mark).next()
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	var no *Refused
	err = told(&snapshot.Reading{Outputs: outputs}, false, func(*snapshot.Reading) error { return nil })
	if !errors.As(err, &no) {
		t.Errorf("%v of %v", err, outputs)
	}
}
